#include "fetch/poll.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "fetch/content_hash.hpp"

namespace restante::fetch {
namespace {
constexpr std::size_t kInMemory = 65'536;         // a draft up to this size is appended to without another thread
constexpr std::uint64_t kPutOffLimit = 3;         // deliveries put off in a row: something here is broken
constexpr std::string_view kContentKey = "sha256-";

/// Nothing is wrong with the server or the line: the mail itself will never pass.
bool is_final(const Error& error) {
    return error.kind == ErrorKind::protocol || error.kind == ErrorKind::invalid || error.kind == ErrorKind::too_large ||
           error.kind == ErrorKind::unsupported;
}
}  // namespace

net::Task<PollReport> Poll::run() {
    const auto begin = std::chrono::steady_clock::now();
    auto outcome = co_await work();
    report_.outcome = std::move(outcome);
    const auto took = std::chrono::steady_clock::now() - begin;
    report_.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    co_return std::move(report_);
}

tl::unexpected<Error> Poll::local(Error error) {
    report_.local_fault = true;
    return fail(std::move(error));
}

net::Task<Result<void>> Poll::work() {
    auto prepared = co_await prepare();
    if (!prepared) co_return local(std::move(prepared.error()));
    auto session = co_await open_session(parts_.pool, connection_.settings, password_, options_, nullptr);
    if (!session) co_return fail(std::move(session.error()));
    auto mails = co_await list_mails(**session);
    if (!mails) co_return fail(std::move(mails.error()));
    auto taken = co_await take_all(**session, std::move(*mails));
    // A fault on this side still ends the session properly, so that what was remembered is deleted; unless mails that
    // were asked for are still on their way.
    if (!taken && (!report_.local_fault || asked_ != 0)) co_return taken;
    auto ended = co_await quit(**session);
    if (!taken) co_return taken;
    co_return ended;
}

net::Task<Result<void>> Poll::prepare() {
    trace_ = trace();
    const auto job = [this]() -> Result<void> {
        auto password = parts_.connections.password(connection_.id);
        if (!password) return fail(std::move(password.error()));
        password_ = std::move(*password);
        auto seen = parts_.connections.seen(connection_.id);
        if (!seen) return fail(std::move(seen.error()));
        for (SeenMail& mail : *seen) seen_.emplace(mail.uidl, std::move(mail));
        if (connection_.settings.purpose != Purpose::maildrop) return {};
        auto account = parts_.directory.account(connection_.settings.account);
        if (!account) return fail(std::move(account.error()));
        auto address = message::Address::parse(account->default_address);
        if (!address) return fail(std::move(address.error()));
        envelope_.recipients.push_back({std::move(*address)});
        return {};
    };
    auto done = co_await parts_.pool.run(job);
    co_return done;
}

net::Task<Result<std::vector<PlannedMail>>> Poll::list_mails(Session& session) {
    std::vector<pop3::Listed> listed;
    std::vector<pop3::Identified> uidls;
    session.machine().list();
    auto sizes = co_await session.next();
    if (!sizes) co_return fail(std::move(sizes.error()));
    if (const auto* refused = std::get_if<pop3::client::Refused>(&*sizes)) co_return fail(error_of(*refused, "LIST"));
    if (auto* listing = std::get_if<pop3::client::Listing>(&*sizes)) listed = std::move(listing->messages);
    report_.listed = listed.size();
    if (!listed.empty()) {
        session.machine().uidl();
        auto ids = co_await session.next();  // refused by servers that have no UIDL
        if (!ids) co_return fail(std::move(ids.error()));
        if (auto* list = std::get_if<pop3::client::Uidls>(&*ids)) uidls = std::move(list->messages);
    }
    auto mails = plan(listed, uidls, seen_, connection_.settings.leave_on_server, options_);
    for (const PlannedMail& mail : mails)
        if (!mail.key.empty()) on_server_.push_back(mail.key);
    std::erase_if(mails, [](const PlannedMail& mail) { return mail.action == PlannedMail::Action::leave; });
    if (mails.size() > options_.max_messages_per_poll) mails.resize(options_.max_messages_per_poll);
    co_return mails;
}

bool Poll::at_unrelated_limit() const {
    return connection_.settings.purpose == Purpose::replies && options_.unrelated_limit != 0 &&
           report_.unrelated >= options_.unrelated_limit;
}

std::span<const PlannedMail> Poll::next_batch(std::span<const PlannedMail> rest) const {
    std::size_t most = std::max(options_.deliveries_at_once, 1U);
    // Never read more than the limit of unrelated mails would allow if all of these were (S1.25).
    if (connection_.settings.purpose == Purpose::replies && options_.unrelated_limit != 0)
        most = std::min<std::size_t>(most, options_.unrelated_limit - report_.unrelated);
    return rest.first(std::min(most, rest.size()));
}

net::Task<Result<void>> Poll::take_all(Session& session, std::vector<PlannedMail> mails) {
    std::span<const PlannedMail> rest = mails;
    while (!rest.empty()) {
        const auto batch = next_batch(rest);
        auto done = co_await take_batch(session, batch);
        if (!done) co_return done;
        rest = rest.subspan(batch.size());
        if (at_unrelated_limit()) {
            report_.paused = true;
            break;
        }
    }
    co_return Result<void>{};
}

net::Task<Result<void>> Poll::take_batch(Session& session, std::span<const PlannedMail> mails) {
    Batch batch;
    Result<void> read;
    const bool ahead = session.machine().capabilities().pipelining;
    if (ahead)
        for (const PlannedMail& mail : mails) ask_for(session, mail);
    for (const PlannedMail& mail : mails) {
        if (!ahead) ask_for(session, mail);
        read = co_await take_one(session, mail, batch);
        if (!read) break;
    }
    // Whatever happened to the session, what was handed over is waited for and remembered.
    const auto outcomes = co_await deliveries_.finish();
    Result<void> fault;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        SeenMail& mail = batch.pending[i];
        judge(mail, outcomes[i]);
        if (mail.verdict.empty()) {
            if (put_off_in_a_row_ >= kPutOffLimit && fault) fault = fail(outcomes[i].error());
            continue;
        }
        if (is_deletable(mail.verdict) && !connection_.settings.leave_on_server)
            batch.removals.push_back({batch.numbers[i], mail.octets, mail.uidl, PlannedMail::Action::remove});
        batch.records.push_back(mail);
    }
    if (!batch.records.empty()) {
        const auto job = [&]() -> Result<void> { return parts_.connections.remember(connection_, batch.records); };
        auto remembered = co_await parts_.pool.run(job);
        if (!remembered) co_return local(std::move(remembered.error()));
        for (SeenMail& mail : batch.records) seen_.insert_or_assign(mail.uidl, mail);
    }
    if (!read) co_return read;
    auto removed = co_await remove_mails(session, batch.removals);
    if (!removed) co_return removed;
    if (!fault) co_return local(std::move(fault.error()));
    co_return Result<void>{};
}

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
    if (!same_mail && (record.uidl.empty() || same_uidl != seen_.end())) record.uidl = std::string(kContentKey) + read.sha256;
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
        parts_.log.warn("fetch.put_off", {{"connection", connection_.settings.name}, {"uidl", mail.uidl}, {"reason", outcome.error().detail}});
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
    ContentHash hash;
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

