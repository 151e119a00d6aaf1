#pragma once
// Sends what is in the queue, and tells senders what became of it.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "mda/mda.hpp"
#include "net/io_pool.hpp"
#include "net/task_group.hpp"
#include "relay/connector.hpp"
#include "relay/dsn.hpp"
#include "relay/queue.hpp"

namespace restante::relay {

/// Thread-safe. Its settings are the queue's. The parts outlive the group's tasks, and so must the relay.
class Relay {
public:
    struct Parts {
        net::IoPool& io;
        net::WorkPool& work;
        net::TaskGroup& group;
        Queue& queue;
        mda::Mda& mda;  // takes the notifications
        store::MessageStore& store;
        net::Resolver& resolver;
        Smarthosts& smarthosts;
        Policies& policies;
        const Clock& clock;
        IdSource& ids;
        Log& log;
        Metrics& metrics;
        TlsCounts* tls_counts = nullptr;  // null: sessions are not counted for TLS reports
    };
    explicit Relay(const Parts& parts);
    ~Relay();

    /// Begins to send; again after stop().
    void start();
    /// Sessions end after the mail they are at, those without any at once. Returns at once; they have ended when the
    /// group is empty.
    void stop();
    bool running() const { return running_; }
    /// Sessions under way.
    std::size_t sessions() const;

private:
    using Recipient = std::pair<store::MessageId, std::int64_t>;
    /// What is being done for one destination.
    struct Lane {
        std::size_t sessions = 0;
        std::set<Recipient> in_flight;
    };
    struct Ending {
        Item item;
        Fate fate;
        enum class Kind { sent, failed, deferred } kind = Kind::deferred;
        bool notify_relayed = false;
    };
    class Slot;

    net::Task<> loop(std::uint64_t generation);
    net::Task<bool> turn();
    bool begin(const DueDestination& due);
    net::Task<> attend(std::shared_ptr<Slot> slot);
    net::Task<Result<std::vector<Work>>> take(Slot& slot);
    net::Task<std::optional<Connector::Outcome>> connect(std::string domain, Connector::Purpose purpose);
    net::Task<> connect_into(std::optional<Connector::Outcome>& outcome, std::string domain, Connector::Purpose purpose,
                             std::function<void(bool)> done);
    net::Task<std::set<store::MessageId>> reports_among(const std::vector<Work>& works);
    net::Task<> send_all(Slot& slot, Connector::Outcome connected, std::vector<Work> works, Connector::Purpose purpose);
    net::Task<bool> send(Connector::Outcome& connected, Work& work);
    net::Task<> refuse_all(Slot& slot, NoWay why, std::vector<Work> works);
    net::Task<> conclude(const MailFacts& mail, std::vector<Ending> endings, std::string host);
    net::Task<bool> report(Notice notice, const MailFacts& mail, std::vector<Fate> fates);
    net::Task<Result<std::string>> original(Notice notice, const MailFacts& mail, bool& whole);
    net::Task<bool> tell_overdue();
    net::Task<bool> tell(const Work& work);
    static std::vector<Ending> endings_of(const Work& work, const std::vector<smtp::RecipientOutcome>& outcomes,
                                          const Conversation& conversation);
    Result<void> write_down(db::Session& session, const std::vector<Ending>& endings) const;
    net::Task<Result<void>> change(Queue::Change change);
    Timestamp next_try(std::int64_t failures) const;
    bool in_flight(const Item& item) const;
    bool goes_on() const { return running_ && !parts_.group.cancelled(); }

    const Parts parts_;
    Connector connector_;
    net::TaskGroup connecting_tasks_;  // nothing is lost with them
    std::atomic<bool> running_{false};
    std::atomic<std::uint64_t> generation_{0};
    mutable std::mutex mutex_;
    std::map<std::string, Lane> lanes_;
    std::size_t talking_ = 0;
    std::multiset<std::chrono::steady_clock::time_point> connecting_;  // since when
    std::size_t failing_ = 0;                                          // of these, such whose destination failed before
    Counter &sent_, &failed_, &deferred_, &reports_;
    Gauge& sessions_;
};

}  // namespace restante::relay
