#pragma once
// The sessions of a service, so that a stop can reach them.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "net/task_group.hpp"

namespace restante::net {

/// From one start of a service to its next stop. A session belongs to the run it began in.
struct ServiceRun {
    std::atomic<bool> stopping{false};
};

/// Thread-safe. Outlives its places; the group outlives it.
class SessionList {
public:
    enum class End {
        after_command,  // at once if the session only waits for its peer
        now,            // its connection is closed
    };
    /// Called on the session's executor, while its place is there.
    using Tell = std::function<void(End)>;

    /// Messages to sessions run as tasks of the group. name: a literal for them.
    SessionList(TaskGroup& group, const char* name) : group_(group), name_(name) {}

    /// In the list from construction to destruction, both on the session's executor.
    class Place {
    public:
        Place(SessionList& list, std::shared_ptr<const ServiceRun> run, const Executor& executor, Tell tell);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

    private:
        friend class SessionList;
        struct Entry;
        SessionList& list_;
        const std::shared_ptr<Entry> entry_;
    };

    /// Marks the run as stopping and tells its sessions to end after their command.
    void stop(ServiceRun& run);
    /// Ends the sessions that are left of stopped runs now.
    void cut();
    /// How many are left of stopped runs.
    std::size_t left() const;

private:
    static Task<> tell(std::shared_ptr<Place::Entry> entry, End how);
    void tell_stopped(End how);

    TaskGroup& group_;
    const char* const name_;
    mutable std::mutex mutex_;
    std::unordered_set<std::shared_ptr<Place::Entry>> entries_;
};

}  // namespace restante::net
