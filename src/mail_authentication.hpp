#pragma once
// Whether mail is from whom it says, and our own signatures: DKIM keys with the watch over their records, the verifier.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

#include "config.hpp"
#include "data_directory.hpp"
#include "mailauth/dkim_keys.hpp"
#include "mta/authenticator.hpp"
#include "net/io_pool.hpp"
#include "net/task_group.hpp"

namespace restante {

/// Everything outlives the services and the tasks in the groups.
struct MailAuthenticationParts {
    db::Database& database;
    DataDirectory& data;
    store::MessageStore& store;
    net::Resolver& resolver;
    net::IoPool& io;
    net::WorkPool& work;
    net::TaskGroup& group;
    net::TaskGroup& upkeep;
    const Clock& clock;
    IdSource& ids;
    Log& log;
    Metrics& metrics;
};

class MailAuthentication {
public:
    /// Blocking. Makes the tables and the key that are missing.
    static Result<std::unique_ptr<MailAuthentication>> open(const MailAuthenticationParts& parts);
    /// From now on DNS is asked that often whether it shows new keys; 0: never. Any thread.
    void watch_keys(std::chrono::seconds interval);

    mailauth::DkimKeys& keys() { return *keys_; }
    mta::Authenticator& authenticator() { return *authenticator_; }

private:
    explicit MailAuthentication(const MailAuthenticationParts& parts) : parts_(parts) {}

    const MailAuthenticationParts parts_;
    std::mutex watch_mutex_;
    std::chrono::seconds interval_{0};  // of the watch that counts, the last one
    std::atomic<std::uint64_t> watches_{0};
    std::unique_ptr<mailauth::DkimKeys> keys_;
    std::unique_ptr<mta::Authenticator> authenticator_;
};

}  // namespace restante
