// What only the whole POP3 service can show: several sessions, slow and silent clients, faults, a stop.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "socket_connection.hpp"
#include "stack.hpp"

namespace restante::transcripts {
namespace {
using namespace std::chrono_literals;

class PopdTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        accounts = new Accounts;
        accounts->add("bob", "secret");
        accounts->add("ann", "secret");
    }
    static void TearDownTestSuite() {
        delete accounts;
        accounts = nullptr;
    }
    PopdTest() { options_.protocol.allow_plaintext_login = true; }

    std::unique_ptr<Stack> start(std::size_t messages = 3, std::size_t octets = 100) {
        auto stack = std::make_unique<Stack>(*accounts, options_);
        std::string text = "Subject: x\r\n\r\n";
        while (text.size() < octets) text += ".dot and text\r\n";
        std::vector<std::string> uidls;
        for (std::size_t i = 0; i < messages; ++i) uidls.push_back("u" + std::to_string(i));
        stack->store.fill(std::vector<std::string>(messages, text), uidls);
        return stack;
    }
    static std::string log_in(SocketConnection& client, const std::string& name = "bob") {
        EXPECT_EQ(client.line().substr(0, 3), "+OK");
        client.send("USER " + name + "\r\nPASS secret\r\n");
        EXPECT_EQ(client.line(), "+OK\r\n");
        return client.line();
    }

    static inline Accounts* accounts = nullptr;
    popd::Options options_;
};

// Row P5
TEST_F(PopdTest, TwoSessionsOnOneMaildrop) {
    const auto stack = start();
    SocketConnection first(stack->port()), second(stack->port()), other(stack->port());
    EXPECT_EQ(log_in(first), "+OK 3 messages\r\n");
    EXPECT_EQ(log_in(second).substr(0, 14), "-ERR [IN-USE] ");
    EXPECT_EQ(log_in(other, "ann"), "+OK 3 messages\r\n");
    first.send("QUIT\r\n");
    EXPECT_EQ(first.line(), "+OK Goodbye\r\n");  // whoever hears this may come again at once
    second.send("USER bob\r\nPASS secret\r\n");
    EXPECT_EQ(second.line(), "+OK\r\n");
    EXPECT_EQ(second.line(), "+OK 3 messages\r\n");
}

// Row P10
TEST_F(PopdTest, DroppedConnectionDeletesNothingAndFreesTheMaildrop) {
    const auto stack = start();
    {
        SocketConnection client(stack->port());
        log_in(client);
        client.send("DELE 1\r\n");
        client.line();
    }
    EXPECT_TRUE(stack->wait_until_lease_is_free());
    EXPECT_TRUE(stack->store.deleted().empty());
}

// Row S2.18
TEST_F(PopdTest, TooManySessionsOfAnAccount) {
    options_.max_per_account = 1;
    const auto stack = start();
    SocketConnection first(stack->port()), second(stack->port());
    log_in(first);
    EXPECT_EQ(log_in(second), "-ERR [IN-USE] Too many sessions of this account\r\n");
}

// Row S2.17
TEST_F(PopdTest, TooManyConnectionsOfAnAddress) {
    options_.max_per_address = 2;
    const auto stack = start();
    SocketConnection first(stack->port()), second(stack->port());
    first.line();
    second.line();
    SocketConnection third(stack->port());
    EXPECT_EQ(third.line(), "-ERR [SYS/TEMP] Too many connections, try again later\r\n");
    EXPECT_EQ(third.receive(), "");
    EXPECT_TRUE(third.ended());
}

// Rows P3, S2.21: closed without a word, and nothing is deleted
TEST_F(PopdTest, SilentClientIsClosedBeforeLogin) {
    options_.login_timeout = 1s;
    const auto stack = start();
    SocketConnection client(stack->port());
    client.line();
    EXPECT_EQ(client.receive(), "");
    EXPECT_TRUE(client.ended());
}

// Row S2.20
TEST_F(PopdTest, SilentClientIsClosedAfterLogin) {
    options_.idle_timeout = 1s;
    const auto stack = start();
    SocketConnection client(stack->port());
    log_in(client);
    client.send("DELE 1\r\n");
    client.line();
    EXPECT_EQ(client.receive(), "");
    EXPECT_TRUE(client.ended());
    EXPECT_TRUE(stack->wait_until_lease_is_free());
    EXPECT_TRUE(stack->store.deleted().empty());
}

// Attack "slowloris": single octets do not keep a session open
TEST_F(PopdTest, TricklingClientIsClosed) {
    options_.login_timeout = 1s;
    const auto stack = start();
    SocketConnection client(stack->port());
    client.line();
    const auto begin = std::chrono::steady_clock::now();
    while (!client.ended() && std::chrono::steady_clock::now() - begin < 10s) {
        client.send("A");
        client.receive(100ms);
    }
    EXPECT_TRUE(client.ended());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s);
}

