// How much memory an idle connection costs. Reported, not asserted: the figure depends on the build.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "net/net_fixture.hpp"

namespace restante::net {
namespace {

class IdleTest : public NetTest {
protected:
    static long resident_bytes() {
        long total = 0;
        long resident = 0;
        std::ifstream("/proc/self/statm") >> total >> resident;
        return resident * ::sysconf(_SC_PAGESIZE);
    }

    static Task<> wait_for_a_command(Stream stream, std::shared_ptr<const TlsServerContext> tls,
                                     std::atomic<int>& ready) {
        Watchdog watchdog(stream);
        watchdog.extend(10min);
        if (tls) {
            const Result<> shaken = co_await stream.start_tls_server(tls);
            if (!shaken) co_return;
        }
        ++ready;
        (void)co_await stream.wait_readable();
    }

    /// The peers are bare sockets; under TLS each shakes hands through a Stream that is then dropped without a word.
    long bytes_per_connection(int connections, const std::shared_ptr<const TlsServerContext>& tls);

    std::vector<int> peers;
    void TearDown() override {
        for (const int peer : peers) ::close(peer);
        NetTest::TearDown();
    }
};

Task<int> shake_hands(Stream stream, std::shared_ptr<const TlsClientContext> context) {
    const std::string host = "localhost";
    const Result<> shaken = co_await stream.start_tls_client(context, host);
    EXPECT_TRUE(shaken) << shaken.error().detail;
    co_return ::dup(stream.descriptor());
}

long IdleTest::bytes_per_connection(int connections, const std::shared_ptr<const TlsServerContext>& tls) {
    const auto client = *TlsClientContext::make({.insecure = true});
    std::atomic<int> ready = 0;
    long before = 0;
    constexpr int kWarmUp = 100;
    for (int i = 0; i < connections + kWarmUp; ++i) {
        if (i == kWarmUp) before = resident_bytes();
        auto [server, peer] = std::move(*make_stream_pair(io.executor(0), io.executor(1)));
        group.spawn(io.executor(0), wait_for_a_command(std::move(server), tls, ready), "idle");
        if (tls) {
            peers.push_back(run_blocking(io.executor(1), shake_hands(std::move(peer), client)));
        } else {
            peers.push_back(::dup(peer.descriptor()));
        }
        while (ready <= i) std::this_thread::yield();
    }
    return (resident_bytes() - before) / connections;
}

TEST_F(IdleTest, ReportsMemoryOfAClearConnection) {
    std::cout << "idle clear connection: " << bytes_per_connection(2000, nullptr) << " bytes\n";
}

TEST_F(IdleTest, ReportsMemoryOfATlsConnection) {
    const auto pem = *make_self_signed({"localhost"}, 1);
    const auto tls =
        *TlsServerContext::make({.certificate_chain_pem = pem.certificate_pem, .private_key_pem = pem.private_key_pem});
    std::cout << "idle TLS connection: " << bytes_per_connection(200, tls) << " bytes\n";
}

}  // namespace
}  // namespace restante::net
