#include "store/log_queue.hpp"

#include <algorithm>
#include <future>

namespace restante::store {
namespace {

/// Made by the compactor: says again what an older record said.
bool is_copy(const Record& record) {
    return record.kind == RecordKind::move || (record.kind == RecordKind::retirement && record.id != 0);
}

}  // namespace

LogQueue::LogQueue(LogWriter writer, StoreFiles& files, IdSource& ids, const Maildrops& maildrops, Limits limits,
                   OnLogged on_logged)
    : writer_(std::move(writer)),
      files_(files),
      ids_(ids),
      maildrops_(maildrops),
      limits_(limits),
      on_logged_(std::move(on_logged)) {
    current_segment_ = writer_.end().segment;
}

LogQueue::~LogQueue() { stop(); }

void LogQueue::submit(Operation operation) {
    bool wake = false;
    bool too_late = false;
    {
        const std::lock_guard lock(mutex_);
        too_late = stopped_;
        if (!too_late) {
            const bool is_delivery = !operation.settled && operation.out.record.kind == RecordKind::delivery;
            if (is_delivery && !waiting_.empty() && waiting_bytes_ + operation.cost > limits_.queue_bytes) {
                operation.settle(fail(ErrorKind::unavailable, "too much mail waits for the disk"));
            }
            if (operation.settled) operation.cost = 0;
            waiting_bytes_ += operation.cost;
            waiting_.push_back(std::move(operation));
            wake = std::exchange(idle_, false);
        }
    }
    if (wake) arrived_.notify_one();
    if (too_late) operation.done(fail(ErrorKind::unavailable, "the store is closed"));
}

Result<Committed> LogQueue::write_and_wait(Operation operation) {
    std::promise<Result<Committed>> answer;
    auto future = answer.get_future();
    operation.done = [&answer](Result<Committed> result) { answer.set_value(std::move(result)); };
    submit(std::move(operation));
    while (!threaded_ && step()) {
    }
    return future.get();
}

Result<void> LogQueue::write_and_wait(std::vector<Operation> operations) {
    // Answers come in order, and all before the last one's.
    Result<void> first_error;
    const auto remember = [&first_error](const Result<Committed>& result) {
        if (!result && first_error) first_error = tl::unexpected<Error>(result.error());
    };
    Operation last = std::move(operations.back());
    operations.pop_back();
    for (Operation& operation : operations) {
        operation.done = remember;
        submit(std::move(operation));
    }
    remember(write_and_wait(std::move(last)));
    return first_error;
}

Result<void> LogQueue::close_segment() {
    Operation operation;
    operation.closes_segment = true;
    auto done = write_and_wait(std::move(operation));
    if (!done) return fail(std::move(done.error()));
    return {};
}

std::vector<Operation> LogQueue::take_batch() {
    std::vector<Operation> batch;
    std::size_t bytes = 0;
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && (batch.empty() || bytes + waiting_.front().cost <= limits_.batch_bytes)) {
        bytes += waiting_.front().cost;
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    waiting_bytes_ -= bytes;
    return batch;
}

void LogQueue::prepare(std::vector<Operation>& batch) {
    // What was copied forward comes first: a deletion in the same batch must stand behind it, or making the index anew
    // from the log would bring the message back.
    std::stable_partition(batch.begin(), batch.end(), [](const Operation& op) { return is_copy(op.out.record); });
    const auto free = files_.system().free_bytes(files_.directory());
    const bool full = free && *free < limits_.free_bytes;
    MessageId last = writer_.highest_id();
    for (Operation& op : batch) {
        Record& record = op.out.record;
        if (op.settled) continue;
        if (op.closes_segment) {
            if (auto done = writer_.close_segment(); !done) op.settled = tl::unexpected<Error>(std::move(done.error()));
            continue;
        }
        if (record.kind == RecordKind::delivery) {
            // Deletions and moves go on: they give space back.
            if (full) {
                op.settled = fail(ErrorKind::no_space, "the disk is nearly full");
                continue;
            }
            record.id = last = ids_.next();
        } else if (record.kind == RecordKind::retirement && record.id == 0) {
            record.id = last = ids_.next();
        } else if (record.kind == RecordKind::clearing && record.id == 0) {
            record.id = last;
        } else if (is_copy(record)) {
            bring_up_to_date(record);
        }
    }
}

/// A copy says what is true here and now in the log, not what the index knew when it was made.
void LogQueue::bring_up_to_date(Record& record) const {
    if (record.kind == RecordKind::retirement) {
        const MaildropId maildrop = record.maildrops.front();
        std::erase_if(record.ids, [&](MessageId id) { return maildrops_.fate(maildrop, id, record.id) != record.id; });
        return;
    }
    std::vector<MaildropId> maildrops;
    std::vector<RetirementId> hidden_by;
    for (std::size_t i = 0; i < record.maildrops.size(); ++i) {
        const auto fate = maildrops_.fate(record.maildrops[i], record.id, record.hidden_by(i));
        if (!fate) continue;
        maildrops.push_back(record.maildrops[i]);
        hidden_by.push_back(*fate);
    }
    record.maildrops = std::move(maildrops);
    record.ids = std::move(hidden_by);
    if (std::all_of(record.ids.begin(), record.ids.end(), [](RetirementId id) { return id == 0; })) record.ids.clear();
}

bool LogQueue::step() {
    std::vector<Operation> batch = take_batch();
    if (batch.empty()) return false;
    prepare(batch);
    std::vector<Outgoing*> outgoing;
    for (Operation& op : batch) {
        if (!op.settled && !op.out.record.maildrops.empty()) outgoing.push_back(&op.out);
    }
    if (!outgoing.empty()) {
        if (auto done = writer_.append(outgoing); !done) {
            for (Operation& op : batch) {
                if (!op.settled) op.settled = tl::unexpected<Error>(done.error());
            }
        }
    }
    accepting_ = writer_.accepting();
    syncs_ = writer_.syncs();
    current_segment_ = writer_.end().segment;
    finish(batch);
    return true;
}

void LogQueue::finish(std::vector<Operation>& batch) {
    std::vector<std::shared_ptr<const Logged>> logged;
    logged.reserve(batch.size());
    std::vector<MessageId> ids;
    ids.reserve(batch.size());
    for (Operation& op : batch) {
        Record& record = op.out.record;
        const bool makes_id = record.kind == RecordKind::delivery || record.kind == RecordKind::retirement;
        ids.push_back(makes_id ? record.id : 0);
        if (op.settled || record.maildrops.empty()) continue;
        logged.push_back(std::make_shared<const Logged>(
            Logged{++sequence_, std::move(record), op.out.at, op.out.body_offset, op.out.length}));
    }
    if (!logged.empty()) on_logged_(logged);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        Operation& op = batch[i];
        op.out = {};
        op.done(op.settled ? std::move(*op.settled) : Result<Committed>(Committed{ids[i], false}));
    }
}

void LogQueue::start() {
    threaded_ = true;
    thread_ = std::thread([this] { run(); });
}

void LogQueue::run() {
    for (;;) {
        while (step()) {
        }
        std::unique_lock lock(mutex_);
        if (!waiting_.empty()) continue;
        if (stopping_) {
            stopped_ = true;
            return;
        }
        idle_ = true;
        arrived_.wait(lock, [this] { return !idle_ || stopping_; });
        idle_ = false;
    }
}

void LogQueue::stop() {
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
