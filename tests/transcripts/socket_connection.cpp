#include "socket_connection.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

namespace restante::transcripts {

struct SocketConnection::Tls {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL* ssl = SSL_new(context);
    Tls() = default;
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;
    ~Tls() {
        SSL_free(ssl);
        SSL_CTX_free(context);
    }
};

SocketConnection::SocketConnection(std::uint16_t port, int receive_buffer)
    : SocketConnection(port, "127.0.0.1", receive_buffer) {}

SocketConnection::SocketConnection(std::uint16_t port, const std::string& from, int receive_buffer)
    : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer != 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const int one = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const timeval patience{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, from.c_str(), &address.sin_addr);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd_);
        throw std::runtime_error("no such address: " + from);
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    ::close(fd_);
    throw std::runtime_error("nobody listens on port " + std::to_string(port));
}

SocketConnection::~SocketConnection() { close(); }

void SocketConnection::close() {
    tls_.reset();
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    ended_ = true;
}

bool SocketConnection::start_tls() {
    tls_ = std::make_unique<Tls>();
    SSL_set_fd(tls_->ssl, fd_);
    return SSL_connect(tls_->ssl) == 1;
}

std::string SocketConnection::tls_exporter() const {
    if (!tls_) return "";
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string out(32, '\0');
    const int done = SSL_export_keying_material(tls_->ssl, reinterpret_cast<unsigned char*>(out.data()), out.size(),
                                                label.data(), label.size(), nullptr, 0, 0);
    return done == 1 ? out : "";
}

void SocketConnection::send(std::string_view bytes) {
    while (!bytes.empty() && fd_ >= 0) {
        const ssize_t sent = tls_ ? SSL_write(tls_->ssl, bytes.data(), static_cast<int>(bytes.size()))
                                  : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string SocketConnection::receive(std::chrono::milliseconds longest) {
    if (!buffered_.empty()) return std::exchange(buffered_, {});
    if (ended_) return {};
    pollfd waiting{fd_, POLLIN, 0};
    const bool pending = tls_ && SSL_pending(tls_->ssl) > 0;
    if (!pending && poll(&waiting, 1, static_cast<int>(longest.count())) <= 0) return {};
    std::string out(16 * 1024, '\0');
    const ssize_t got =
        tls_ ? SSL_read(tls_->ssl, out.data(), static_cast<int>(out.size())) : recv(fd_, out.data(), out.size(), 0);
    ended_ = got <= 0;
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
}

std::string SocketConnection::line() {
    std::string out;
    for (;;) {
        const std::string more = receive();
        if (more.empty()) return out;
        out += more;
        const std::size_t end = out.find("\r\n");
        if (end == std::string::npos) continue;
        buffered_ = out.substr(end + 2);
        out.resize(end + 2);
        return out;
    }
}

std::string SocketConnection::rest() {
    std::string out;
    for (std::string more = receive(); !more.empty(); more = receive()) out += more;
    return out;
}

}  // namespace restante::transcripts
