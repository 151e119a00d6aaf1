#pragma once
// Waiting in a coroutine for a function that reports its end through a callback, from any thread.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "net/task.hpp"

namespace restante::net {

namespace detail {
/// Calls start(done) at once; resumes on the coroutine's executor after done() was called or its last copy destroyed.
Task<> await_signal(std::function<void(std::function<void()>)> start);
}  // namespace detail

/// `T v = co_await await_callback<T>([&](std::function<void(T)> done) { store.commit(draft, std::move(done)); });`
/// start runs at once on the caller's thread. done may be called from any thread, before or after start returns; calls
/// after the first are ignored. The coroutine resumes on its own executor. Shielded: a cancelled task still waits for
/// its callback, so what the callback writes to may live in the coroutine. Throws std::logic_error if every copy of
/// done is destroyed uncalled.
template <class T, class Start>
Task<T> await_callback(Start start) {
    const auto value = std::make_shared<std::optional<T>>();
    co_await detail::await_signal([&start, &value](std::function<void()> done) {
        start(std::function<void(T)>(
            [value, done = std::move(done), used = std::make_shared<std::atomic<bool>>(false)](T v) {
                if (used->exchange(true)) return;
                value->emplace(std::move(v));
                done();
            }));
    });
    if (!*value) throw std::logic_error("a completion was dropped without being called");
    co_return std::move(**value);
}

}  // namespace restante::net
