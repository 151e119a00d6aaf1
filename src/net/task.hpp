#pragma once
// Coroutines of this program. Include this, not Asio: it costs about a second per file, Asio's I/O headers several.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "base/result.hpp"

namespace restante::net {

namespace asio = boost::asio;

/// A coroutine. It runs on the executor it was spawned on (TaskGroup::spawn) and resumes there after every co_await.
/// Parameters by value, or by reference to what outlives the coroutine. Never a capturing lambda: its captures die
/// with the lambda object, not with the coroutine.
///
/// Cancellation (TaskGroup::cancel): the operation in flight ends with ErrorKind::cancelled; the next co_await of the
/// coroutine throws boost::system::system_error (operation_aborted), which unwinds it and which the group expects.
///
/// GCC 12 corrupts some temporaries inside a co_await expression (it copies the bytes of objects made by `a ? b : c` or
/// `{...}` there). Name them first: `const Options o{...}; co_await f(o);`.
template <class T = void>
using Task = asio::awaitable<T>;

using Executor = asio::any_io_executor;

/// `const Executor ex = co_await net::this_executor;`
inline constexpr asio::this_coro::executor_t this_executor{};

/// Ends early with ErrorKind::cancelled when the task is cancelled.
Task<Result<>> sleep_for(std::chrono::steady_clock::duration time);

/// Lets other work of this executor run first.
Task<> yield();

}  // namespace restante::net
