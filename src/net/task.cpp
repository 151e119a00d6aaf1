#include "net/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace restante::net {

Task<Result<>> sleep_for(std::chrono::steady_clock::duration time) {
    asio::steady_timer timer(co_await this_executor, time);
    const auto [failed] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (failed) co_return fail(ErrorKind::cancelled, "the wait was cancelled");
    co_return Result<>{};
}

Task<> yield() { co_await asio::post(co_await this_executor, asio::use_awaitable); }

}  // namespace restante::net
