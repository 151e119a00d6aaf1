// The mails of one batch: read, handed over, judged.
#include "base/text.hpp"
#include "moving/content_hash.hpp"
#include "fetch/poll.hpp"

namespace restante::fetch {
namespace {
constexpr std::size_t kInMemory = 65'536;  // a draft up to this size is appended to without another thread
constexpr std::string_view kContentKey = "sha256-";

/// Nothing is wrong with the server or the line: the mail itself will never pass.
bool is_final(const Error& error) {
    return error.kind == ErrorKind::protocol || error.kind == ErrorKind::invalid ||
           error.kind == ErrorKind::too_large || error.kind == ErrorKind::unsupported;
}
}  // namespace

void Poll::ask_for(Session& session, const PlannedMail& mail) {
    if (mail.action != PlannedMail::Action::take && mail.action != PlannedMail::Action::compare) return;
    session.machine().retr(mail.number);
    ++asked_;
}

net::Task<Result<void>> Poll::take_one(Session& session, PlannedMail mail, Batch& batch) {
    if (mail.action == PlannedMail::Action::remove) {
        batch.removals.push_back(mail);
        co_return Result<void>{};
    }
    SeenMail record{mail.key, mail.octets, "", "", "", 0, parts_.clock.now(), false};
    ReadMail read;
    if (mail.action != PlannedMail::Action::oversize) {
        auto got = co_await read_mail(session);
        if (!got) co_return fail(std::move(got.error()));
        read = std::move(*got);
        if (read.octets == 0 && !read.draft) co_return Result<void>{};  // gone meanwhile
    }
    record.sha256 = read.sha256;
    if (!read.draft) {
        ++report_.oversize;
        record.verdict = "oversize";
        record.note = "larger than " + human_bytes(options_.max_message_octets) + ": left on the server";
        if (!record.uidl.empty()) batch.records.push_back(std::move(record));
        co_return Result<void>{};
    }
    const auto same_uidl = mail.action == PlannedMail::Action::compare ? seen_.find(mail.key) : seen_.end();
    const bool same_mail = same_uidl != seen_.end() && same_uidl->second.sha256 == read.sha256;
    if (!same_mail && (record.uidl.empty() || same_uidl != seen_.end()))
        record.uidl = std::string(kContentKey) + read.sha256;
    if (const auto before = seen_.find(record.uidl); before != seen_.end()) {
        SeenMail again = before->second;
        again.octets = mail.octets;
        again.deleted = false;
        const bool removes = is_deletable(again.verdict) && !connection_.settings.leave_on_server;
        if (removes) batch.removals.push_back({mail.number, mail.octets, again.uidl, PlannedMail::Action::remove});
        batch.records.push_back(std::move(again));
        co_return Result<void>{};
    }
    hand_over(std::move(read), record.uidl);
    batch.pending.push_back(std::move(record));
    batch.numbers.push_back(mail.number);
    co_return Result<void>{};
}

void Poll::hand_over(ReadMail mail, const std::string& key) {
    mda::Origin origin;
    origin.kind = mda::Origin::Kind::fetch;
    origin.delivery_id = "pop3:" + std::to_string(connection_.id);
    if (connection_.epoch != 0) origin.delivery_id += "." + std::to_string(connection_.epoch);
    origin.delivery_id += ":" + key;
    origin.trace = trace_;
    origin.connection_id = connection_.id;
    origin.uidl = key;
    if (connection_.settings.purpose == Purpose::replies) origin.purpose = mda::Origin::Purpose::replies;
    deliveries_.start(parts_.mda, envelope_, std::move(mail.draft), std::move(origin));
}

void Poll::judge(SeenMail& mail, const Result<mda::Outcome>& outcome) {
    if (!outcome && !is_final(outcome.error())) {
        ++report_.put_off;
        ++put_off_in_a_row_;
        parts_.log.warn(
            "fetch.put_off",
            {{"connection", connection_.settings.name}, {"uidl", mail.uidl}, {"reason", outcome.error().detail}});
        return;
    }
    put_off_in_a_row_ = 0;
    if (!outcome) {
        ++report_.refused;
        mail.verdict = "refused";
        mail.note = outcome.error().detail;
        return;
    }
    const bool replies = connection_.settings.purpose == Purpose::replies;
    mail.verdict = replies ? to_string(outcome->verdict) : "delivered";
    mail.note = outcome->note;
    mail.message_id = outcome->id;
    if (replies && outcome->verdict == mda::Verdict::Kind::unrelated)
        ++report_.unrelated;
    else
        ++report_.taken;
}

std::string Poll::trace() const {
    return "Received: from " + connection_.settings.address + "\r\n\tby " + options_.hostname + " with POP3;\r\n\t" +
           to_rfc5322(parts_.clock.now()) + "\r\n";
}

net::Task<Result<Poll::ReadMail>> Poll::read_mail(Session& session) {
    auto draft = parts_.store.create_draft();
    if (!draft) co_return local(std::move(draft.error()));
    ReadMail read{std::move(*draft), "", 0};
    moving::ContentHash hash;
    for (;;) {
        auto step = co_await session.next();
        if (!step) co_return fail(std::move(step.error()));
        if (std::holds_alternative<pop3::client::Refused>(*step)) {
            --asked_;
            co_return ReadMail{};
        }
        const bool last = std::holds_alternative<pop3::client::MessageEnd>(*step);
        std::string text = std::exchange(session.machine().text(), {});
        read.octets += text.size();
        if (read.octets > options_.max_message_octets) read.draft.reset();  // LIST had said less
        if (read.octets / 4 > options_.max_message_octets)
            co_return fail(ErrorKind::protocol, "a mail is far larger than the server listed it");
        if (read.draft) {
            hash.update(text);
            auto appended = co_await append(*read.draft, std::move(text));
            if (!appended) co_return local(std::move(appended.error()));
        }
        if (last) break;
    }
    --asked_;
    if (read.draft) read.sha256 = hash.finish();
    if (read.octets == 0) read.octets = 1;  // an empty mail is one too
    co_return read;
}

net::Task<Result<void>> Poll::append(store::Draft& draft, std::string text) {
    if (text.empty()) co_return Result<void>{};
    if (draft.size() + text.size() <= kInMemory) co_return draft.append(text);
    const auto job = [&]() -> Result<void> { return draft.append(text); };
    auto done = co_await parts_.pool.run(job);
    co_return done;
}

}  // namespace restante::fetch
