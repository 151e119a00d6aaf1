#include "net/await_callback.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

namespace restante::net::detail {
namespace {

/// Shared by all copies of one `done`. Posts the waiting coroutine to its executor once: at the first call, or when the
/// last copy goes.
template <class Handler>
class Signal {
public:
    explicit Signal(Handler handler) : handler_(std::move(handler)) {}
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    ~Signal() { fire(); }
    void fire() {
        if (!fired_.exchange(true)) asio::post(std::move(handler_));
    }

private:
    Handler handler_;
    std::atomic<bool> fired_{false};
};

}  // namespace

Task<> await_signal(std::function<void(std::function<void()>)> start) {
    std::exception_ptr thrown;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&start, &thrown](auto handler) {
            const auto signal = std::make_shared<Signal<decltype(handler)>>(std::move(handler));
            try {
                start([signal] { signal->fire(); });
            } catch (...) {
                thrown = std::current_exception();
            }
        },
        asio::use_awaitable);
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace restante::net::detail
