// Logins by mechanisms that send no password: our client against the POP3 service, over real TLS.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "sasl/apop.hpp"
#include "sasl/client.hpp"
#include "socket_connection.hpp"
#include "stack.hpp"

namespace restante::transcripts {
namespace {

class SaslLoginTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        accounts = new Accounts;
        for (const char* name : {"bob", "ann"}) accounts->add(name, "secret");
        const auto kept = accounts->directory().keep_shared_secret("bob", "secret", {});
        ASSERT_TRUE(kept) << kept.error().detail;
    }
    static void TearDownTestSuite() {
        delete accounts;
        accounts = nullptr;
    }
    SaslLoginTest() {
        options_.mechanisms.insert(options_.mechanisms.end(), {"CRAM-MD5", "NTLM"});
        options_.apop = true;
        options_.host_name = "mail.test";
    }

    /// The last line of the exchange, and whether the client believes it.
    struct Outcome {
        std::string line;
        bool believed = false;
    };
    Outcome log_in(const Stack& stack, std::string_view mechanism, const std::string& name, const std::string& password,
                   bool spoil_binding = false) {
        SocketConnection connection(stack.tls_port());
        EXPECT_TRUE(connection.start_tls());
        EXPECT_EQ(connection.line().substr(0, 3), "+OK");
        sasl::ClientLogin login{name, password};
        if (mechanism.ends_with("-PLUS")) login.binding.exporter = connection.tls_exporter();
        if (spoil_binding) login.binding.exporter[0] ^= 1;
        const auto client = *sasl::make_client(mechanism, login);
        connection.send("AUTH " + std::string(mechanism) + "\r\n");
        for (;;) {
            const std::string line = connection.line();
            if (!line.starts_with("+ ")) return {line, client->confirm().has_value()};
            const auto answer = client->respond(base64_decode(trim(line.substr(2))).value());
            connection.send((answer ? base64_encode(*answer) : "*") + "\r\n");
        }
    }

    static inline Accounts* accounts = nullptr;
    popd::Options options_;
};

constexpr const char* every_mechanism[] = {
    "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5", "NTLM"};

// Rows A1, A2, A3
TEST_F(SaslLoginTest, EveryMechanism) {
    const Stack stack(*accounts, options_);
    for (const char* mechanism : every_mechanism) {
        const auto outcome = log_in(stack, mechanism, "bob", "secret");
        EXPECT_EQ(outcome.line, "+OK 0 messages\r\n") << mechanism;
        EXPECT_TRUE(outcome.believed) << mechanism;
    }
}

// Row P4: one text for all
TEST_F(SaslLoginTest, WrongUnknownAndNotOptedInSoundTheSame) {
    options_.protocol.max_login_failures = 0;
    const Stack stack(*accounts, options_);
    const std::string refusal = "-ERR [AUTH] Wrong user name or password\r\n";
    for (const char* mechanism : every_mechanism) {
        EXPECT_EQ(log_in(stack, mechanism, "bob", "wrong").line, refusal) << mechanism;
        EXPECT_EQ(log_in(stack, mechanism, "nobody", "secret").line, refusal) << mechanism;
    }
    for (const char* mechanism : {"CRAM-MD5", "NTLM"})
        EXPECT_EQ(log_in(stack, mechanism, "ann", "secret").line, refusal) << mechanism;
}

// RFC 5802 6, RFC 9266 (rows A1, S2.15)
TEST_F(SaslLoginTest, SomebodyInBetweenIsNoticed) {
    const Stack stack(*accounts, options_);
    for (const char* mechanism : {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"})
        EXPECT_EQ(log_in(stack, mechanism, "bob", "secret", true).line.substr(0, 11), "-ERR [AUTH]") << mechanism;
}

TEST_F(SaslLoginTest, DisabledAccountsStayOut) {
    accounts->add("eve", "secret");
    ASSERT_TRUE(accounts->directory().set_enabled("eve", false, {}));
    const Stack stack(*accounts, options_);
    for (const char* mechanism : {"SCRAM-SHA-256", "PLAIN"})
        EXPECT_EQ(log_in(stack, mechanism, "eve", "secret").line.substr(0, 11), "-ERR [AUTH]") << mechanism;
}

// Row P13
TEST_F(SaslLoginTest, Apop) {
    const Stack stack(*accounts, options_);
    const auto apop = [&](const std::string& name, const std::string& secret) {
        SocketConnection connection(stack.tls_port());
        EXPECT_TRUE(connection.start_tls());
        const std::string greeting(connection.line());
        const std::string stamp(trim(greeting.substr(greeting.find('<'))));
        EXPECT_TRUE(stamp.ends_with("@mail.test>")) << greeting;
        connection.send("APOP " + name + ' ' + sasl::apop_digest(stamp, secret) + "\r\n");
        return connection.line();
    };
    EXPECT_EQ(apop("bob", "secret"), "+OK 0 messages\r\n");
    EXPECT_EQ(apop("bob", "wrong"), "-ERR [AUTH] Wrong user name or password\r\n");
    EXPECT_EQ(apop("ann", "secret"), "-ERR [AUTH] Wrong user name or password\r\n");
    EXPECT_EQ(apop("nobody", "secret"), "-ERR [AUTH] Wrong user name or password\r\n");
}

// Row P16: without an endpoint and a keytab there is neither OAuth nor GSSAPI
TEST_F(SaslLoginTest, OffersOnlyWhatCanSucceed) {
    const Stack stack(*accounts, options_);
    SocketConnection connection(stack.tls_port());
    ASSERT_TRUE(connection.start_tls());
    connection.line();
    connection.send("AUTH\r\nAUTH GSSAPI\r\nAUTH XOAUTH2\r\nQUIT\r\n");
    std::string listed = connection.line();
    for (std::string line; (line = connection.line()) != ".\r\n" && !line.empty();) listed += line;
    std::string expected = "+OK\r\n";
    for (const char* mechanism : every_mechanism) (expected += mechanism) += "\r\n";
    EXPECT_EQ(listed, expected);
    EXPECT_EQ(connection.line(), "-ERR Mechanism not offered\r\n");
    EXPECT_EQ(connection.line(), "-ERR Mechanism not offered\r\n");
}

TEST_F(SaslLoginTest, AnIntrospectionUrlThatIsNoneKeepsTheServiceFromStarting) {
    options_.login.oauth.introspection_url = "gopher://x/";
    EXPECT_THROW(Stack(*accounts, options_), std::runtime_error);
}

}  // namespace
}  // namespace restante::transcripts
