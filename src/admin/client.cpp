#include "admin/client.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "net/socket_address.hpp"

namespace restante::admin {
namespace {

namespace http = boost::beast::http;

class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

Error failure(int number, const std::string& where) {
    if (number == EAGAIN || number == EINPROGRESS)
        return Error{ErrorKind::timeout, where + " did not answer in time", Retry::later};
    if (number == ENOENT || number == ECONNREFUSED)
        return Error{ErrorKind::unavailable, "nobody listens on " + where + "; is the server running?", Retry::later};
    return errno_error(number, where);
}

Result<> send_all(int socket, std::string_view bytes, const std::string& where) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) return fail(failure(errno, where));
        if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

using Parser = http::response_parser<http::string_body>;

/// Reads until the reply is whole.
Result<> receive(int socket, Parser& parser, const std::string& where) {
    std::string buffer;
    char chunk[16 * 1024];
    while (!parser.is_done()) {
        const ssize_t n = ::recv(socket, chunk, sizeof chunk, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(failure(errno, where));
        boost::beast::error_code failed;
        if (n == 0) {
            parser.put_eof(failed);
            if (failed || !parser.is_done())
                return fail(ErrorKind::protocol, where + " ended the connection before its answer was whole");
            return {};
        }
        buffer.append(chunk, static_cast<std::size_t>(n));
        const std::size_t used = parser.put(boost::asio::buffer(buffer), failed);
        buffer.erase(0, used);
        if (failed && failed != http::error::need_more)
            return fail(ErrorKind::protocol, where + " does not speak proper HTTP: " + failed.message());
    }
    return {};
}

bool has_answered(int socket) {
    pollfd look{socket, POLLIN, 0};
    return ::poll(&look, 1, 0) > 0;
}

std::string hex(std::size_t number) {
    char text[24];
    return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%zx", number))};
}

/// RFC 9112 7.1. False: the server answered before the end, or cannot be written to.
Result<bool> send_chunks(int socket, const Client::NextPiece& next, const std::string& where) {
    for (;;) {
        auto piece = next();
        if (!piece) return fail(std::move(piece.error()));
        if (has_answered(socket)) return false;
        const bool end = piece->empty();
        if (!send_all(socket, hex(piece->size()) + "\r\n" + *piece + "\r\n", where)) return false;
        if (end) return true;
    }
}

Result<Socket> connect_to(const net::Address& address, const ClientOptions& options) {
    const std::string where = address.to_string();
    sockaddr_storage storage;
    const auto length = static_cast<socklen_t>(net::to_sockaddr(address, &storage, sizeof storage));
    if (length == 0) return fail(ErrorKind::invalid, where + " is no address to connect to");
    Socket socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) return fail(errno_error(errno, "cannot make a socket"));
    const timeval patience{static_cast<time_t>(options.timeout.count()), 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0)
        return fail(failure(errno, where));
    return socket;
}

std::string request_head(const std::string& method, const std::string& target, const net::Address& where,
                         const ClientOptions& options) {
    const bool is_unix = where.family() == net::Address::Family::unix_path;
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: " + (is_unix ? "localhost" : where.to_string()) +
                       "\r\nConnection: close\r\n";
    if (!options.token.empty()) text += "Authorization: Bearer " + options.token + "\r\n";
    return text;
}

Result<Reply> read_reply(int socket, const ClientOptions& options, bool skip_body, const std::string& where) {
    Parser parser;
    parser.eager(true);
    parser.body_limit(options.body_limit);
    parser.skip(skip_body);
    if (auto received = receive(socket, parser, where); !received) return fail(std::move(received.error()));
    auto& message = parser.get();
    return Reply{static_cast<int>(message.result_int()), std::string(message[http::field::content_type]),
                 std::move(message.body())};
}

}  // namespace

Result<Reply> Client::upload(const std::string& target, const std::string& media_type, const NextPiece& next) const {
    const std::string where = where_.to_string();
    const auto socket = connect_to(where_, options_);
    if (!socket) return fail(socket.error());
    const std::string head = request_head("POST", target, where_, options_) + "Content-Type: " + media_type +
                             "\r\nTransfer-Encoding: chunked\r\n\r\n";
    if (auto sent = send_all(socket->get(), head, where); !sent) return fail(std::move(sent.error()));
    if (auto sent = send_chunks(socket->get(), next, where); !sent) return fail(std::move(sent.error()));
    return read_reply(socket->get(), options_, false, where);
}

Result<Reply> Client::request(const std::string& method, const std::string& target, const std::string& json) const {
    const std::string where = where_.to_string();
    const auto socket = connect_to(where_, options_);
    if (!socket) return fail(socket.error());
    std::string text = request_head(method, target, where_, options_);
    if (!json.empty())
        text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n";
    text += "\r\n" + json;
    // A server that refuses answers before it has read everything; so the answer is read even if sending failed.
    const Result<> sent = send_all(socket->get(), text, where);
    auto reply = read_reply(socket->get(), options_, method == "HEAD", where);
    if (!reply && !sent) return fail(sent.error());
    return reply;
}

}  // namespace restante::admin
