#pragma once
// Brings the log into the index, in large transactions, and is the one thread that talks to the index.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "store/index.hpp"

namespace restante::store {

/// add(), post() and call() are thread-safe; step() belongs to one thread: the one of start(), or a test's.
class Indexer {
public:
    struct Limits {
        std::size_t batch_records;
        std::chrono::milliseconds delay;
        std::size_t backlog_records;
    };
    using Records = std::vector<std::shared_ptr<const Logged>>;
    using OnIndexed = std::function<void(std::span<const std::shared_ptr<const Logged>>)>;
    /// Work between transactions; returns how long it may rest, nullopt: until something is indexed.
    using Upkeep = std::function<std::optional<std::chrono::milliseconds>(Index&)>;

    Indexer(std::unique_ptr<Index> index, Limits limits, Log& log, OnIndexed on_indexed);
    ~Indexer();

    void set_upkeep(Upkeep upkeep) { upkeep_ = std::move(upkeep); }
    void add(const Records& records);
    /// Runs soon on the index's thread, even in the middle of a transaction: it may only read.
    void post(std::function<void(Index&)> job);
    /// Runs between transactions, with everything added before it indexed.
    void post_settled(std::function<void(Index&)> job);

    /// Blocking: what `body` returns, a Result. Errors also: unavailable (stopped). Not from the index's thread.
    template <class F>
    auto call(F body) -> std::invoke_result_t<F, Index&> {
        return run_and_wait(std::move(body), false);
    }
    template <class F>
    auto call_settled(F body) -> std::invoke_result_t<F, Index&> {
        return run_and_wait(std::move(body), true);
    }

    /// Jobs, then one transaction if one is due (or `hurry`), then upkeep. False when there was nothing to do.
    bool step(bool hurry);
    void start();
    /// Ends the thread, indexes what is left and folds the write-ahead log in.
    void stop();

    /// Blocking: every job posted before has run.
    void finish_jobs();

    /// For upkeep and settled jobs, on the index's thread: brings everything into the index that is in the log.
    void settle();
    /// On the index's thread, after settle(): did that succeed?
    bool settled() const { return !broken_ && !retry_at_; }
    /// Makes upkeep run soon.
    void wake_upkeep();

    std::size_t backlog() const { return backlog_size_; }
    bool overloaded() const { return backlog_size_ > limits_.backlog_records; }

private:
    using Clock = std::chrono::steady_clock;
    template <class F>
    auto run_and_wait(F body, bool settled) -> std::invoke_result_t<F, Index&> {
        using R = std::invoke_result_t<F, Index&>;
        if (mode_ == Mode::closed) return fail(ErrorKind::unavailable, "the store is closed");
        if (mode_ == Mode::stepped) {
            if (settled) settle();
            return body(*index_);
        }
        auto answer = std::make_shared<std::promise<R>>();
        auto future = answer->get_future();
        auto job = [answer, body = std::move(body)](Index& index) { answer->set_value(body(index)); };
        if (settled) {
            post_settled(std::move(job));
        } else {
            post(std::move(job));
        }
        try {
            return future.get();
        } catch (const std::future_error&) {
            return fail(ErrorKind::unavailable, "the store is closed");
        }
    }

    bool run_jobs();
    bool run_settled_jobs();
    bool apply_batch();
    Result<void> apply(Index& index, const Records& batch);
    void failed(const Error& error);
    void run();

    const std::unique_ptr<Index> index_;
    const Limits limits_;
    Log& log_;
    const OnIndexed on_indexed_;
    Upkeep upkeep_;
    std::atomic<std::size_t> backlog_size_{0};
    enum class Mode { stepped, threaded, closed };
    std::atomic<Mode> mode_{Mode::stepped};
    bool broken_ = false;  // the index's file failed; the log goes on
    std::optional<Clock::time_point> retry_at_;
    std::optional<Clock::time_point> upkeep_at_;
    std::atomic<bool> upkeep_wanted_{false};

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::shared_ptr<const Logged>> backlog_;
    Clock::time_point oldest_{};
    std::deque<std::function<void(Index&)>> jobs_;
    std::deque<std::function<void(Index&)>> settled_jobs_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace restante::store
