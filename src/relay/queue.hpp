#pragma once
// Mail on its way to other servers. The message with its envelope lies in the store (docs/decisions/relay-queue.md):
// that one commit is what take() waits for. The rows by recipient and destination follow from it, a moment later.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "db/database.hpp"
#include "mda/outbound.hpp"
#include "relay/types.hpp"
#include "store/store.hpp"

namespace restante::relay {

/// Thread-safe. Functions that return a Result block.
class Queue final : public mda::Outbound {
public:
    struct Parts {
        db::Database& database;
        store::MessageStore& store;
        const Clock& clock;
        Log& log;
        Metrics& metrics;
        /// Runs a job on a thread that may block; false if it cannot be taken now.
        std::function<bool(std::function<void()>)> work;
    };
    /// Makes the tables, and brings rows and store together: rows for what a crash left without, an end to what was
    /// sent but not yet removed.
    static Result<std::unique_ptr<Queue>> open(Parts parts, Options options);
    /// Waits for the writing under way.
    ~Queue() override;

    void take(Mail mail, std::function<void(Result<store::Committed>)> done) override;

    /// One change of the rows. All that wait are one transaction; done is called once it is durable, on a pool thread.
    using Change = std::function<Result<void>(db::Session&)>;
    void change(Change change, std::function<void(Result<void>)> done);
    /// The same, blocking; not from a pool thread's job that the pool waits for.
    Result<void> change(Change change);

    Result<std::vector<DueDestination>> due_destinations(std::size_t limit);
    Result<std::vector<Work>> due(const std::string& domain, std::size_t limit);
    Result<std::vector<Work>> overdue(std::size_t limit);

    /// Octets of a queued message, without its record; 0 at the end.
    Result<std::size_t> read(const MailFacts& mail, std::uint64_t offset, std::span<char> into);

    /// Tries again to write rows that could not be written (a full disk). For the relay's loop; returns at once.
    void repair();

    // For administrators.
    Result<std::vector<QueuedRecipient>> list(const Selection& which, store::MessageId after_mail,
                                              std::int64_t after_number, std::size_t limit);
    Result<std::vector<Destination>> destinations();
    enum class Action { hold, release, retry, bounce, remove };
    /// How many recipients it was done to.
    Result<std::int64_t> act(Action action, const Selection& which);
    Result<void> pause(const std::string& domain, bool paused);

    /// Grows with every change that may have made something due.
    std::uint64_t version() const { return version_; }
    std::int64_t waiting() const { return waiting_.value(); }

    Options options() const;
    void set_options(Options options);

private:
    struct Pending {
        Change change;
        std::function<void(Result<void>)> done;
    };
    struct Arrival {
        MailFacts mail;
        std::vector<message::Recipient> recipients;
    };
    Queue(Parts parts, Options options);
    Result<void> recover();
    Result<void> recover_mail(const store::Entry& entry);
    Result<Arrival> arrival_of(const store::Entry& entry);
    void arrived(std::shared_ptr<Arrival> arrival, std::function<void()> done);
    void add_rows(std::shared_ptr<Arrival> arrival, std::function<void()> done);
    void write_soon(std::unique_lock<std::mutex> lock);
    void write();
    Result<void> write_all(std::span<Pending> batch);
    Result<void> remove_finished();

    const Parts parts_;
    mutable std::mutex mutex_;
    Options options_;
    std::deque<Pending> pending_;
    std::vector<std::shared_ptr<Arrival>> unwritten_;  // durable in the store, but without rows after a failed write
    std::chrono::steady_clock::time_point write_again_{};
    bool writing_ = false;
    std::condition_variable idle_;
    std::atomic<std::uint64_t> version_{0};
    Gauge& waiting_;
    Counter& queued_;
};

}  // namespace restante::relay
