#include "net/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "net/await_callback.hpp"

namespace restante::net {

namespace {
/// The signal is set up, emitted and destroyed on the task's executor only; Asio's slots are not thread-safe.
struct Child {
    Executor executor;
    const char* name;
    asio::cancellation_signal signal;
};

std::string describe(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted ? "" : e.what();
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an exception of unknown type";
    }
}
}  // namespace

struct TaskGroup::State {
    explicit State(Log& l) : log(l) {}

    Log& log;
    mutable std::mutex mutex;
    std::condition_variable none_left;
    std::unordered_set<std::shared_ptr<Child>> children;
    std::vector<std::function<void()>> waiting;  // joins
    bool cancelled = false;

    void ended(const std::shared_ptr<Child>& child, const std::exception_ptr& thrown) {
        if (thrown)
            if (const std::string what = describe(thrown); !what.empty())
                log.error("task.failed", {{"task", child->name}, {"what", what}});
        std::vector<std::function<void()>> wake;
        {
            const std::scoped_lock lock(mutex);
            children.erase(child);
            if (!children.empty()) return;
            wake.swap(waiting);
            none_left.notify_all();
        }
        for (const auto& done : wake) done();
    }
};

TaskGroup::TaskGroup(Log& log) : state_(std::make_shared<State>(log)) {}

TaskGroup::~TaskGroup() {
    if (size() != 0) std::terminate();  // a task would outlive what it refers to
}

bool TaskGroup::spawn(const Executor& executor, Task<> task, const char* name) {
    auto child = std::make_shared<Child>();
    child->executor = executor;
    child->name = name;
    {
        const std::scoped_lock lock(state_->mutex);
        if (state_->cancelled) return false;
        state_->children.insert(child);
    }
    asio::post(executor, [state = state_, child, task = std::move(task)]() mutable {
        asio::co_spawn(
            child->executor, std::move(task),
            asio::bind_cancellation_slot(child->signal.slot(), [state, child](const std::exception_ptr& thrown) {
                state->ended(child, thrown);
            }));
    });
    return true;
}

void TaskGroup::cancel() {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->cancelled = true;
    }
    cancel_tasks();
}

void TaskGroup::cancel_tasks() {
    const std::scoped_lock lock(state_->mutex);
    for (const auto& child : state_->children)
        asio::post(child->executor, [child] { child->signal.emit(asio::cancellation_type::terminal); });
}

bool TaskGroup::cancelled() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->cancelled;
}

std::size_t TaskGroup::size() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->children.size();
}

Task<> TaskGroup::join() {
    return detail::await_signal([state = state_](std::function<void()> done) {
        {
            const std::scoped_lock lock(state->mutex);
            if (!state->children.empty()) {
                state->waiting.push_back(std::move(done));
                return;
            }
        }
        done();
    });
}

bool TaskGroup::wait(std::chrono::steady_clock::duration longest) {
    std::unique_lock lock(state_->mutex);
    return state_->none_left.wait_for(lock, longest, [this] { return state_->children.empty(); });
}

void run_blocking(const Executor& executor, Task<> task) {
    // Shared: set_value() may still be at work in there when this thread has already been woken.
    const auto ended = std::make_shared<std::promise<void>>();
    asio::co_spawn(executor, std::move(task), [ended](const std::exception_ptr& thrown) {
        if (thrown)
            ended->set_exception(thrown);
        else
            ended->set_value();
    });
    ended->get_future().get();
}

}  // namespace restante::net
