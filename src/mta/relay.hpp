#pragma once
// Carries mail from the outbox to its recipients, through the same door as all mail.
#include <atomic>
#include <chrono>
#include <memory>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "mda/mda.hpp"
#include "net/task_group.hpp"
#include "net/work_pool.hpp"
#include "store/outbox.hpp"

namespace restante::mta {

struct RelayOptions {
    std::string host_name = "localhost";
    std::chrono::milliseconds poll{100};  // between looks at an empty outbox
    std::size_t batch = 32;               // mails delivered at the same time
    std::chrono::seconds retry_first{1};  // after a temporary failure of this server, doubled each time
    std::chrono::seconds retry_most{300};
    std::chrono::hours give_up{5 * 24};  // RFC 5321 4.5.4.1: at least 4-5 days
};

/// A mail is removed from the outbox only after its delivery is durable, and is delivered under the id "outbox:<id>": a
/// crash in between repeats the delivery without a second copy. Recipients elsewhere go on into the queue for other
/// servers (mda::Outbound); those that a domain of this server does not have are logged and given up.
class Relay {
public:
    struct Parts {
        net::WorkPool& work;
        net::TaskGroup& group;
        store::Outbox& outbox;
        mda::Mda& mda;
        store::MessageStore& store;
        const Clock& clock;
        Log& log;
        Metrics& metrics;
    };

    /// The parts outlive the group's tasks, and so must the relay.
    Relay(const Parts& parts, RelayOptions options);

    void start(const net::Executor& executor);
    /// The loop ends after the mails it is at. Any thread.
    void stop() { stopping_ = true; }

private:
    struct Job;
    net::Task<> loop();
    net::Task<bool> turn();
    Result<std::vector<std::shared_ptr<Job>>> take();
    void prepare(Job& job);
    void deliver(std::vector<std::shared_ptr<Job>> jobs, std::function<void(bool)> done);
    void settle(Job& job);
    void give_up(const Job& job, const std::string& reason);

    const Parts parts_;
    const RelayOptions options_;
    std::atomic<bool> stopping_{false};
    Counter& delivered_;
    Counter& postponed_;
    Counter& given_up_;
};

}  // namespace restante::mta
