#pragma once
// For tests: a web server under TLS, with a certificate nobody vouches for, that keeps what it is sent.
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "net/tls_context.hpp"

namespace restante::relay {

/// Takes one request a connection, one connection after the other, in a thread of its own.
class FakeWebServer {
public:
    struct Request {
        std::string line;  // "POST /v1 HTTP/1.1"
        std::vector<std::string> fields;
        std::string body;
    };
    explicit FakeWebServer(std::shared_ptr<const net::TlsServerContext> tls) : tls_(std::move(tls)) {
        ::signal(SIGPIPE, SIG_IGN);
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(listener_, 64) != 0) std::abort();
        socklen_t length = sizeof at;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &length);
        port_ = ntohs(at.sin_port);
        thread_ = std::thread([this] {
            for (int socket = 0; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(socket)) serve(socket);
        });
    }
    ~FakeWebServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    FakeWebServer(const FakeWebServer&) = delete;
    FakeWebServer& operator=(const FakeWebServer&) = delete;

    std::uint16_t port() const { return port_; }
    void answer(int status) { status_ = status; }
    std::vector<Request> requests() const {
        const std::scoped_lock lock(mutex_);
        return requests_;
    }

private:
    void serve(int socket) {
        SSL* ssl = SSL_new(tls_->native());
        SSL_set_fd(ssl, socket);
        std::string heard;
        char buffer[8192];
        std::size_t head = std::string::npos, size = 0;
        if (SSL_accept(ssl) == 1)
            for (int got = 0; head == std::string::npos || heard.size() < head + size;) {
                if ((got = SSL_read(ssl, buffer, sizeof buffer)) <= 0) break;
                heard.append(buffer, static_cast<std::size_t>(got));
                if (head != std::string::npos || (head = heard.find("\r\n\r\n")) == std::string::npos) continue;
                head += 4;
                size = length_in(heard.substr(0, head));
            }
        if (head != std::string::npos && heard.size() == head + size) {
            keep(heard, head);
            const std::string reply = "HTTP/1.1 " + std::to_string(status_) + " Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            SSL_write(ssl, reply.data(), static_cast<int>(reply.size()));
            SSL_shutdown(ssl);
        }
        SSL_free(ssl);
    }
    static std::size_t length_in(const std::string& head) {
        const std::size_t at = to_lower(head).find("\r\ncontent-length:");
        return at == std::string::npos ? 0 : std::stoul(head.substr(at + 17));
    }
    void keep(const std::string& heard, std::size_t head) {
        Request request;
        for (std::size_t at = 0; at + 2 < head;) {
            const std::size_t end = heard.find("\r\n", at);
            (at == 0 ? request.line : request.fields.emplace_back()) = heard.substr(at, end - at);
            at = end + 2;
        }
        request.body = heard.substr(head);
        const std::scoped_lock lock(mutex_);
        requests_.push_back(std::move(request));
    }

    const std::shared_ptr<const net::TlsServerContext> tls_;
    mutable std::mutex mutex_;
    std::vector<Request> requests_;
    std::atomic<int> status_{200};
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace restante::relay
