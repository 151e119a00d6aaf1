#include "store/indexer.hpp"

#include <algorithm>

namespace restante::store {
namespace {
constexpr std::size_t kRecordsBetweenJobs = 256;
constexpr std::chrono::seconds kRetryDelay{1};
}  // namespace

Indexer::Indexer(std::unique_ptr<Index> index, Limits limits, Log& log, OnIndexed on_indexed)
    : index_(std::move(index)), limits_(limits), log_(log), on_indexed_(std::move(on_indexed)) {}

Indexer::~Indexer() { stop(); }

void Indexer::add(const Records& records) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (backlog_.empty()) {
            oldest_ = Clock::now();
            wake = true;
        }
        const std::size_t before = backlog_.size();
        backlog_.insert(backlog_.end(), records.begin(), records.end());
        backlog_size_ = backlog_.size();
        wake = wake || (before < limits_.batch_records && backlog_.size() >= limits_.batch_records);
    }
    if (wake) arrived_.notify_one();
}

void Indexer::post(std::function<void(Index&)> job) {
    {
        const std::lock_guard lock(mutex_);
        if (mode_ == Mode::closed) return;  // the job's promise breaks with it
        jobs_.push_back(std::move(job));
    }
    arrived_.notify_one();
}

void Indexer::post_settled(std::function<void(Index&)> job) {
    {
        const std::lock_guard lock(mutex_);
        if (mode_ == Mode::closed) return;
        settled_jobs_.push_back(std::move(job));
    }
    arrived_.notify_one();
}

bool Indexer::run_jobs() {
    std::deque<std::function<void(Index&)>> jobs;
    {
        const std::lock_guard lock(mutex_);
        jobs.swap(jobs_);
    }
    for (auto& job : jobs) job(*index_);
    return !jobs.empty();
}

void Indexer::finish_jobs() {
    if (mode_ == Mode::stepped) {
        while (run_jobs()) {
        }
        return;
    }
    (void)call([](Index&) -> Result<void> { return {}; });
}

bool Indexer::run_settled_jobs() {
    std::deque<std::function<void(Index&)>> jobs;
    {
        const std::lock_guard lock(mutex_);
        jobs.swap(settled_jobs_);
    }
    if (jobs.empty()) return false;
    settle();
    for (auto& job : jobs) job(*index_);
    return true;
}

void Indexer::wake_upkeep() {
    upkeep_wanted_ = true;
    post([](Index&) {});
}

void Indexer::settle() {
    while (apply_batch()) {
    }
}

bool Indexer::apply_batch() {
    if (broken_) return false;
    Records batch;
    {
        const std::lock_guard lock(mutex_);
        const std::size_t count = std::min(backlog_.size(), limits_.batch_records);
        batch.assign(backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    if (batch.empty()) return false;
    if (auto done = apply(*index_, batch); !done) {
        index_->rollback();
        failed(done.error());
        return false;
    }
    retry_at_.reset();
    {
        const std::lock_guard lock(mutex_);
        backlog_.erase(backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
        backlog_size_ = backlog_.size();
        oldest_ = Clock::now();
    }
    on_indexed_(batch);
    upkeep_at_ = Clock::now();
    return true;
}

Result<void> Indexer::apply(Index& index, const Records& batch) {
    if (auto done = index.begin(); !done) return done;
    std::size_t count = 0;
    for (const auto& logged : batch) {
        if (auto done = index.apply(*logged); !done) return done;
        if (++count % kRecordsBetweenJobs == 0) run_jobs();
    }
    const Logged& last = *batch.back();
    return index.commit({last.at.segment, last.at.offset + last.length});
}

void Indexer::failed(const Error& error) {
    if (!index_->suspect()) {
        if (!retry_at_) log_.warn("store.index_waits", {{"error", std::string_view(error.detail)}});
        retry_at_ = Clock::now() + kRetryDelay;
        return;
    }
    // The log goes on until the backlog is full, and the next start replays it.
    broken_ = true;
    log_.error("store.index_failed", {{"error", std::string_view(error.detail)}});
}

bool Indexer::step(bool hurry) {
    bool worked = run_jobs();
    worked |= run_settled_jobs();
    bool due = hurry;
    {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        due = due || backlog_.size() >= limits_.batch_records || (!backlog_.empty() && now >= oldest_ + limits_.delay);
        if (!hurry && retry_at_ && now < *retry_at_) due = false;
    }
    if (due) worked |= apply_batch();
    if (upkeep_wanted_.exchange(false)) upkeep_at_ = Clock::now();
    if (!broken_ && upkeep_ && upkeep_at_ && (hurry || Clock::now() >= *upkeep_at_)) {
        const auto rest = upkeep_(*index_);
        if (index_->suspect()) failed({ErrorKind::io, "the index could not be written", Retry::never});
        if (rest) {
            upkeep_at_ = Clock::now() + *rest;
        } else {
            upkeep_at_.reset();
        }
        worked = worked || (rest && rest->count() == 0);
    }
    return worked;
}

void Indexer::start() {
    mode_ = Mode::threaded;
    upkeep_at_ = Clock::now();
    thread_ = std::thread([this] { run(); });
}

void Indexer::run() {
    for (;;) {
        while (step(false)) {
        }
        std::unique_lock lock(mutex_);
        if (!jobs_.empty() || !settled_jobs_.empty()) continue;
        if (stopping_) return;
        if (backlog_.size() >= limits_.batch_records && !broken_ && !retry_at_) continue;
        auto wake = Clock::now() + std::chrono::hours(1);
        if (upkeep_at_ && !broken_) wake = std::min(wake, *upkeep_at_);
        if (!backlog_.empty() && !broken_) {
            wake = std::min(wake, std::max(oldest_ + limits_.delay, retry_at_.value_or(oldest_)));
        }
        arrived_.wait_until(lock, wake);
    }
}

void Indexer::stop() {
    if (mode_ == Mode::closed) return;
    if (thread_.joinable()) {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        arrived_.notify_one();
        thread_.join();
    }
    mode_ = Mode::closed;
    std::deque<std::function<void(Index&)>> unheard;
    {
        const std::lock_guard lock(mutex_);
        unheard.swap(jobs_);
        settled_jobs_.clear();
    }
    settle();
    if (broken_) return;  // closing it would write; it is opened so that it does not
    if (auto done = index_->checkpoint(); !done) {
        log_.warn("store.checkpoint_failed", {{"error", std::string_view(done.error().detail)}});
    }
}

}  // namespace restante::store
