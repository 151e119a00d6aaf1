// What loopback carries on this machine, in clear and through TLS 1.3: the bound that bulk retrieval is held against.
//
//   tls_loopback [GIGABYTES [PAIRS]]        defaults 4 and 1
//
// Each pair is a sending and a receiving thread on one TCP connection; the sender writes 64 KiB at a time from memory,
// the receiver reads and forgets. Prints MB/s (10^6 octets) of all pairs together and CPU seconds per gigabyte of each
// side.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <utility>
#include <vector>

#include "bound.hpp"

namespace {

using bound::chunk, bound::Owned, bound::require;

double thread_cpu() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Connection {
    int sender = -1, receiver = -1;

    Connection() {
        const int listener = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        require(bind(listener, generic, length) == 0 && listen(listener, 1) == 0, "listen");
        getsockname(listener, generic, &length);
        receiver = socket(AF_INET, SOCK_STREAM, 0);
        require(connect(receiver, generic, length) == 0, "connect");
        sender = accept(listener, nullptr, nullptr);
        close(listener);
        require(sender >= 0, "accept");
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        close(receiver);
        if (sender >= 0) close(sender);
    }
};

// Server and client contexts with a P-256 certificate made on the spot; none in clear.
struct Tls {
    Owned<SSL_CTX> server, client;

    Tls() : server(SSL_CTX_new(TLS_server_method())), client(SSL_CTX_new(TLS_client_method())) {
        Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
        Owned<X509> certificate(X509_new());
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
        X509_set_pubkey(certificate.get(), key.get());
        require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "certificate");
        SSL_CTX_use_certificate(server.get(), certificate.get());
        SSL_CTX_use_PrivateKey(server.get(), key.get());
        SSL_CTX_set_min_proto_version(client.get(), TLS1_3_VERSION);
    }
};

struct Side {
    double cpu = 0;
    std::string cipher;
};

Owned<SSL> session(const Tls* tls, bool server, int socket) {
    if (tls == nullptr) return nullptr;
    Owned<SSL> ssl(SSL_new((server ? tls->server : tls->client).get()));
    SSL_set_fd(ssl.get(), socket);
    require((server ? SSL_accept(ssl.get()) : SSL_connect(ssl.get())) == 1, "handshake");
    return ssl;
}

void send_all(Connection& pair, const Tls* tls, std::size_t octets, Side& side) {
    auto ssl = session(tls, true, pair.sender);
    if (ssl) side.cipher = SSL_get_cipher_name(ssl.get());
    const std::vector<char> data(chunk, 'x');
    const double start = thread_cpu();
    while (octets > 0) {
        const auto want = std::min(octets, chunk);
        const auto done =
            ssl ? SSL_write(ssl.get(), data.data(), static_cast<int>(want)) : write(pair.sender, data.data(), want);
        require(done > 0, "write");
        octets -= static_cast<std::size_t>(done);
    }
    side.cpu = thread_cpu() - start;
    close(std::exchange(pair.sender, -1));
}

void receive_all(Connection& pair, const Tls* tls, Side& side) {
    auto ssl = session(tls, false, pair.receiver);
    std::vector<char> data(chunk);
    const double start = thread_cpu();
    while ((ssl ? SSL_read(ssl.get(), data.data(), static_cast<int>(chunk)) : read(pair.receiver, data.data(), chunk)) >
           0) {
    }
    side.cpu = thread_cpu() - start;
}

void measure(const Tls* tls, double gigabytes, std::size_t pairs) {
    std::vector<Side> senders(pairs), receivers(pairs);
    const auto octets = static_cast<std::size_t>(gigabytes * 1e9 / static_cast<double>(pairs));
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<Connection>> connections;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < pairs; ++i) {
        auto& pair = *connections.emplace_back(std::make_unique<Connection>());
        threads.emplace_back([&pair, tls, octets, &side = senders[i]] { send_all(pair, tls, octets, side); });
        threads.emplace_back([&pair, tls, &side = receivers[i]] { receive_all(pair, tls, side); });
    }
    threads.clear();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double sent = 0, received = 0;
    for (const auto& side : senders) sent += side.cpu;
    for (const auto& side : receivers) received += side.cpu;
    std::printf("%-24s %zu pairs: %6.0f MB/s, CPU s/GB: sender %.3f, receiver %.3f\n",
                tls != nullptr ? senders.front().cipher.c_str() : "clear", pairs, gigabytes * 1e3 / seconds,
                sent / gigabytes, received / gigabytes);
}

}  // namespace

int main(int argc, char** argv) {
    const double gigabytes = argc > 1 ? std::atof(argv[1]) : 4;
    const int pairs = argc > 2 ? std::atoi(argv[2]) : 1;
    if (gigabytes <= 0 || pairs < 1) {
        std::fprintf(stderr, "usage: tls_loopback [GIGABYTES [PAIRS]]\n");
        return 2;
    }
    const Tls tls;
    measure(nullptr, gigabytes, static_cast<std::size_t>(pairs));
    measure(&tls, gigabytes, static_cast<std::size_t>(pairs));
}
