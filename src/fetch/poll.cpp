#include "fetch/poll.hpp"

#include <algorithm>

namespace restante::fetch {
namespace {
constexpr std::uint64_t kPutOffLimit = 3;  // deliveries put off in a row: something here is broken
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
    if (const auto* refused = std::get_if<pop3::client::Refused>(&*step))
        co_return fail(error_of(*refused, "to delete what was collected"));
    if (!std::holds_alternative<pop3::client::Finished>(*step))
        co_return fail(ErrorKind::protocol, "the server's answer to QUIT makes no sense");
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