TEST_F(PopdTest, HalfOpenTlsIsClosed) {
    options_.handshake_timeout = 1s;
    const auto stack = start();
    SocketConnection silent(stack->tls_port()), half(stack->port());
    half.line();
    half.send("STLS\r\n");
    half.line();
    half.send(std::string("\x16\x03\x01\x02\x00", 5));  // the beginning of a ClientHello that never comes
    EXPECT_EQ(silent.receive(), "");
    EXPECT_TRUE(silent.ended());
    EXPECT_EQ(half.receive(), "");
    EXPECT_TRUE(half.ended());
}

// Row P22
TEST_F(PopdTest, CommandsBehindStlsAreNotHeardUnderTls) {
    options_.protocol.allow_plaintext_login = false;
    const auto stack = start();
    SocketConnection client(stack->port());
    client.line();
    client.send("STLS\r\nCAPA\r\nUSER mallory\r\n");
    EXPECT_EQ(client.line(), "+OK Begin TLS negotiation\r\n");
    ASSERT_TRUE(client.start_tls());
    client.send("USER bob\r\nPASS secret\r\n");
    EXPECT_EQ(client.line(), "+OK\r\n");
    EXPECT_EQ(client.line(), "+OK 3 messages\r\n");
}

std::string read_message(SocketConnection& client) {
    std::string out;
    while (out.size() < 5 || out.compare(out.size() - 5, 5, "\r\n.\r\n") != 0) {
        const std::string more = client.receive();
        if (more.empty()) break;
        out += more;
    }
    return out;
}

TEST_F(PopdTest, LargeMessageInBoundedPieces) {
    options_.read_chunk = 4096;
    options_.protocol.flush_at = 4096;
    const auto stack = start(1, 3'000'000);
    for (const bool cold : {false, true}) {
        stack->store.order(cold ? std::set<std::string>{"cold"} : std::set<std::string>{});
        SocketConnection client(stack->port());
        log_in(client);
        client.send("RETR 1\r\n");
        const std::string size = client.line();
        const std::string text = read_message(client);
        EXPECT_EQ(text.substr(0, 30), "Subject: x\r\n\r\n..dot and text\r\n");
        const std::size_t lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) - 3;
        EXPECT_EQ(size, "+OK " + std::to_string(text.size() - lines - 3) + " octets\r\n");
        client.send("QUIT\r\n");
        client.rest();
    }
}

