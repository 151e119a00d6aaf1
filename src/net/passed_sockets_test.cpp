#include "net/passed_sockets.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/net_fixture.hpp"

namespace restante::net {
namespace {

/// A listening socket as a service manager hands it over.
int bound_socket(int family, bool only_six = true) {
    const int socket = ::socket(family, SOCK_STREAM, 0);
    const int six_only = only_six ? 1 : 0;
    if (family == AF_INET6) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &six_only, sizeof six_only);
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    if (only_six) six.sin6_addr = in6addr_loopback;
    const auto* address = family == AF_INET ? reinterpret_cast<sockaddr*>(&four) : reinterpret_cast<sockaddr*>(&six);
    EXPECT_EQ(::bind(socket, address, family == AF_INET ? sizeof four : sizeof six), 0);
    EXPECT_EQ(::listen(socket, 16), 0);
    return socket;
}

class PassedSocketsTest : public NetTest {
protected:
    std::string dial(const Address& to) { return run_blocking(io.executor(0), talk(work, to)); }
    static Task<std::string> talk(WorkPool& pool, Address to) {
        auto stream = co_await connect(pool, to.ip(), to.port());
        if (!stream) co_return "cannot connect";
        (void)co_await stream->write_all("hello");
        co_await stream->shutdown();
        co_return co_await read_to_end(*stream);
    }
    PassedSockets passed;
};

TEST_F(PassedSocketsTest, AListenerTakesTheSocketWithItsAddress) {
    passed.add(bound_socket(AF_INET), "restante.socket");
    passed.add(bound_socket(AF_INET6), "restante.socket");
    const Address four = passed.all().at(0).address, six = passed.all().at(1).address;
    Listener listener("t", io, group, log, {.binds = {four.to_string(), six.to_string()}}, echo);
    listener.adopt_from(passed);
    const auto started = listener.start();
    ASSERT_TRUE(started) << started.error().detail;
    EXPECT_EQ(listener.addresses(), (std::vector{four, six}));
    EXPECT_EQ(dial(four), "hello");
    EXPECT_EQ(dial(six), "hello");
    // Whoever passed it still has it: only a taken socket can serve the address again.
    listener.stop();
    const auto again = listener.start();
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(dial(four), "hello");
}

TEST_F(PassedSocketsTest, TwoListenersCannotHaveOneSocket) {
    passed.add(bound_socket(AF_INET), "restante.socket");
    const std::string where = passed.all().at(0).address.to_string();
    Listener first("t", io, group, log, {.binds = {where}}, echo), second("u", io, group, log, {.binds = {where}}, echo);
    first.adopt_from(passed);
    second.adopt_from(passed);
    ASSERT_TRUE(first.start());
    const auto refused = second.start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, where + " is already in use");
}

TEST_F(PassedSocketsTest, AnIpv6SocketMayServeIpv4Too) {
    passed.add(bound_socket(AF_INET6, false), "restante.socket");
    const std::uint16_t port = passed.all().at(0).address.port();
    Listener listener("t", io, group, log, {.binds = {"*:" + std::to_string(port)}}, echo);
    listener.adopt_from(passed);
    const auto started = listener.start();
    ASSERT_TRUE(started) << started.error().detail;
    EXPECT_EQ(dial(*Address::parse_ip("127.0.0.1", port)), "hello");
    EXPECT_EQ(dial(*Address::parse_ip("::1", port)), "hello");
}

/// In a child of its own, because the descriptors have fixed numbers: 0 if all is as it should be.
int adopt_in_child() {
    const int listening = bound_socket(AF_INET);
    const int other = ::socket(AF_INET, SOCK_STREAM, 0);
    const int a = ::fcntl(listening, F_DUPFD, 200), b = ::fcntl(other, F_DUPFD, 200);
    if (::dup2(a, 3) != 3 || ::dup2(b, 4) != 4) return 1;
    const auto announce = [](const std::string& pid) {
        ::setenv("LISTEN_PID", pid.c_str(), 1);
        ::setenv("LISTEN_FDS", "2", 1);
        ::setenv("LISTEN_FDNAMES", "pop3:odd", 1);
    };
    announce(std::to_string(::getpid() + 1));
    PassedSockets none;
    if (!none.take_from_environment().empty() || !none.all().empty()) return 2;  // meant for another process
    announce(std::to_string(::getpid()));
    PassedSockets some;
    const auto complaints = some.take_from_environment();
    if (complaints != std::vector<std::string>{"descriptor 4 (odd) is not a listening stream socket"}) return 3;
    if (some.all().size() != 1 || some.all()[0].name != "pop3" || some.all()[0].socket != 3) return 4;
    if ((::fcntl(3, F_GETFD) & FD_CLOEXEC) == 0) return 5;
    return ::getenv("LISTEN_FDS") == nullptr ? 0 : 6;
}

TEST(PassedSockets, ComeFromTheEnvironmentOfThisProcessOnly) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(adopt_in_child());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace restante::net
