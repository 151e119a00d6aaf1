#pragma once
// The loop threads: one io_context each, each run by exactly one thread, so that what lives on one needs no lock.
#include <memory>

#include "net/task.hpp"

namespace restante::net {

struct IoPoolOptions {
    unsigned threads = 0;  // 0: one per core
};

class IoPool {
public:
    /// Starts the threads.
    explicit IoPool(IoPoolOptions options = {});
    /// stop()
    ~IoPool();
    IoPool(const IoPool&) = delete;
    IoPool& operator=(const IoPool&) = delete;

    std::size_t size() const;
    Executor executor(std::size_t index) const;
    /// Round robin. Any thread.
    Executor next();

    /// Ends the loops and joins the threads. First cancel and join every TaskGroup that runs here: a coroutine still
    /// suspended is destroyed with its loop, on the thread that calls stop.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace restante::net
