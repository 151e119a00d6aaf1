#pragma once
// What the least servers (pop3_bound, smtp_bound) are made of: a thread for each connection, blocking, on 127.0.0.1; in clear or under
// TLS 1.2 or 1.3 with a P-256 certificate made on the spot.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace bound {

constexpr std::size_t chunk = 64 * 1024;

struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

inline void require(bool held, const char* what) {
    if (!held) throw std::runtime_error(what);
}

inline Owned<SSL_CTX> server_context() {
    Owned<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
    Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
    Owned<X509> certificate(X509_new());
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
    X509_set_pubkey(certificate.get(), key.get());
    require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "certificate");
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    return context;
}

class Wire {
public:
    explicit Wire(int socket) : socket_(socket) {}
    ~Wire() {
        if (ssl_) SSL_shutdown(ssl_.get());
        ssl_.reset();
        close(socket_);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    void secure(SSL_CTX* context) {
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), socket_);
        require(SSL_accept(ssl_.get()) == 1, "handshake");
    }
    /// Empty at the end.
    std::string_view hear() {
        const auto got = ssl_ ? SSL_read(ssl_.get(), data_, sizeof data_) : read(socket_, data_, sizeof data_);
        return {data_, got > 0 ? static_cast<std::size_t>(got) : 0};
    }
    void say(std::string_view text) {
        while (!text.empty()) {
            const auto want = std::min(text.size(), chunk);
            const auto done = ssl_ ? SSL_write(ssl_.get(), text.data(), static_cast<int>(want)) : write(socket_, text.data(), want);
            require(done > 0, "write");
            text.remove_prefix(static_cast<std::size_t>(done));
        }
    }

private:
    const int socket_;
    Owned<SSL> ssl_;
    char data_[chunk];
};

/// Does not return.
inline void serve_on(int port, const std::function<void(Wire&)>& talk) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    require(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(listener, 1024) == 0, "listen");
    for (;;) {
        const int accepted = accept(listener, nullptr, nullptr);
        if (accepted < 0) continue;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        std::thread([accepted, &talk] {
            try {
                Wire wire(accepted);
                talk(wire);
            } catch (const std::exception& e) {
                std::fprintf(stderr, "bound: %s\n", e.what());
            }
        }).detach();
    }
}

}  // namespace bound
