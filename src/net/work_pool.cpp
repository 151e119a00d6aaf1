#include "net/work_pool.hpp"

#include <algorithm>

namespace restante::net {

WorkPool::WorkPool(WorkPoolOptions options) : queue_limit_(options.queue_limit) { grow(options.threads); }

void WorkPool::grow(unsigned threads) {
    const std::scoped_lock lock(mutex_);
    while (!stopping_ && threads_.size() < std::clamp(threads, 1u, 256u)) threads_.emplace_back([this] { work(); });
}

WorkPool::~WorkPool() { stop(); }

bool WorkPool::post(std::function<void()> job) {
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_ || queue_.size() >= queue_limit_) return false;
        queue_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
}

Error WorkPool::refusal() const {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return Error{ErrorKind::cancelled, "the server is stopping", Retry::later};
    return Error{ErrorKind::unavailable, "the server is overloaded: too much work is waiting", Retry::later};
}

void WorkPool::stop() {
    std::vector<std::thread> threads;
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        threads.swap(threads_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads) thread.join();
}

void WorkPool::work() {
    for (;;) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const std::function<void()> job = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        job();
    }
}

}  // namespace restante::net
