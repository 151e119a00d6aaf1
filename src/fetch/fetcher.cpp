#include "fetch/fetcher.hpp"

#include "base/text.hpp"
#include "fetch/schedule.hpp"
#include "fetch/settings.hpp"

namespace restante::fetch {

/// A connection's place among those being polled; only one at a time.
class Fetcher::Running {
public:
    Running(Fetcher& fetcher, std::int64_t id) : fetcher_(fetcher), id_(id) {
        const std::lock_guard lock(fetcher_.mutex_);
        taken_ = fetcher_.running_.insert(id_).second;
    }
    ~Running() {
        if (!taken_) return;
        const std::lock_guard lock(fetcher_.mutex_);
        fetcher_.running_.erase(id_);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    bool taken() const { return taken_; }

private:
    Fetcher& fetcher_;
    const std::int64_t id_;
    bool taken_ = false;
};

Fetcher::Fetcher(const Parts& parts, net::IoPool& io) : parts_(parts), io_(io), group_(parts.log) {}

Fetcher::~Fetcher() { stop(); }

void Fetcher::start() { group_.spawn(io_.next(), follow_schedule(), "fetch.schedule"); }

bool Fetcher::stop(std::chrono::seconds longest) {
    group_.cancel();
    return group_.wait(longest);
}

bool Fetcher::is_running(std::int64_t id) const {
    const std::lock_guard lock(mutex_);
    return running_.contains(id);
}

net::Task<> Fetcher::follow_schedule() {
    const std::chrono::milliseconds tick(parts_.connections.options().tick_milliseconds);
    for (;;) {
        const auto job = [this] { return parts_.connections.due(parts_.clock.now()); };
        auto due = co_await parts_.pool.run(job);
        if (!due) parts_.log.error("fetch.schedule", {{"reason", due.error().detail}});
        for (const std::int64_t id : due.value_or(std::vector<std::int64_t>{})) {
            {
                const std::lock_guard lock(mutex_);
                if (running_.size() >= parts_.connections.options().polls_at_once) break;
                if (running_.contains(id)) continue;
            }
            group_.spawn(io_.next(), scheduled_poll(id), "fetch.poll");
        }
        auto slept = co_await net::sleep_for(tick);
        if (!slept) co_return;
    }
}

net::Task<> Fetcher::scheduled_poll(std::int64_t id) { (void)co_await poll(id); }

net::Task<Result<PollReport>> Fetcher::poll_now(std::int64_t id) {
    if (group_.cancelled()) co_return fail(ErrorKind::cancelled, "the server is stopping");
    auto report = co_await poll(id);
    co_return report;
}

net::Task<Result<PollReport>> Fetcher::poll(std::int64_t id) {
    const Running place(*this, id);
    if (!place.taken()) co_return fail(ErrorKind::busy, "this connection is being polled already");
    const auto job = [&] { return parts_.connections.find(id); };
    auto connection = co_await parts_.pool.run(job);
    if (!connection) co_return fail(std::move(connection.error()));
    Poll one(parts_, *connection);
    PollReport report = co_await one.run();
    auto settled = co_await settle(std::move(*connection), report);
    if (!settled) parts_.log.warn("fetch.health", {{"reason", settled.error().detail}});
    co_return report;
}

Health Fetcher::judged(const Connection& connection, const PollReport& report) const {
    const Options& options = parts_.connections.options();
    const Settings& settings = connection.settings;
    const Timestamp now = parts_.clock.now();
    if (!report.outcome && report.local_fault)
        return after_pause(connection.health, options, now, "a fault of this server: " + report.outcome.error().detail);
    if (!report.outcome) return after_failure(connection.health, settings, options, now, report.outcome.error().detail);
    if (!report.paused) return after_success(connection.health, settings, now);
    const std::string address =
        settings.user.find('@') == std::string::npos ? settings.user + "@" + settings.address : settings.user;
    return after_pause(
        connection.health, options, now,  // S1.25, word for word
        "We encountered a problem while processing emails from your POP account: " + address +
            ". We either found emails that are not related to Restante comments, or something might be wrong "
            "with your POP credentials. Please ensure that the email credentials configured under Setup > Email "
            "> Setup are valid and that the email address is used only for Restante communication.");
}

net::Task<Result<void>> Fetcher::settle(Connection connection, const PollReport& report) {
    if (!report.outcome && report.outcome.error().kind == ErrorKind::cancelled) co_return Result<void>{};
    Health health = judged(connection, report);
    tell(connection, health, report);
    const auto job = [&]() -> Result<void> { return parts_.connections.set_health(connection, health); };
    auto done = co_await parts_.pool.run(job);
    co_return done;
}

/// One line a poll; besides that a louder one when something changes, not every time.
void Fetcher::tell(const Connection& connection, const Health& health, const PollReport& report) {
    const std::string& name = connection.settings.name;
    parts_.log.info("fetch.polled", {{"connection", name},
                                     {"state", to_string(health.state)},
                                     {"listed", report.listed},
                                     {"taken", report.taken},
                                     {"unrelated", report.unrelated},
                                     {"put_off", report.put_off},
                                     {"deleted", report.deleted},
                                     {"ms", report.milliseconds},
                                     {"reason", health.last_error}});
    if (health.state == State::disabled)
        parts_.log.error("fetch.disabled", {{"connection", name},
                                            {"failures", std::int64_t{health.consecutive_errors}},
                                            {"reason", health.last_error}});
    else if (health.state == State::paused && connection.health.state != State::paused)
        parts_.log.error("fetch.paused", {{"connection", name}, {"reason", health.last_error}});
    else if (health.state == State::failing && connection.health.state != State::failing)
        parts_.log.warn("fetch.failing", {{"connection", name}, {"reason", health.last_error}});
    else if (health.state == State::ok && connection.health.state == State::failing)
        parts_.log.info("fetch.recovered", {{"connection", name}});
}

net::Task<std::vector<ProbeStep>> Fetcher::test_connection(Settings settings, std::optional<std::int64_t> stored) {
    std::vector<ProbeStep> steps;
    const Options& options = parts_.connections.options();
    auto checked = checked_settings(std::move(settings), options);
    if (checked && checked->password.empty() && stored) {
        const auto job = [&] { return parts_.connections.password(*stored); };
        auto password = co_await parts_.pool.run(job);
        if (password)
            checked->password = std::move(*password);
        else
            checked = fail(std::move(password.error()));
    }
    if (!checked) {
        steps.push_back({"settings", false, 0, checked.error().detail});
        co_return steps;
    }
    auto session = co_await open_session(parts_.pool, *checked, checked->password, options, &steps);
    if (!session) co_return steps;
    const auto begin = std::chrono::steady_clock::now();
    (*session)->machine().stat();
    auto step = co_await (*session)->next();
    const auto took = std::chrono::steady_clock::now() - begin;
    ProbeStep last{"list", false, std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), ""};
    if (!step) {
        last.detail = step.error().detail;
    } else if (const auto* size = std::get_if<pop3::client::MaildropSize>(&*step)) {
        last.ok = true;
        last.detail = std::to_string(size->messages) + " mails, " + human_bytes(size->octets);
    } else {
        last.detail = "the server does not tell what is in the mailbox";
    }
    steps.push_back(std::move(last));
    (*session)->machine().quit();
    (void)co_await (*session)->next();
    co_return steps;
}

}  // namespace restante::fetch
