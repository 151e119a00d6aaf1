// What the relay tells senders: notifications through the same door as all mail.
#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "net/await_callback.hpp"
#include "relay/relay.hpp"
#include "relay/tables.hpp"

namespace restante::relay {
namespace {
constexpr std::size_t kOverdueAtOnce = 100;
constexpr std::size_t kHeaderOctets = 65'536;

const char* name_of(Notice notice) {
    switch (notice) {
        case Notice::failed:
            return "failed";
        case Notice::delayed:
            return "delayed";
        case Notice::relayed:
            return "relayed";
        case Notice::delivered:
            return "delivered";
    }
    return "";
}
}  // namespace

/// What of the message goes back (RFC 3461 4.3): the header, or all of it if the sender did not say otherwise.
net::Task<Result<std::string>> Relay::original(Notice notice, const MailFacts& mail, bool& whole) {
    const std::uint64_t most = parts_.queue.options().returned_octets;
    whole = notice == Notice::failed && mail.envelope.ret != message::Ret::hdrs && mail.size <= most;
    Content content(parts_.queue, parts_.work, mail);
    auto bytes = co_await content.head(whole ? static_cast<std::size_t>(mail.size) : kHeaderOctets);
    if (!bytes) co_return fail(std::move(bytes.error()));
    co_return whole ? std::move(*bytes) : header_section(*bytes);
}

/// True once it is durable, or nobody could ever get it.
net::Task<bool> Relay::report(Notice notice, const MailFacts& mail, std::vector<Fate> fates) {
    Report facts;
    auto original = co_await this->original(notice, mail, facts.whole);
    if (!original) {
        parts_.log.error("relay.unreadable", {{"message", mail.id}, {"reason", original.error().detail}});
        facts.whole = false;
    } else {
        facts.original = std::move(*original);
    }
    const Options options = parts_.queue.options();
    facts.notice = notice;
    facts.host_name = options.host_name;
    facts.mail = mail;
    facts.fates = std::move(fates);
    facts.now = parts_.clock.now();
    facts.until = mail.queued_at + options.give_up;
    facts.message_id = to_hex(random_bytes(12)) + "@" + options.host_name;
    facts.boundary = to_hex(random_bytes(16));
    auto draft = parts_.store.create_draft();
    if (draft)
        if (auto appended = (*draft)->append(write_report(facts)); !appended) draft = fail(std::move(appended.error()));
    if (!draft) {
        parts_.log.error("relay.report_failed", {{"message", mail.id}, {"reason", draft.error().detail}});
        co_return false;
    }
    message::Envelope envelope;  // from nobody: whatever becomes of it, no report is made of that
    envelope.recipients.push_back({*mail.envelope.reverse_path});
    mda::Origin origin;
    origin.kind = mda::Origin::Kind::outbox;
    origin.delivery_id = "dsn:" + std::to_string(mail.id) + ":" + name_of(notice);
    for (const Fate& fate : facts.fates) origin.delivery_id += ":" + fate.recipient.address.to_string();
    if (origin.delivery_id.size() > 200) origin.delivery_id = "dsn:" + to_hex(sha256(origin.delivery_id));
    const auto outcome =
        co_await net::await_callback<Result<mda::Outcome>>([&](std::function<void(Result<mda::Outcome>)> done) {
            parts_.mda.deliver(std::move(envelope), std::move(*draft), std::move(origin), std::move(done));
        });
    if (outcome) {
        reports_.add();
        parts_.log.info(
            "relay.reported",
            {{"message", mail.id}, {"to", mail.envelope.reverse_path->to_string()}, {"about", name_of(notice)}});
        co_return true;
    }
    parts_.log.warn("relay.report_failed", {{"message", mail.id}, {"reason", outcome.error().detail}});
    co_return outcome.error().retry == Retry::never;
}

/// Senders whose mail waits for long, or was given up. True if there may be more.
net::Task<bool> Relay::tell_overdue() {
    const auto works = co_await parts_.work.run([&] { return parts_.queue.overdue(kOverdueAtOnce); });
    if (!works) {
        if (goes_on()) parts_.log.error("relay.unreadable", {{"reason", works.error().detail}});
        co_return false;
    }
    bool told = false;
    for (const Work& work : *works) {
        if (!goes_on()) co_return false;
        const bool one = co_await tell(work);
        told = told || one;
    }
    co_return told;
}

net::Task<bool> Relay::tell(const Work& work) {
    const Options options = parts_.queue.options();
    const Timestamp end = work.mail.queued_at + options.give_up;
    std::vector<Ending> ended;
    std::vector<Item> delayed;
    std::vector<Fate> fates;
    for (const Item& item : work.items) {
        if (in_flight(item)) continue;  // it may still succeed
        if (item.bounced || end <= parts_.clock.now()) {
            Fate fate{item.recipient, item.bounced ? "5.0.0" : "5.4.7", "", "", ""};
            fate.reason = item.bounced ? "returned by an administrator" : "not delivered in time";
            if (!item.last_error.empty()) fate.reason += "; last: " + item.last_error;
            ended.push_back({item, std::move(fate), Ending::Kind::failed, false});
            continue;
        }
        delayed.push_back(item);
        if (wanted(Notice::delayed, work.mail.envelope, item.recipient.notify))
            fates.push_back(
                {item.recipient, "4.4.7", item.last_error.empty() ? "not delivered yet" : item.last_error, "", ""});
    }
    const bool any = !ended.empty() || !delayed.empty();
    if (!ended.empty()) co_await conclude(work.mail, std::move(ended), options.host_name);
    if (!fates.empty()) {
        const bool told = co_await report(Notice::delayed, work.mail, std::move(fates));
        if (!told) co_return false;
    }
    Queue::Change later = [delayed, end](db::Session& s) -> Result<void> {
        for (const Item& item : delayed)
            if (auto done = tables::look_again(s, item, end); !done) return done;
        return {};
    };
    const auto written = co_await change(std::move(later));
    co_return any&& written.has_value();
}

}  // namespace restante::relay
