#include <gtest/gtest.h>

#include "sasl/client.hpp"
#include "sasl/server.hpp"

namespace restante::sasl {
namespace {
using namespace std::string_literals;

ServerStep plain(std::string_view message, const ServerOptions& options = {}) {
    return make_server("PLAIN", options)->start(message);
}

TEST(SaslServer, PlainTakesIdentitiesAndPassword) {
    const auto step = plain("\0bob\0se cret"s);
    const auto* got = std::get_if<Credentials>(&step);
    ASSERT_NE(got, nullptr);
    EXPECT_EQ(got->authzid, "");
    EXPECT_EQ(got->authcid, "bob");
    EXPECT_EQ(got->password, "se cret");
    const auto with_authzid = plain("alice\0bob\0pw"s);
    EXPECT_EQ(std::get<Credentials>(with_authzid).authzid, "alice");
}

TEST(SaslServer, PlainWithoutInitialResponseAsksWithAnEmptyChallenge) {
    const auto mechanism = make_server("plain");
    const auto first = mechanism->start(std::nullopt);
    ASSERT_TRUE(std::holds_alternative<Challenge>(first));
    EXPECT_EQ(std::get<Challenge>(first).bytes, "");
    EXPECT_TRUE(std::holds_alternative<Credentials>(mechanism->step("\0bob\0pw"s)));
}

// CONFORMANCE A2: exactly two NULs.
TEST(SaslServer, PlainRefusesWrongShapes) {
    for (const std::string& message : {""s, "bob"s, "\0bob"s, "\0bob\0pw\0"s, "\0bob\0p\0w"s, "\0\0pw"s, "\0bob\0"s,
                                       "\0\0"s, "\0bo\nb\0pw"s, "\0bo\x7f\0pw"s, "\0\xff\xfe\0pw"s, "a\tb\0bob\0pw"s})
        EXPECT_TRUE(std::holds_alternative<Failed>(plain(message))) << message;
}

TEST(SaslServer, LengthCapsAreInclusive) {
    const ServerOptions options{.max_identity = 4, .max_password = 6};
    EXPECT_TRUE(std::holds_alternative<Credentials>(plain("1234\0abcd\0secret"s, options)));
    EXPECT_TRUE(std::holds_alternative<Failed>(plain("12345\0abcd\0secret"s, options)));
    EXPECT_TRUE(std::holds_alternative<Failed>(plain("1234\0abcde\0secret"s, options)));
    EXPECT_TRUE(std::holds_alternative<Failed>(plain("1234\0abcd\0secret7"s, options)));
}

TEST(SaslServer, LoginAsksTwice) {
    const auto mechanism = make_server("LOGIN");
    EXPECT_EQ(std::get<Challenge>(mechanism->start(std::nullopt)).bytes, "Username:");
    EXPECT_EQ(std::get<Challenge>(mechanism->step("bob")).bytes, "Password:");
    const auto step = mechanism->step("pw");
    EXPECT_EQ(std::get<Credentials>(step).authcid, "bob");
    EXPECT_EQ(std::get<Credentials>(step).password, "pw");
}

TEST(SaslServer, LoginTakesTheNameAsInitialResponse) {
    const auto mechanism = make_server("login");
    EXPECT_EQ(std::get<Challenge>(mechanism->start("bob")).bytes, "Password:");
    EXPECT_TRUE(std::holds_alternative<Failed>(mechanism->step("p\0w"s)));
    EXPECT_TRUE(std::holds_alternative<Failed>(make_server("LOGIN")->start("")));
    EXPECT_TRUE(std::holds_alternative<Failed>(make_server("LOGIN")->start("b\0b"s)));
}

TEST(SaslServer, EveryListedMechanismCanBeMade) {
    for (const auto& info : server_mechanisms()) EXPECT_NE(make_server(info.name), nullptr) << info.name;
    EXPECT_EQ(make_server("DIGEST-MD5"), nullptr);
    EXPECT_EQ(find_server_mechanism("scram-sha-1-plus")->binds_channel, true);
    EXPECT_EQ(find_server_mechanism("GSSAPI"), nullptr);
    EXPECT_EQ(make_server(""), nullptr);
}

TEST(SaslClient, PlainMeetsTheServer) {
    auto client = make_client("plain", {"bob", "pw", "alice"});
    ASSERT_TRUE(client);
    EXPECT_EQ((*client)->name(), "PLAIN");
    const auto step = make_server("PLAIN")->start(*(*client)->initial());
    EXPECT_EQ(std::get<Credentials>(step).authzid, "alice");
    EXPECT_FALSE((*client)->respond(""));  // has said all it has to say
}

TEST(SaslClient, PlainCanWaitForTheEmptyChallenge) {
    auto client = make_client("PLAIN", {"bob", "pw", ""});
    EXPECT_EQ((*client)->respond(""), "\0bob\0pw"s);
    EXPECT_EQ((*client)->respond("").error().kind, ErrorKind::protocol);
    EXPECT_FALSE((*make_client("PLAIN", {"bob", "pw", ""}))->respond("strange"));
}

TEST(SaslClient, LoginAnswersByOrder) {
    auto client = make_client("LOGIN", {"bob", "pw", ""});
    EXPECT_EQ((*client)->initial(), std::nullopt);
    EXPECT_EQ((*client)->respond("User Name\0"s), "bob");
    EXPECT_EQ((*client)->respond(""), "pw");
    EXPECT_EQ((*client)->respond("?").error().kind, ErrorKind::protocol);
}

TEST(SaslClient, RefusesWhatAMechanismCannotCarry) {
    EXPECT_EQ(make_client("PLAIN", {"b\0b"s, "pw", ""}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(make_client("PLAIN", {"bob", "p\0w"s, ""}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(make_client("LOGIN", {"bob", "pw", "alice"}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(make_client("DIGEST-MD5", {"bob", "pw", ""}).error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace restante::sasl
