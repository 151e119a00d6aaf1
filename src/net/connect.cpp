#include "net/connect.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "net/bind.hpp"
#include "net/stream_impl.hpp"
#include "net/watchdog.hpp"

namespace restante::net {
/// Waits for the end of connect(2).
Task<Result<>> finish_connecting(Stream& stream) {
    Stream::Impl& s = *stream.impl_;
    const auto [failed] = co_await s.ready(Want::writable);
    if (failed) co_return fail(s.why(failed));
    int number = 0;
    socklen_t length = sizeof number;
    ::getsockopt(s.descriptor.native_handle(), SOL_SOCKET, SO_ERROR, &number, &length);
    if (number != 0) co_return fail(errno_error(number, s.peer.to_string()));
    s.note_local();
    co_return Result<>{};
}

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

std::string without_brackets(const std::string& host) {
    return host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
}

/// A stream on a socket whose connect is under way.
Result<Stream> begin(const Executor& executor, const Address& to) {
    sockaddr_storage storage;
    const auto length = static_cast<socklen_t>(to_sockaddr(to, &storage, sizeof storage));
    if (length == 0) return fail(ErrorKind::invalid, to.to_string() + " is no address to connect to");
    const int socket = ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return fail(errno_error(errno, "cannot make a socket for " + to.to_string()));
    set_no_delay(socket);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&storage), length) != 0 && errno != EINPROGRESS) {
        const Error error = errno_error(errno, to.to_string());
        ::close(socket);
        return fail(error);
    }
    return Stream(executor, socket, to, Address());
}

Task<Result<Stream>> connect_one(const Executor& executor, const Address& to, SteadyTime until) {
    auto stream = begin(executor, to);
    if (!stream) co_return fail(stream.error());
    Watchdog watchdog(*stream);
    watchdog.extend(until - std::chrono::steady_clock::now());
    if (const auto ready = co_await finish_connecting(*stream); !ready) {
        if (watchdog.expired()) co_return fail(ErrorKind::timeout, to.to_string() + ": no answer in time");
        co_return fail(ready.error());
    }
    co_return std::move(*stream);
}

}  // namespace

Result<std::vector<Address>> resolve_blocking(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (code == EAI_AGAIN) return fail(ErrorKind::unavailable, "the name " + host + " cannot be looked up now");
    if (code != 0) return fail(ErrorKind::not_found, "no address for " + host + ": " + ::gai_strerror(code));
    std::vector<Address> out;
    for (const addrinfo* a = list; a; a = a->ai_next) {
        const Address found = Address::from(a->ai_addr, a->ai_addrlen);
        if (const auto with_port = Address::parse_ip(found.ip(), port)) out.push_back(*with_port);
    }
    ::freeaddrinfo(list);
    if (out.empty()) return fail(ErrorKind::not_found, "no address for " + host);
    return out;
}

Task<Result<Stream>> connect(WorkPool& pool, std::string host, std::uint16_t port, ConnectOptions options) {
    const Executor executor = co_await this_executor;
    const SteadyTime end = std::chrono::steady_clock::now() + options.timeout;
    if (host.starts_with("unix:")) co_return co_await connect_one(executor, Address::unix_socket(host.substr(5)), end);
    std::vector<Address> targets;
    if (const auto literal = Address::parse_ip(without_brackets(host), port)) {
        targets.push_back(*literal);
    } else {
        auto found = co_await pool.run([&] { return resolve_blocking(host, port); });
        if (!found) co_return fail(found.error());
        targets = std::move(*found);
    }
    if (options.deny) {
        std::erase_if(targets, options.deny);
        if (targets.empty()) co_return fail(ErrorKind::denied, "connections to " + host + " are not allowed from here");
    }
    Error last{ErrorKind::timeout, host + ": the time was up before a connection was tried", Retry::later};
    std::string tried;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= end) break;
        const auto share = (end - now) / static_cast<long>(targets.size() - i);
        auto stream = co_await connect_one(executor, targets[i], now + share);
        if (stream || stream.error().kind == ErrorKind::cancelled) co_return std::move(stream);
        last = stream.error();
        tried += (tried.empty() ? "" : "; ") + last.detail;
    }
    co_return fail(
        Error{last.kind, tried.empty() ? last.detail : "cannot connect to " + host + " (" + tried + ")", Retry::later});
}

}  // namespace restante::net
