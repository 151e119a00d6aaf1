#include "net/io_pool.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>
#include <vector>

namespace restante::net {

namespace {
struct Loop {
    asio::io_context context{1};  // 1: run by one thread only, so no lock-step wake-ups of others
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    std::thread thread;
};
}  // namespace

struct IoPool::Impl {
    std::vector<std::unique_ptr<Loop>> loops;
    std::atomic<std::size_t> turn{0};
};

IoPool::IoPool(IoPoolOptions options) : impl_(std::make_unique<Impl>()) {
    const unsigned count = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i) impl_->loops.push_back(std::make_unique<Loop>());
    for (const auto& loop : impl_->loops) loop->thread = std::thread([&context = loop->context] { context.run(); });
}

IoPool::~IoPool() { stop(); }

std::size_t IoPool::size() const { return impl_->loops.size(); }
Executor IoPool::executor(std::size_t index) const { return impl_->loops.at(index)->context.get_executor(); }
Executor IoPool::next() { return executor(impl_->turn++ % size()); }

void IoPool::stop() {
    for (const auto& loop : impl_->loops) {
        loop->busy.reset();
        loop->context.stop();
    }
    for (const auto& loop : impl_->loops)
        if (loop->thread.joinable()) loop->thread.join();
}

}  // namespace restante::net
