#pragma once
// Large messages on their way to the log: their files are made durable here, so that nobody else waits for it.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "store/operation.hpp"
#include "store/store_files.hpp"

namespace restante::store {

/// submit() is thread-safe; step() belongs to one thread: the one of start(), or a test's.
class SpoolQueue {
public:
    using Next = std::function<void(Operation)>;
    /// `next` gets every operation, with its file kept or settled with an error.
    SpoolQueue(StoreFiles& files, Next next) : files_(files), next_(std::move(next)) {}
    ~SpoolQueue() { stop(); }
    void submit(Operation operation);
    bool step();
    void start();
    /// Does what waits, then ends the thread.
    void stop();

private:
    void run();

    StoreFiles& files_;
    const Next next_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Operation> waiting_;
    bool stopping_ = false;
    bool stopped_ = false;
    std::thread thread_;
};

}  // namespace restante::store