net::Task<Result<void>> Poll::remove_mails(Session& session, std::span<const PlannedMail> mails) {
    pop3::ClientMachine& machine = session.machine();
    const std::size_t ahead = machine.capabilities().pipelining ? mails.size() : 1;
    for (std::size_t asked = 0, answered = 0; answered < mails.size(); ++answered) {
        while (asked < mails.size() && asked - answered < ahead) machine.dele(mails[asked++].number);
        auto step = co_await session.next();
        if (!step) co_return fail(std::move(step.error()));
        if (std::holds_alternative<pop3::client::Done>(*step)) marked_.push_back(mails[answered].key);
    }
    co_return Result<void>{};
}

net::Task<Result<void>> Poll::quit(Session& session) {
    session.machine().quit();
    auto step = co_await session.next();
    if (!step) co_return fail(std::move(step.error()));
    if (const auto* refused = std::get_if<pop3::client::Refused>(&*step)) co_return fail(error_of(*refused, "to delete what was collected"));
    if (!std::holds_alternative<pop3::client::Finished>(*step)) co_return fail(ErrorKind::protocol, "the server's answer to QUIT makes no sense");
    report_.deleted = marked_.size();
    const auto job = [this]() -> Result<void> {
        if (!marked_.empty())
            if (auto done = parts_.connections.confirm_deleted(connection_, marked_); !done) return done;
        const auto before = parts_.clock.now() - std::chrono::hours(24) * options_.forget_seen_days;
        return parts_.connections.forget(connection_, before, on_server_);
    };
    auto done = co_await parts_.pool.run(job);
    if (!done) co_return local(std::move(done.error()));
    co_return done;
}

}  // namespace restante::fetch