// A flood of requests by a client that does not read: neither lost nor gathered in memory.
TEST_F(PopdTest, SlowReaderGetsAll) {
    const auto stack = start(1, 100'000);
    SocketConnection client(stack->port(), 4096);
    log_in(client);
    std::string requests;
    constexpr int count = 100;
    for (int i = 0; i < count; ++i) requests += "RETR 1\r\n";
    client.send(requests + "QUIT\r\n");
    std::this_thread::sleep_for(200ms);
    const std::string all = client.rest();
    std::size_t replies = 0;
    for (std::size_t at = 0; (at = all.find(" octets\r\n", at)) != std::string::npos; ++at) ++replies;
    EXPECT_EQ(replies, count);
    EXPECT_EQ(all.substr(all.size() - 16), ".\r\n+OK Goodbye\r\n");
}

TEST_F(PopdTest, ClientThatStopsReadingIsClosed) {
    options_.write_timeout = 1s;
    const auto stack = start(1, 8'000'000);
    SocketConnection client(stack->port(), 4096);
    log_in(client);
    client.send("DELE 1\r\nRSET\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n");
    EXPECT_TRUE(stack->wait_for_connections(0));
    EXPECT_TRUE(stack->wait_until_lease_is_free());
    EXPECT_TRUE(stack->store.deleted().empty());
}

TEST_F(PopdTest, MessageThatEndsTooEarlyClosesTheConnection) {
    options_.read_chunk = 4096;
    const auto stack = start(1, 50'000);
    stack->store.order({"truncated"});
    SocketConnection client(stack->port());
    log_in(client);
    client.send("RETR 1\r\nQUIT\r\n");
    const std::string all = client.rest();
    EXPECT_TRUE(client.ended());
    EXPECT_EQ(all.find("\r\n.\r\n"), std::string::npos);
    EXPECT_EQ(all.find("Goodbye"), std::string::npos);
}

TEST_F(PopdTest, WrongPasswordIsAnsweredLateAndHoldsNobodyUp) {
    const auto stack = start();
    stack->guard.set({.delay = 700ms});
    SocketConnection guesser(stack->port()), owner(stack->port());
    guesser.line();
    const auto begin = std::chrono::steady_clock::now();
    guesser.send("USER bob\r\nPASS wrong\r\n");
    EXPECT_EQ(log_in(owner), "+OK 3 messages\r\n");
    EXPECT_EQ(guesser.line(), "+OK\r\n");
    EXPECT_EQ(guesser.line(), "-ERR [AUTH] Wrong user name or password\r\n");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 700ms);
}

/// Section 4, "password guessing" and "user enumeration": one account, guessed at from many networks.
TEST_F(PopdTest, OneAccountGuessedAtFromManyNetworks) {
    const auto stack = start();
    stack->guard.set({.delay = 100ms, .account_failures = 3, .wait_max = 5s, .ipv4_prefix = 32});
    const auto attempt = [&](const char* from, const std::string& name, const std::string& password) {
        SocketConnection client(stack->port(), from);
        client.line();
        client.send("USER " + name + "\r\nPASS " + password + "\r\n");
        client.line();
        const std::string answer = client.line();
        client.send("QUIT\r\n");
        client.rest();  // the maildrop is free again
        return answer;
    };
    EXPECT_EQ(attempt("127.0.0.2", "bob", "secret"), "+OK 3 messages\r\n") << "where the owner is";
    for (const char* from : {"127.0.0.3", "127.0.0.4", "127.0.0.5"})
        for (const char* name : {"bob", "nobody"})
            EXPECT_EQ(attempt(from, name, "wrong"), "-ERR [AUTH] Wrong user name or password\r\n");
    const auto waited = [&](const char* from, const std::string& name, const std::string& password) {
        const auto begin = std::chrono::steady_clock::now();
        const std::string answer = attempt(from, name, password);
        return std::pair(answer, std::chrono::steady_clock::now() - begin);
    };
    const std::uint64_t waits = stack->metrics.counter("login_waits_total", "").value();
    const auto owner = waited("127.0.0.2", "bob", "secret");
    EXPECT_EQ(owner.first, "+OK 3 messages\r\n");
    EXPECT_EQ(stack->metrics.counter("login_waits_total", "").value(), waits) << "the owner, from where it has been";
    const auto stranger = waited("127.0.0.6", "bob", "secret");
    EXPECT_EQ(stranger.first, "+OK 3 messages\r\n") << "nobody is locked out";
    EXPECT_GE(stranger.second, 100ms);
    for (const char* name : {"bob", "nobody"}) {
        const auto guess = waited("127.0.0.7", name, "wrong");
        EXPECT_EQ(guess.first, "-ERR [AUTH] Wrong user name or password\r\n");
        EXPECT_GE(guess.second, 200ms) << name << ": its turn, and the delay of its network";
    }
    stack->guard.set({.delay = 100ms, .account_failures = 3, .wait_max = 0s, .ipv4_prefix = 32});
    for (const char* name : {"bob", "nobody"})
        EXPECT_EQ(attempt("127.0.0.8", name, "secret"),
                  "-ERR [SYS/TEMP] Too many wrong passwords lately, try again later\r\n");
    const auto app = accounts->directory().create_app_password("bob", {.name = "phone"}, {});
    ASSERT_TRUE(app);
    EXPECT_EQ(attempt("127.0.0.8", "bob", app->secret), "+OK 3 messages\r\n") << "an app password is always let in";
}

/// Row P26: UTF8 USER. SASLprep maps a soft hyphen to nothing.
TEST_F(PopdTest, PasswordsInUtf8) {
    const auto stack = start();
    accounts->add("eve", "s\xC3\xA9same-ouvre");
    SocketConnection client(stack->port());
    client.line();
    client.send("USER eve\r\nPASS s\xC3\xA9same-\xC2\xADouvre\r\n");
    client.line();
    EXPECT_EQ(client.line().substr(0, 3), "+OK");
    accounts->add("ivy", "chapter-\xE2\x85\xA8");  // one sign, which SASLprep makes IX: as it was set, too
    SocketConnection same(stack->port());
    same.line();
    same.send("USER ivy\r\nPASS chapter-\xE2\x85\xA8\r\n");
    same.line();
    EXPECT_EQ(same.line().substr(0, 3), "+OK");
}

// Row S2.37: administrators and others without a maildrop
TEST_F(PopdTest, TenantsHaveNoMaildrop) {
    const auto stack = start();
    SocketConnection client(stack->port());
    client.line();
    client.send("USER boss\r\nPASS correct-horse\r\n");
    client.line();
    EXPECT_EQ(client.line(), "-ERR [AUTH] Wrong user name or password\r\n");
}

TEST_F(PopdTest, StopEndsIdleSessionsAndDeletesNothing) {
    const auto stack = start();
    SocketConnection idle(stack->port()), logged_in(stack->port()), tls(stack->tls_port());
    idle.line();
    log_in(logged_in);
    logged_in.send("DELE 1\r\n");
    logged_in.line();
    ASSERT_TRUE(tls.start_tls());
    tls.line();
    const std::uint16_t port = stack->port();
    stack->stop();
    EXPECT_EQ(idle.rest(), "-ERR [SYS/TEMP] Server is shutting down, nothing was deleted\r\n");
    EXPECT_EQ(logged_in.rest(), "-ERR [SYS/TEMP] Server is shutting down, nothing was deleted\r\n");
    tls.rest();
    EXPECT_TRUE(tls.ended());
    EXPECT_TRUE(stack->group.wait(10s));
    EXPECT_TRUE(stack->store.deleted().empty());
    EXPECT_FALSE(stack->store.leased());
    EXPECT_THROW(SocketConnection{port}, std::runtime_error);
}

TEST_F(PopdTest, StartsAgainAfterAStop) {
    const auto stack = start();
    SocketConnection before(stack->port());
    before.line();
    stack->stop();
    EXPECT_EQ(before.rest(), "-ERR [SYS/TEMP] Server is shutting down, nothing was deleted\r\n");
    const auto started = stack->service->start();
    ASSERT_TRUE(started) << started.error().detail;
    SocketConnection after(stack->port());
    EXPECT_EQ(log_in(after), "+OK 3 messages\r\n");
}

TEST_F(PopdTest, NewOptionsHoldForNewSessions) {
    const auto stack = start();
    SocketConnection before(stack->port());
    EXPECT_EQ(before.line(), "+OK Restante POP3 server ready\r\n");
    popd::Options changed = options_;
    changed.listen = {"127.0.0.1:0"};
    changed.listen_tls = {"127.0.0.1:0"};
    changed.protocol.banner = "Hello";
    changed.protocol.login_needs_tls = true;
    const auto port = stack->port();
    ASSERT_TRUE(stack->service->apply(changed));
    EXPECT_EQ(stack->port(), port);
    before.send("USER bob\r\n");
    EXPECT_EQ(before.line(), "+OK\r\n");
    SocketConnection after(port);
    EXPECT_EQ(after.line(), "+OK Hello\r\n");
    after.send("USER bob\r\nAUTH\r\n");
    EXPECT_EQ(after.line().substr(0, 5), "-ERR ");
    EXPECT_EQ(after.line(), "+OK\r\n");
    EXPECT_EQ(after.line(), ".\r\n");  // SecureLogin: not one mechanism in clear
}

// Attack "slow read": whoever is stopped and does not read is cut, and nothing is deleted
TEST_F(PopdTest, WhatIsLeftAfterAStopIsCut) {
    const auto stack = start(1, 8 << 20);
    SocketConnection client(stack->port());
    log_in(client);
    client.send("DELE 1\r\nRSET\r\nRETR 1\r\n");
    EXPECT_EQ(client.line().substr(0, 3), "+OK");
    stack->stop();
    EXPECT_EQ(stack->service->left(), 1u);
    EXPECT_FALSE(stack->group.wait(100ms));
    stack->service->cut();
    EXPECT_TRUE(stack->group.wait(10s));
    EXPECT_EQ(stack->service->left(), 0u);
    EXPECT_TRUE(stack->store.deleted().empty());
}

// Row S2.16
TEST_F(PopdTest, LimitsCountOverBothLists) {
    options_.max_per_address = 1;
    const auto stack = start();
    SocketConnection clear(stack->port());
    clear.line();
    SocketConnection tls(stack->tls_port());
    EXPECT_EQ(tls.receive(), "");
    EXPECT_TRUE(tls.ended());
}

TEST_F(PopdTest, Counts) {
    const auto stack = start();
    SocketConnection client(stack->port());
    log_in(client);
    client.send("RETR 1\r\nDELE 1\r\nQUIT\r\n");
    client.rest();
    EXPECT_TRUE(stack->wait_for_connections(0));
    const std::string text = stack->metrics.prometheus();
    for (const char* line :
         {"pop3_connections_total 1\n", "pop3_logins_total{result=\"ok\"} 1\n", "pop3_plaintext_logins_total 1\n",
          "pop3_messages_retrieved_total 1\n", "pop3_messages_deleted_total 1\n", "pop3_sessions 0\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST_F(PopdTest, TlsPortWithoutCertificateIsRefused) {
    auto context = std::make_unique<Stack>(*accounts, options_, false);
    popd::Options options;
    options.listen_tls = {"127.0.0.1:0"};
    popd::Service service({context->io, context->group, context->work, context->passwords, accounts->directory(),
                           context->guard, context->store, null_log(), context->metrics, nullptr},
                          options);
    EXPECT_EQ(service.start().error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace restante::transcripts
