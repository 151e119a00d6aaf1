#include "store/spool_queue.hpp"

namespace restante::store {

void SpoolQueue::submit(Operation operation) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopped_) {
            waiting_.push_back(std::move(operation));
            arrived_.notify_one();
            return;
        }
    }
    operation.settle(fail(ErrorKind::unavailable, "the store is closed"));
    next_(std::move(operation));
}

bool SpoolQueue::step() {
    Operation operation;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) return false;
        operation = std::move(waiting_.front());
        waiting_.pop_front();
    }
    const std::uint64_t number = operation.out.draft->number();
    if (auto kept = operation.out.draft->keep(operation.out.prefix); kept) {
        operation.out.record.big = number;
        operation.out.prefix.clear();
        operation.out.draft.reset();
    } else {
        // It may have its final name already. If it cannot be removed, the next start does it.
        (void)files_.remove_big(number);
        operation.settle(fail(std::move(kept.error())));
    }
    next_(std::move(operation));
    return true;
}

void SpoolQueue::start() {
    thread_ = std::thread([this] { run(); });
}

void SpoolQueue::run() {
    for (;;) {
        while (step()) {
        }
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
        if (waiting_.empty()) {
            stopped_ = true;
            return;
        }
    }
}

void SpoolQueue::stop() {
    if (!thread_.joinable()) {
        while (step()) {
        }
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
}

}  // namespace restante::store
