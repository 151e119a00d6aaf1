#pragma once
// Threads for work that blocks or takes long: SQL, password hashing, large parses, the system resolver.
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "net/await_callback.hpp"

namespace restante::net {

struct WorkPoolOptions {
    unsigned threads = 4;            // 1..256
    std::size_t queue_limit = 4096;  // jobs waiting for a thread; more are refused
};

namespace detail {
template <class T>
struct AsResult {
    using type = Result<T>;
};
template <class T>
struct AsResult<tl::expected<T, Error>> {
    using type = tl::expected<T, Error>;
};
}  // namespace detail

class WorkPool {
public:
    explicit WorkPool(WorkPoolOptions options = {});
    /// stop()
    ~WorkPool();
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    /// Runs fn on a thread of the pool and resumes on the caller's executor. Gives Result<T> for a fn returning T or
    /// Result<T>; unavailable when the queue is full, cancelled after stop(). An exception of fn is thrown here.
    /// Not cut short by cancellation: fn may use references into the waiting coroutine.
    template <class Fn>
    auto run(Fn fn) -> Task<typename detail::AsResult<std::invoke_result_t<Fn&>>::type>;

    /// False when the queue is full or the pool stopped; then job is not called. It must not throw. Any
    /// thread.
    bool post(std::function<void()> job);

    /// At least that many threads from now on (1..256); never fewer.
    void grow(unsigned threads);

    /// Finishes the jobs already queued, then ends the threads. Not from a job.
    void stop();

private:
    void work();
    Error refusal() const;

    const std::size_t queue_limit_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

template <class Fn>
auto WorkPool::run(Fn fn) -> Task<typename detail::AsResult<std::invoke_result_t<Fn&>>::type> {
    using Value = std::invoke_result_t<Fn&>;
    using Outcome = typename detail::AsResult<Value>::type;
    std::optional<Outcome> outcome;
    std::exception_ptr thrown;
    co_await detail::await_signal([&](std::function<void()> done) {
        const bool taken = post([&, done] {
            try {
                if constexpr (std::is_void_v<Value>) {
                    fn();
                    outcome.emplace();
                } else {
                    outcome.emplace(fn());
                }
            } catch (...) {
                thrown = std::current_exception();
            }
            done();
        });
        if (!taken) {
            outcome.emplace(tl::unexpected<Error>(refusal()));
            done();
        }
    });
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(*outcome);
}

}  // namespace restante::net
