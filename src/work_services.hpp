#pragma once
// What connects work and mail: tracker, notifications, outbox, answers, and the mailboxes collected from other servers.
#include <memory>
#include <string>

#include "config.hpp"
#include "data_directory.hpp"
#include "db/database.hpp"
#include "fetch/fetcher.hpp"
#include "mta/relay.hpp"
#include "mda/account_rules.hpp"
#include "mda/reply_intake.hpp"
#include "store/outbox.hpp"
#include "work/work.hpp"

namespace restante {

/// Everything outlives the services.
struct WorkParts {
    db::Database& database;
    directory::Directory& directory;
    store::MessageStore& store;
    DataDirectory& data;
    const Clock& clock;
    IdSource& ids;
    Log& log;
    Metrics& metrics;
};

class WorkServices {
public:
    /// Blocking. Makes the tables and keys that are missing.
    static Result<std::unique_ptr<WorkServices>> open(const WorkParts& parts, const Config& config, const std::string& hostname);

    work::Work& work() { return *work_; }
    fetch::Connections& connections() { return *connections_; }
    mda::Intake& intake() { return *reply_intake_; }
    mda::AccountRules& account_rules() { return *account_rules_; }
    /// Valid after build().
    fetch::Fetcher& fetcher() { return *fetcher_; }

    /// Makes what needs the door and the threads; these outlive the services too.
    void build(net::IoPool& io, net::WorkPool& pool, net::TaskGroup& group, mda::Mda& mda);
    /// Begins to send what is in the outbox and to collect mail.
    void start(net::IoPool& io);
    /// Ends polls and sending; blocks for the polls under way.
    void stop();

private:
    WorkServices(const WorkParts& parts, const Config& config, const std::string& hostname);
    Result<void> open_tables();

    const WorkParts parts_;
    const Config config_;
    const std::string hostname_;
    store::Outbox outbox_;
    std::unique_ptr<mda::AccountRules> account_rules_;
    std::unique_ptr<reply::Notifications> notifications_;
    std::unique_ptr<work::Work> work_;
    std::unique_ptr<reply::Intake> intake_;
    std::unique_ptr<mda::ReplyIntake> reply_intake_;
    std::unique_ptr<fetch::Connections> connections_;
    std::unique_ptr<fetch::Parts> fetch_parts_;
    std::unique_ptr<fetch::Fetcher> fetcher_;
    std::unique_ptr<mta::Relay> relay_;
};

}  // namespace restante
