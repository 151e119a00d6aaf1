#include "pop3/client_machine.hpp"

#include <gtest/gtest.h>

namespace restante::pop3 {
namespace {
using namespace std::string_literals;

template <class T>
bool is_step(const ClientStep& step) {
    return std::holds_alternative<T>(step);
}

std::string take(std::string& s) { return std::exchange(s, {}); }

/// Brings a machine without TLS to Ready.
void log_in_client(ClientMachine& machine, std::string_view capabilities = "-ERR\r\n") {
    machine.feed("+OK hi\r\n");
    EXPECT_TRUE(is_step<client::NeedInput>(machine.next()));
    EXPECT_EQ(take(machine.output()), "CAPA\r\n");
    machine.feed(capabilities);
    ASSERT_TRUE(is_step<client::LogIn>(machine.next()));
    ASSERT_TRUE(machine.login("bob", "pw"));
    machine.next();
    machine.feed("+OK\r\n");
    machine.next();
    EXPECT_EQ(take(machine.output()), "USER bob\r\nPASS pw\r\n");
    machine.feed("+OK\r\n");
    ASSERT_TRUE(is_step<client::Ready>(machine.next()));
}

TEST(ClientMachine, ReadsCapabilities) {
    ClientMachine machine({.tls = ClientTls::none});
    log_in_client(machine, "+OK\r\nTOP\r\nsasl plain XOAUTH2\r\nPIPELINING\r\nIMPLEMENTATION Some Server\r\n.\r\n");
    const Capabilities& got = machine.capabilities();
    EXPECT_TRUE(got.known && got.top && got.pipelining);
    EXPECT_FALSE(got.uidl || got.stls);
    EXPECT_EQ(got.sasl, (std::vector<std::string>{"PLAIN", "XOAUTH2"}));
    EXPECT_EQ(got.implementation, "Some Server");
}

TEST(ClientMachine, CapabilitiesInClearAreForgottenUnderTls) {
    ClientMachine machine({.tls = ClientTls::stls});
    machine.feed("+OK\r\n");
    machine.next();
    machine.feed("+OK\r\nSTLS\r\nUSER\r\nSASL EVIL\r\n.\r\n");
    machine.next();
    machine.feed("+OK\r\n");
    ASSERT_TRUE(is_step<client::StartTls>(machine.next()));
    EXPECT_EQ(take(machine.output()), "CAPA\r\nSTLS\r\n");
    machine.tls_started();
    EXPECT_TRUE(machine.capabilities().sasl.empty());
    EXPECT_EQ(take(machine.output()), "CAPA\r\n");
    EXPECT_TRUE(machine.tls());
}

TEST(ClientMachine, BytesBetweenAnswerAndHandshakeAreAnAttack) {
    ClientMachine machine({.tls = ClientTls::stls});
    machine.feed("+OK\r\n");
    machine.next();
    machine.feed("+OK\r\nSTLS\r\n.\r\n");
    machine.next();
    machine.feed("+OK\r\n");
    ASSERT_TRUE(is_step<client::StartTls>(machine.next()));
    machine.feed("+OK injected\r\n");
    machine.tls_started();
    const ClientStep step = machine.next();
    ASSERT_TRUE(is_step<client::Failed>(step));
    EXPECT_EQ(std::get<client::Failed>(step).error.kind, ErrorKind::protocol);
    EXPECT_EQ(machine.output(), "");
}

TEST(ClientMachine, MessageTextComesInPiecesOfWhatWasFed) {
    ClientMachine machine({.tls = ClientTls::none});
    log_in_client(machine);
    machine.retr(1);
    EXPECT_TRUE(is_step<client::NeedInput>(machine.next()));
    machine.feed("+OK\r\n");
    EXPECT_TRUE(is_step<client::NeedInput>(machine.next()));
    std::string all;
    const std::string piece(5000, 'x');
    for (int i = 0; i < 100; ++i) {
        machine.feed(piece);
        ASSERT_TRUE(is_step<client::MessageText>(machine.next()));
        EXPECT_LE(machine.text().size(), piece.size());
        all += take(machine.text());
        ASSERT_TRUE(is_step<client::NeedInput>(machine.next()));
    }
    machine.feed("\r\n.\r\n");
    ASSERT_TRUE(is_step<client::MessageText>(machine.next()));
    all += take(machine.text());
    const ClientStep end = machine.next();
    ASSERT_TRUE(is_step<client::MessageEnd>(end));
    EXPECT_EQ(all.size(), 500'002U);
    EXPECT_TRUE(is_step<client::Ready>(machine.next()));
}

TEST(ClientMachine, CredentialsCannotBreakTheLine) {
    ClientMachine machine({.tls = ClientTls::none});
    machine.feed("+OK\r\n");
    machine.next();
    machine.feed("-ERR\r\n");
    ASSERT_TRUE(is_step<client::LogIn>(machine.next()));
    machine.output().clear();
    EXPECT_FALSE(machine.login("bob\r\nDELE 1", "pw"));
    EXPECT_FALSE(machine.login("bob", "pw\n"));
    EXPECT_FALSE(machine.login("bob", "p\0w"s));
    EXPECT_FALSE(machine.login("", "pw"));
    EXPECT_FALSE(machine.login_sasl("PLAIN x", ""));
    EXPECT_EQ(machine.output(), "");
    EXPECT_TRUE(machine.login("bob", "p w"));
}

TEST(ClientMachine, EmptyInitialResponseIsAnEqualsSign) {
    ClientMachine machine({.tls = ClientTls::none});
    machine.feed("+OK\r\n");
    machine.next();
    machine.feed("-ERR\r\n");
    machine.next();
    machine.output().clear();
    EXPECT_TRUE(machine.login_sasl("EXTERNAL", ""));
    EXPECT_EQ(machine.output(), "AUTH EXTERNAL =\r\n");
}

TEST(ClientMachine, RequestsOutOfTurnAreABrokenInvariant) {
    ClientMachine machine({.tls = ClientTls::none});
    EXPECT_THROW(machine.retr(1), std::logic_error);
    EXPECT_THROW(machine.quit(), std::logic_error);
    EXPECT_THROW(static_cast<void>(machine.login("bob", "pw")), std::logic_error);
    EXPECT_THROW(machine.tls_started(), std::logic_error);
    EXPECT_THROW(machine.sasl_response(""), std::logic_error);
}

TEST(ClientMachine, FailureStays) {
    ClientMachine machine({.tls = ClientTls::none});
    machine.feed("* OK IMAP4rev1\r\n+OK\r\n");
    EXPECT_TRUE(is_step<client::Failed>(machine.next()));
    EXPECT_TRUE(is_step<client::Failed>(machine.next()));
    machine.feed("+OK\r\n");
    machine.retr(1);
    EXPECT_TRUE(is_step<client::Failed>(machine.next()));
    EXPECT_EQ(machine.output(), "");
}

}  // namespace
}  // namespace restante::pop3
