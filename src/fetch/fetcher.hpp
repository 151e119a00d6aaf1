#pragma once
// The retrieval agent: polls each stored connection when it is due, or at once when asked.
#include <mutex>
#include <optional>
#include <unordered_set>

#include "fetch/poll.hpp"
#include "net/io_pool.hpp"
#include "net/task_group.hpp"

namespace restante::fetch {

/// Thread-safe. Everything in Parts and the IoPool outlives it; stop() before destruction.
class Fetcher {
public:
    Fetcher(const Parts& parts, net::IoPool& io);
    ~Fetcher();
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;

    /// Begins to follow the schedule.
    void start();
    /// Cancels every poll and waits for their ends; not from a loop thread. False if that took too long.
    bool stop(std::chrono::seconds longest = std::chrono::seconds(30));

    /// Polls now, also a connection that is switched off, on the caller's executor; health and next try follow from it.
    /// Errors: not_found, busy (a poll is under way), cancelled (stopped). The poll's own failure is in the report.
    net::Task<Result<PollReport>> poll_now(std::int64_t id);

    /// Tries settings that need not be stored: connects, secures, logs in, counts; changes nothing on the server. The
    /// last step tells what went wrong, if anything. stored: the connection whose password is used when none is given.
    net::Task<std::vector<ProbeStep>> test_connection(Settings settings, std::optional<std::int64_t> stored);

    /// Is a poll of this connection under way?
    bool is_running(std::int64_t id) const;

private:
    net::Task<> follow_schedule();
    net::Task<> scheduled_poll(std::int64_t id);
    net::Task<Result<PollReport>> poll(std::int64_t id);
    net::Task<Result<void>> settle(Connection connection, const PollReport& report);
    Health judged(const Connection& connection, const PollReport& report) const;
    void tell(const Connection& connection, const Health& health, const PollReport& report);

    class Running;
    const Parts parts_;
    net::IoPool& io_;
    net::TaskGroup group_;
    mutable std::mutex mutex_;
    std::unordered_set<std::int64_t> running_;
};

}  // namespace restante::fetch
