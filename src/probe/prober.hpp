#pragma once
// Tests this server's own services, on demand and on a schedule, with an account of its own; and others on demand.
#include <deque>
#include <functional>
#include <mutex>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/secret_box.hpp"
#include "db/database.hpp"
#include "directory/directory.hpp"
#include "net/io_pool.hpp"
#include "net/task_group.hpp"
#include "probe/run.hpp"

namespace restante::probe {

/// Where this server's own services listen. Empty host: the service does not run, so its test is skipped.
struct OwnServices {
    Endpoint pop3, smtp;
    std::string ca_pem{};  // authorities to trust instead of the system's; empty: the system's
};

/// Everything outlives the prober.
struct Parts {
    db::Database& database;
    directory::Directory& directory;
    IdSource& ids;
    net::WorkPool& pool;
    const Clock& clock;
    Log& log;
    Metrics& metrics;
    std::string hostname;
    /// Asked before each probe; any thread.
    std::function<OwnServices()> own;
};

/// Thread-safe. stop() before destruction.
class Prober {
public:
    /// Blocking: makes the tables. key: of SecretBox, for the password of the probe account.
    static Result<std::unique_ptr<Prober>> open(const Parts& parts, std::string key, Options options,
                                                ScheduleOptions schedule);
    ~Prober();
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;

    struct Settings {
        Options limits;
        ScheduleOptions schedule;
    };
    /// For tests from now on; the schedule is looked at every few seconds.
    void set(Settings settings);
    Settings settings() const;

    /// Begins to follow the schedule.
    void start(net::IoPool& io);
    void stop();

    /// Tests a service of this server; the account is made if it is missing. On the caller's executor.
    net::Task<Report> probe_own(Protocol protocol, bool light);
    /// Tests what a person names.
    net::Task<Report> probe_other(Target target, Options options);
    Options options() const { return settings().limits; }
    /// The latest, newest first.
    std::vector<Report> history() const;

private:
    Prober(const Parts& parts, std::string key, Options options, ScheduleOptions schedule);
    struct Login {
        std::string user, password, address;
    };
    Result<Login> login();
    Result<Login> make_login(const ScheduleOptions& schedule, bool account_exists);
    net::Task<> follow_schedule();
    void keep(const Report& report);

    const Parts parts_;
    const SecretBox box_;
    net::TaskGroup group_;
    std::mutex login_mutex_;  // one makes or renews the account at a time
    mutable std::mutex mutex_;
    Settings settings_;
    std::deque<Report> history_;
};

}  // namespace restante::probe
