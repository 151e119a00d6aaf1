#pragma once
// Owner of coroutines: whatever runs was spawned here, can be cancelled here and is waited for here.
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "base/log.hpp"
#include "net/task.hpp"

namespace restante::net {

/// Thread-safe. Outlives its tasks: destroy it only after join() or wait() (checked: std::terminate).
class TaskGroup {
public:
    /// Errors that end a task are logged as "task.failed" with its name.
    explicit TaskGroup(Log& log);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Runs the task on that executor. False, and the task never starts, once cancel() was called. An exception ends
    /// only that task. The name is a literal such as "pop3.session".
    bool spawn(const Executor& executor, Task<> task, const char* name);

    /// Tells every task to end (see net::Task), each on its own executor. Returns at once; may be called again.
    void cancel();
    /// The same for the tasks of now only: others can be spawned afterwards.
    void cancel_tasks();
    bool cancelled() const;

    /// How many tasks have not ended yet.
    std::size_t size() const;

    /// Resumes when no task is left. Several may wait.
    Task<> join();
    /// The same for a thread that runs no executor of the tasks. False if the time passed first.
    bool wait(std::chrono::steady_clock::duration longest);

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Runs the task on the executor and blocks this thread (not one of the executor's) until it ends; for main() and
/// tests. Throws what the task throws.
void run_blocking(const Executor& executor, Task<> task);

template <class T>
Task<> store_outcome(Task<T> task, std::optional<T>& into) {
    into.emplace(co_await std::move(task));
}

template <class T>
requires(!std::is_void_v<T>) T run_blocking(const Executor& executor, Task<T> task) {
    std::optional<T> value;
    run_blocking(executor, store_outcome(std::move(task), value));
    return std::move(*value);
}

}  // namespace restante::net
