#include "probe/prober.hpp"

#include <array>

#include "base/random.hpp"
#include "base/text.hpp"
#include "directory/audit.hpp"

namespace restante::probe {
namespace {

constexpr std::size_t kKept = 200;  // reports
constexpr std::chrono::seconds kLook{5};  // at the schedule, which may have changed
constexpr const char* kOwner = "probe account";

constexpr std::array<db::Migration, 1> kMigrations{
    {{"probe", 1,
      "CREATE TABLE probe_account (name TEXT PRIMARY KEY, password BLOB NOT NULL, changed_at BIGINT NOT NULL)"}}};

struct Stored {
    std::string sealed;
    Timestamp changed_at{};
};

Result<std::optional<Stored>> read_stored(db::Session& session, const std::string& name) {
    std::optional<Stored> out;
    auto done =
        session.query("SELECT password, changed_at FROM probe_account WHERE name=$1", {name}, [&](const db::Row& row) {
            out = Stored{std::string(row.text(0)), from_micros(row.integer(1))};
        });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Report skipped(Protocol protocol, const Clock& clock, const std::string& why) {
    Report out;
    out.protocol = protocol;
    out.at = clock.now();
    out.error = why;
    return out;
}

Report failed(Protocol protocol, const Clock& clock, const Error& error) {
    Report out = skipped(protocol, clock, "account: " + error.detail);
    out.result = Outcome::failure;
    out.steps.push_back({"account", Outcome::failure, 0, error.detail});
    return out;
}

}  // namespace

Prober::Prober(const Parts& parts, std::string key, Options options, ScheduleOptions schedule)
    : parts_(parts), box_(std::move(key)), group_(parts.log), settings_{options, std::move(schedule)} {}

Prober::~Prober() { stop(); }

Result<std::unique_ptr<Prober>> Prober::open(const Parts& parts, std::string key, Options options,
                                             ScheduleOptions schedule) {
    if (auto migrated = parts.database.migrate(kMigrations); !migrated) return fail(std::move(migrated.error()));
    return std::unique_ptr<Prober>(new Prober(parts, std::move(key), options, std::move(schedule)));
}

void Prober::start(net::IoPool& io) {
    group_.spawn(io.next(), follow_schedule(), "probe.schedule");
}

void Prober::set(Settings settings) {
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
}

Prober::Settings Prober::settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
}

void Prober::stop() {
    group_.cancel();
    while (!group_.wait(std::chrono::seconds(30))) parts_.log.warn("probe.still_ending");
}

/// Blocking. The probe account's password; it is known to nobody else, so it is set anew where it is lost or old.
Result<Prober::Login> Prober::login() {
    const std::lock_guard lock(login_mutex_);
    const ScheduleOptions schedule = settings().schedule;
    auto account = parts_.directory.account(schedule.account);
    if (!account && account.error().kind != ErrorKind::not_found) return fail(std::move(account.error()));
    auto stored = parts_.database.read([&](db::Session& session) { return read_stored(session, schedule.account); });
    if (!stored) return fail(std::move(stored.error()));
    if (!account || !*stored) return make_login(schedule, account.has_value());
    const auto age = parts_.clock.now() - (*stored)->changed_at;
    auto password = box_.open(kOwner, (*stored)->sealed);
    if (!password || age > std::chrono::days(schedule.password_days)) return make_login(schedule, true);
    // Somebody may have set another one.
    const auto proven = parts_.directory.verify(account->name, *password);
    if (!proven && proven.error().kind == ErrorKind::unauthenticated && account->enabled) return make_login(schedule, true);
    return Login{account->name, std::move(*password), account->default_address};
}

Result<Prober::Login> Prober::make_login(const ScheduleOptions& schedule, bool account_exists) {
    const directory::Directory::Change by{"probe"};
    const std::string password = base64url_encode(random_bytes(24));
    if (account_exists) {
        if (auto set = parts_.directory.set_password(schedule.account, password, by); !set)
            return fail(std::move(set.error()));
    } else {
        auto domains = parts_.directory.domains();
        if (!domains) return fail(std::move(domains.error()));
        if (domains->empty())
            return fail(ErrorKind::not_found, "there is no domain yet for the probe account: add one");
        const std::string domain = schedule.domain.empty() ? domains->front().name : schedule.domain;
        directory::Directory::NewAccount wanted;
        wanted.name = schedule.account;
        wanted.domain = domain;
        wanted.real_name = "Tests of the mail service";
        wanted.password = password;
        if (auto made = parts_.directory.create_account(wanted, by); !made) return fail(std::move(made.error()));
    }
    const std::string sealed = box_.seal(kOwner, password);
    const std::int64_t now = to_micros(parts_.clock.now());
    auto kept = parts_.database.write([&](db::Session& session) -> Result<void> {
        auto done = session.execute(
            "INSERT INTO probe_account (name, password, changed_at) VALUES ($1, $2, $3) "
            "ON CONFLICT (name) DO UPDATE SET password=excluded.password, changed_at=excluded.changed_at",
            {schedule.account, db::Blob{sealed}, now});
        if (!done) return fail(std::move(done.error()));
        return directory::write_audit(session, parts_.ids, parts_.clock.now(),
                                      {by.actor, "probe.password", schedule.account, "renewed"});
    });
    if (!kept) return fail(std::move(kept.error()));
    auto account = parts_.directory.account(schedule.account);
    if (!account) return fail(std::move(account.error()));
    return Login{account->name, password, account->default_address};
}

net::Task<Report> Prober::probe_own(Protocol protocol, bool light) {
    OwnServices own = parts_.own();
    const Endpoint& tried = protocol == Protocol::pop3 ? own.pop3 : own.smtp;
    Report report;
    if (tried.host.empty()) {
        report = skipped(protocol, parts_.clock,
                         std::string("no ") + to_string(protocol) + " service of this server is running");
    } else {
        const auto job = [this] { return login(); };
        auto who = co_await parts_.pool.run(job);
        if (!who) {
            report = failed(protocol, parts_.clock, who.error());
        } else {
            Target target;
            target.protocol = protocol;
            target.pop3 = own.pop3;
            target.smtp = own.smtp;
            target.user = who->user;
            target.password = who->password;
            target.address = who->address;
            target.light = light;
            const Settings now = settings();
            target.pop3.tls_name = target.smtp.tls_name =
                now.schedule.tls_name.empty() ? parts_.hostname : now.schedule.tls_name;
            target.trust_any = now.schedule.trust_any;
            target.ca_pem = own.ca_pem;
            target.allow_internal = true;
            report = co_await run_probe(parts_.pool, parts_.clock, std::move(target), now.limits, parts_.hostname);
        }
    }
    keep(report);
    const Metrics::Labels service{{"service", to_string(protocol)}};
    parts_.metrics
        .gauge("restante_probe_success", "1 if the last test of the service went well, 0 if not, -1 if it was skipped",
               service)
        .set(report.result == Outcome::success   ? 1
             : report.result == Outcome::failure ? 0
                                                 : -1);
    parts_.metrics.gauge("restante_probe_timestamp_seconds", "When the service was tested last", service)
        .set(to_micros(report.at) / 1'000'000);
    parts_.metrics.gauge("restante_probe_milliseconds", "Time the last test of the service took", service)
        .set(report.milliseconds);
    parts_.metrics
        .counter("restante_probes_total", "Tests of the service",
                 {{"result", to_string(report.result)}, {"service", to_string(protocol)}})
        .add();
    for (const Step& step : report.steps)
        parts_.metrics
            .gauge("restante_probe_step_milliseconds", "Time a step of the last test took",
                   {{"service", to_string(protocol)}, {"step", step.name}})
            .set(step.milliseconds);
    co_return report;
}

net::Task<Report> Prober::probe_other(Target target, Options options) {
    Report report = co_await run_probe(parts_.pool, parts_.clock, std::move(target), options, parts_.hostname);
    keep(report);
    co_return report;
}

void Prober::keep(const Report& report) {
    if (report.result == Outcome::failure)
        parts_.log.error(
            "probe.failed",
            {{"service", to_string(report.protocol)}, {"server", report.server}, {"reason", report.error}});
    else
        parts_.log.info("probe.done", {{"service", to_string(report.protocol)},
                                       {"server", report.server},
                                       {"result", to_string(report.result)},
                                       {"ms", report.milliseconds}});
    const std::lock_guard lock(mutex_);
    history_.push_front(report);
    if (history_.size() > kKept) history_.pop_back();
}

std::vector<Report> Prober::history() const {
    const std::lock_guard lock(mutex_);
    return {history_.begin(), history_.end()};
}

net::Task<> Prober::follow_schedule() {
    std::optional<std::chrono::steady_clock::time_point> last;
    for (;;) {
        const ScheduleOptions schedule = settings().schedule;
        const auto now = std::chrono::steady_clock::now();
        const std::chrono::minutes interval(schedule.interval_minutes);
        if (interval.count() > 0 && (!last || now - *last >= interval)) {
            last = now;
            (void)co_await probe_own(Protocol::pop3, schedule.light);
            (void)co_await probe_own(Protocol::smtp, schedule.light);
        }
        const auto slept = co_await net::sleep_for(kLook);
        if (!slept) co_return;
    }
}

}  // namespace restante::probe
