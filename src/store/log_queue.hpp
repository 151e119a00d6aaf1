#pragma once
// Group commit: everything that waits goes to the log in one write and one sync.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/ids.hpp"
#include "store/maildrops.hpp"
#include "store/operation.hpp"

namespace restante::store {

/// submit() is thread-safe; step() belongs to one thread: the one of start(), or a test's.
class LogQueue {
public:
    struct Limits {
        std::size_t batch_bytes;
        std::size_t queue_bytes;
        std::uint64_t free_bytes;
    };
    /// Told about durable records before their operations are answered.
    using OnLogged = std::function<void(const std::vector<std::shared_ptr<const Logged>>&)>;

    LogQueue(LogWriter writer, StoreFiles& files, IdSource& ids, const Maildrops& maildrops, Limits limits,
             OnLogged on_logged);
    ~LogQueue();

    /// Every operation is answered, in step(), or here once the queue is stopped. A delivery is refused when too much
    /// waits already.
    void submit(Operation operation);
    /// Blocking: submits it and waits for the answer.
    Result<Committed> write_and_wait(Operation operation);
    /// Blocking: the same for several, in order. On an error some may have been written.
    Result<void> write_and_wait(std::vector<Operation> operations);
    /// Blocking: the next record goes into a new segment.
    Result<void> close_segment();
    /// Writes one batch; false when nothing waited.
    bool step();
    void start();
    /// Writes what waits, then ends the thread.
    void stop();

    bool accepting() const { return accepting_; }
    std::uint64_t syncs() const { return syncs_; }
    std::uint32_t current_segment() const { return current_segment_; }

private:
    std::vector<Operation> take_batch();
    void prepare(std::vector<Operation>& batch);
    void bring_up_to_date(Record& record) const;
    void finish(std::vector<Operation>& batch);
    void run();

    LogWriter writer_;
    StoreFiles& files_;
    IdSource& ids_;
    const Maildrops& maildrops_;
    const Limits limits_;
    const OnLogged on_logged_;
    std::uint64_t sequence_ = 0;
    std::atomic<bool> accepting_{true};
    std::atomic<std::uint64_t> syncs_{0};
    std::atomic<std::uint32_t> current_segment_{0};

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Operation> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool idle_ = false;
    bool stopping_ = false;
    bool stopped_ = false;
    std::atomic<bool> threaded_{false};
    std::thread thread_;
};

}  // namespace restante::store
