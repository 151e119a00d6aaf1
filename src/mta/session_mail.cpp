// A session's mail transactions.
#include <chrono>

#include "base/text.hpp"
#include "mta/replies.hpp"
#include "mta/session.hpp"
#include "mta/trace.hpp"
#include "net/await_callback.hpp"

namespace restante::mta {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

void Session::begin_data() {
    auto draft = shared_->parts.store.create_draft();
    if (!draft) {
        shared_->parts.log.error("smtp.draft_failed", {{"reason", draft.error().detail}});
        return machine_.resume(replies::draft_failed(draft.error()));
    }
    draft_ = std::move(*draft);
    header_ = smtp::HeaderScanner(protocol().host_name);
    watchdog_.cap(shared_->options.data_timeout);
    machine_.resume(replies::data_wanted());
}

void Session::end_data() {
    draft_.reset();
    watchdog_.uncap();
}

net::Task<> Session::store_chunk(std::string_view bytes) {
    if (!draft_) co_return;
    if (!header_.complete()) {
        header_.feed(bytes);
        if (header_.facts().octets > shared_->options.max_header_octets ||
            header_.facts().fields > shared_->options.max_header_fields) {
            machine_.refuse_data(replies::header_too_large());
            draft_.reset();
            co_return;
        }
    }
    if (draft_->size() + bytes.size() <= shared_->options.inline_draft_octets)
        appended(draft_->append(bytes));
    else
        appended(co_await shared_->parts.work.run([&] { return draft_->append(bytes); }));
}

void Session::appended(const Result<void>& outcome) {
    if (outcome) return;
    shared_->parts.log.error("smtp.draft_failed", {{"reason", outcome.error().detail}});
    machine_.refuse_data(replies::draft_failed(outcome.error()));
    draft_.reset();  // gives its space back at once
}

net::Task<> Session::deliver() {
    auto& parts = shared_->parts;
    if (const auto refusal = judge_header()) {
        end_data();
        shared_->counts.rejected_messages.add();
        machine_.resume(*refusal);
        co_return;
    }
    const std::uint64_t size = draft_->size();
    const auto started = std::chrono::steady_clock::now();
    message::Envelope envelope = machine_.take_envelope();
    const std::string from = envelope.reverse_path ? envelope.reverse_path->to_string() : "";
    const std::size_t recipients = envelope.recipients.size();
    mda::Origin origin = this->origin(envelope);
    watchdog_.uncap();
    watchdog_.pause();
    if (const auto refusal = co_await authenticate(envelope, origin)) {
        end_data();
        watchdog_.extend(shared_->options.command_timeout);
        shared_->counts.rejected_messages.add();
        machine_.resume(*refusal);
        co_return;
    }
    const Refusals refused = leave_out_refused(envelope);
    if (envelope.recipients.empty()) {
        end_data();
        watchdog_.extend(shared_->options.command_timeout);
        shared_->counts.rejected_messages.add();
        answer_delivery(refused, replies::recipient_taken());
        co_return;
    }
    const auto outcome =
        co_await net::await_callback<Result<mda::Outcome>>([&](std::function<void(Result<mda::Outcome>)> done) {
            parts.mda.deliver(std::move(envelope), std::move(draft_), std::move(origin), std::move(done));
        });
    watchdog_.extend(shared_->options.command_timeout);
    shared_->counts.delivery_seconds.observe(seconds_since(started));
    if (!outcome) {
        shared_->counts.rejected_messages.add();
        parts.log.error("smtp.delivery_failed", {{"id", id_}, {"from", from}, {"reason", outcome.error().detail}});
        answer_delivery(refused, replies::delivery_failed(outcome.error()));
        co_return;
    }
    shared_->counts.messages.add();
    shared_->counts.octets.add(size);
    if (parts.log.enabled(LogLevel::info))
        parts.log.info("smtp.accepted", {{"id", id_},
                                         {"peer", stream_.peer().ip()},
                                         {"from", from},
                                         {"recipients", static_cast<std::uint64_t>(recipients)},
                                         {"size", size},
                                         {"note", outcome->note}});
    answer_delivery(refused, replies::accepted(id_));
}

/// RFC 2033 4.2: on LMTP, whose maildrop has filled up or gone since its RCPT is told so, and the others have their mail.
/// On SMTP there is one answer for all, and none is left out.
Session::Refusals Session::leave_out_refused(message::Envelope& envelope) {
    Refusals out;
    if (protocol().kind != smtp::ServerOptions::Kind::lmtp) return out;
    std::vector<message::Recipient> left;
    for (message::Recipient& recipient : envelope.recipients) {
        auto& refusal = out.emplace_back();
        const auto found = shared_->parts.mda.check_recipient(recipient.address, origin_kind());
        if (found)
            left.push_back(std::move(recipient));
        else
            refusal = replies::recipient_refused(found.error(), recipient.address, protocol().kind);
    }
    envelope.recipients = std::move(left);
    return out;
}

void Session::answer_delivery(const Refusals& refused, const smtp::Reply& of_the_rest) {
    if (refused.empty()) return machine_.resume(of_the_rest);
    std::vector<smtp::Reply> each;
    for (const auto& refusal : refused) each.push_back(refusal ? *refusal : of_the_rest);
    machine_.resume_each(each);
}

mda::Origin Session::origin(const message::Envelope& envelope) {
    const Timestamp now = shared_->parts.clock.now();
    const std::string peer =
        stream_.peer().family() == net::Address::Family::unix_path ? "" : stream_.peer().ip_literal();
    id_ = to_queue_id(shared_->parts.ids.next());
    mda::Origin out;
    out.kind = origin_kind();
    out.trace = received_field(machine_.session(), envelope, {peer, protocol().host_name, id_, tls_, now});
    if (out.kind == mda::Origin::Kind::submission) {  // a mail exchange changes nothing (RFC 5321 6.4)
        // RFC 5322 3.6 asks for an author. What a From hidden from us says comes second then.
        if (header_.facts().from_fields == 0 && envelope.reverse_path)
            out.trace += "From: " + envelope.reverse_path->to_string() + "\r\n";
        if (!header_.facts().date) out.trace += date_field(now);
        if (!header_.facts().message_id) out.trace += message_id_field(id_, protocol().host_name);
    }
    return out;
}

}  // namespace restante::mta
