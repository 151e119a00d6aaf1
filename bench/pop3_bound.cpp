// The least a POP3 server can do: the bound that bulk retrieval is held against, with the same reader on the other side.
//
//   pop3_bound PORT TLS_PORT [MESSAGES [OCTETS]]        defaults 10 and 5242880
//
// Listens on 127.0.0.1. Takes every USER and PASS, shows MESSAGES messages of OCTETS each, the same text from memory every
// time, and forgets nothing by DELE. A thread for each connection, blocking; it writes 64 KiB at a time through OpenSSL (TLS 1.2
// or 1.3, a P-256 certificate made on the spot) or in clear. No disk, no dots to look for, no store, no limits: what is left is
// the loopback device, the cipher and the reader.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::size_t chunk = 64 * 1024;

struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void require(bool held, const char* what) {
    if (!held) throw std::runtime_error(what);
}

Owned<SSL_CTX> server_context() {
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

/// What every session answers with.
struct Maildrop {
    std::string stat, list, uidl, retr;

    Maildrop(std::size_t messages, std::size_t octets) {
        const std::string line(76, 'x');
        std::string text = "Subject: bound\r\n\r\n";
        while (text.size() + line.size() + 2 < octets) text += line + "\r\n";
        if (octets > text.size() + 2) text += std::string(octets - text.size() - 2, 'y') + "\r\n";
        const std::string size = std::to_string(text.size());
        stat = "+OK " + std::to_string(messages) + ' ' + std::to_string(messages * text.size()) + "\r\n";
        list = uidl = "+OK\r\n";
        for (std::size_t i = 1; i <= messages; ++i) {
            list += std::to_string(i) + ' ' + size + "\r\n";
            uidl += std::to_string(i) + " u" + std::to_string(i) + "\r\n";
        }
        list += ".\r\n";
        uidl += ".\r\n";
        retr = "+OK\r\n" + text + ".\r\n";
    }
};

class Session {
public:
    Session(int socket, SSL_CTX* context) : socket_(socket) {
        if (context == nullptr) return;
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), socket_);
        require(SSL_accept(ssl_.get()) == 1, "handshake");
    }
    ~Session() {
        if (ssl_) SSL_shutdown(ssl_.get());
        ssl_.reset();
        close(socket_);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void serve(const Maildrop& maildrop) {
        say("+OK\r\n");
        std::string rest;
        for (char data[4096];;) {
            const auto got = ssl_ ? SSL_read(ssl_.get(), data, sizeof data) : read(socket_, data, sizeof data);
            if (got <= 0) return;
            rest.append(data, static_cast<std::size_t>(got));
            for (std::size_t end; (end = rest.find("\r\n")) != std::string::npos; rest.erase(0, end + 2)) {
                const std::string word = rest.substr(0, std::min<std::size_t>(end, 4));
                say(reply(word, maildrop));
                if (word == "QUIT") return;
            }
        }
    }

private:
    static std::string_view reply(const std::string& word, const Maildrop& maildrop) {
        if (word == "RETR") return maildrop.retr;
        if (word == "STAT") return maildrop.stat;
        if (word == "LIST") return maildrop.list;
        if (word == "UIDL") return maildrop.uidl;
        if (word == "CAPA") return "+OK\r\nPIPELINING\r\n.\r\n";
        return "+OK\r\n";
    }
    void say(std::string_view text) {
        while (!text.empty()) {
            const auto want = std::min(text.size(), chunk);
            const auto done =
                ssl_ ? SSL_write(ssl_.get(), text.data(), static_cast<int>(want)) : write(socket_, text.data(), want);
            require(done > 0, "write");
            text.remove_prefix(static_cast<std::size_t>(done));
        }
    }

    int socket_;
    Owned<SSL> ssl_;
};

void listen_on(int port, SSL_CTX* context, const Maildrop& maildrop) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    require(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(listener, 1024) == 0,
            "listen");
    for (;;) {
        const int accepted = accept(listener, nullptr, nullptr);
        if (accepted < 0) continue;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        std::thread([accepted, context, &maildrop] {
            try {
                Session(accepted, context).serve(maildrop);
            } catch (const std::exception& e) {
                std::fprintf(stderr, "pop3_bound: %s\n", e.what());
            }
        }).detach();
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: pop3_bound PORT TLS_PORT [MESSAGES [OCTETS]]\n");
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    const auto context = server_context();
    const Maildrop maildrop(argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 10,
                            argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 5'242'880);
    std::thread([&] { listen_on(std::atoi(argv[1]), nullptr, maildrop); }).detach();
    listen_on(std::atoi(argv[2]), context.get(), maildrop);
}
