#include "sasl/scram.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/text.hpp"

namespace restante::sasl {
namespace {
using namespace std::string_literals;

struct Example {
    const char* mechanism;
    ScramHash hash;
    const char *client_nonce, *server_nonce, *salt, *proof, *signature;
};
const Example sha1{"SCRAM-SHA-1",        ScramHash::sha1,
                   "fyko+d2lbbFgONRv9qkxdawL",     "3rfcNHYJY1ZVvWVs7j",
                   "QSXCR+Q6sek8bf92",   "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                   "rmF9pqV8S7suAoZWja4dJRkFsKQ="};
const Example sha256{"SCRAM-SHA-256",            ScramHash::sha256,
                     "rOprNGfwEbeRWgbNEkqO",     "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
                     "W22ZaJ0SNY7soEsUEjb6gQ==", "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                     "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="};

std::string challenge_of(const ServerStep& step) {
    const auto* challenge = std::get_if<Challenge>(&step);
    return challenge != nullptr ? challenge->bytes : "(no challenge)";
}
bool failed(const ServerStep& step) { return std::holds_alternative<Failed>(step); }

class ScramExamples : public testing::TestWithParam<Example> {};

// RFC 5802 5, RFC 7677 3 (row A1)
TEST_P(ScramExamples, ServerSpeaksThem) {
    const Example& e = GetParam();
    ServerOptions options;
    options.nonce = e.server_nonce;
    const auto server = make_server(e.mechanism, options);
    EXPECT_EQ(challenge_of(server->start(std::nullopt)), "");
    const auto asked = server->step("n,,n=user,r="s + e.client_nonce);
    ASSERT_EQ(std::get<NeedScramKeys>(asked).name, "user");
    EXPECT_EQ(std::get<NeedScramKeys>(asked).hash, e.hash);
    const std::string nonce = "r="s + e.client_nonce + e.server_nonce;
    EXPECT_EQ(challenge_of(server->scram_keys(make_scram_keys(e.hash, "pencil", *base64_decode(e.salt), 4096))),
              nonce + ",s=" + e.salt + ",i=4096");
    EXPECT_EQ(challenge_of(server->step("c=biws," + nonce + ",p=" + e.proof)), "v="s + e.signature);
    const auto done = server->step("");
    EXPECT_EQ(std::get<Verified>(done).authcid, "user");
    EXPECT_EQ(std::get<Verified>(done).authzid, "");
}

TEST_P(ScramExamples, ClientSpeaksThem) {
    const Example& e = GetParam();
    ClientLogin login{"user", "pencil"};
    login.nonce = e.client_nonce;
    const auto client = *make_client(e.mechanism, login);
    EXPECT_EQ(client->initial(), "n,,n=user,r="s + e.client_nonce);
    const std::string nonce = "r="s + e.client_nonce + e.server_nonce;
    EXPECT_EQ(client->respond(nonce + ",s=" + e.salt + ",i=4096"), "c=biws," + nonce + ",p=" + e.proof);
    EXPECT_FALSE(client->confirm());
    EXPECT_EQ(client->respond("v="s + e.signature), "");
    EXPECT_TRUE(client->confirm());
}
INSTANTIATE_TEST_SUITE_P(Rfc, ScramExamples, testing::Values(sha1, sha256));

/// A whole exchange; what the server ends with. spoil may change what crosses the wire (0..3).
struct Meeting {
    std::string mechanism = "SCRAM-SHA-256";
    ClientLogin login{"user", "pencil"};
    ServerOptions options;
    std::string password = "pencil";
    std::uint32_t rounds = 4096;
    std::function<void(int, std::string&)> spoil = [](int, std::string&) {};
    std::optional<Error> client_error;
    bool confirmed = false;

    ServerStep run() {
        const auto server = make_server(mechanism, options);
        const auto client = *make_client(mechanism, login);
        std::string text = *client->initial();
        spoil(0, text);
        ServerStep step = server->start(text);
        for (int n = 1;; n += 2) {
            if (const auto* keys = std::get_if<NeedScramKeys>(&step))
                step = server->scram_keys(make_scram_keys(keys->hash, password, "0123456789abcdef", rounds));
            const auto* challenge = std::get_if<Challenge>(&step);
            if (challenge == nullptr) return step;
            text = challenge->bytes;
            spoil(n, text);
            auto answer = client->respond(text);
            if (!answer) return client_error = answer.error(), step;
            text = *answer;
            spoil(n + 1, text);
            step = server->step(text);
            confirmed = client->confirm().has_value();
        }
    }
};

TEST(Scram, NamesWithCommasAndEqualsSigns) {
    Meeting meeting;
    meeting.login = {"a=b,c", "p,=w", "x=y"};
    meeting.password = "p,=w";
    const auto step = meeting.run();
    EXPECT_EQ(std::get<Verified>(step).authcid, "a=b,c");
    EXPECT_EQ(std::get<Verified>(step).authzid, "x=y");
    EXPECT_TRUE(meeting.confirmed);
}

// RFC 4013 3: prepared on both sides
TEST(Scram, NamesAndPasswordsArePrepared) {
    Meeting meeting;
    meeting.login = {"\xE2\x85\xA8", "I\xC2\xADX"};
    meeting.password = "\xE2\x85\xA8";
    EXPECT_EQ(std::get<Verified>(meeting.run()).authcid, "IX");
}

TEST(Scram, WrongPasswordFailsOnTheServerAndSaysWho) {
    Meeting meeting;
    meeting.password = "other";
    const auto step = meeting.run();
    ASSERT_TRUE(failed(step));
    EXPECT_TRUE(std::get<Failed>(step).wrong_proof);
    EXPECT_EQ(std::get<Failed>(step).name, "user");
    EXPECT_FALSE(meeting.confirmed);
}

// RFC 9266, RFC 5929 4.1
TEST(Scram, PlusBindsTheChannel) {
    for (const bool exporter : {true, false}) {
        Meeting meeting;
        meeting.mechanism = "SCRAM-SHA-256-PLUS";
        (exporter ? meeting.login.binding.exporter : meeting.login.binding.server_end_point) = "the same";
        meeting.options.binding = meeting.login.binding;
        EXPECT_TRUE(std::holds_alternative<Verified>(meeting.run()));
        (exporter ? meeting.options.binding.exporter : meeting.options.binding.server_end_point) = "another";
        EXPECT_TRUE(failed(meeting.run()));
        meeting.options.binding = {};
        EXPECT_TRUE(failed(meeting.run()));
    }
}

// RFC 5802 6
TEST(Scram, DowngradeIsNoticed) {
    Meeting meeting;
    meeting.login.binding.exporter = "x";  // the client could, and says so
    EXPECT_TRUE(std::holds_alternative<Verified>(meeting.run()));
    meeting.options.offers_plus = true;
    EXPECT_TRUE(failed(meeting.run()));
    meeting.login.binding = {};  // it cannot
    EXPECT_TRUE(std::holds_alternative<Verified>(meeting.run()));
    const auto plus = make_server("SCRAM-SHA-256-PLUS", meeting.options);
    EXPECT_TRUE(failed(plus->start("n,,n=user,r=abc")));
    const auto plain = make_server("SCRAM-SHA-256", meeting.options);
    EXPECT_TRUE(failed(plain->start("p=tls-exporter,,n=user,r=abc")));
}

TEST(Scram, EveryChangedMessageFails) {
    for (int message = 0; message <= 3; ++message) {
        for (std::size_t at = 0; at < 120; at += 3) {
            Meeting meeting;
            meeting.login.nonce = "clientnonce";
            meeting.options.nonce = "servernonce";
            bool changed = false;
            meeting.spoil = [&](int number, std::string& text) {
                if (number != message || at >= text.size()) return;
                text[at] = text[at] == 'A' ? 'B' : 'A';
                changed = true;
            };
            const auto step = meeting.run();
            const bool in = std::holds_alternative<Verified>(step) && meeting.confirmed;
            EXPECT_FALSE(changed && in) << "message " << message << " octet " << at;
        }
    }
}

TEST(Scram, MalformedFirstMessages) {
    for (const std::string& text :
         {""s, "n"s, "n,"s, "n,,"s, "n,,n=,r=abc"s, "n,,n=user"s, "n,,n=user,r="s, "n,,r=abc,n=user"s, "x,,n=user,r=abc"s,
          "n,b=x,n=user,r=abc"s, "n,a=,n=user,r=abc"s, "n,,m=1,n=user,r=abc"s, "n,,n=us=er,r=abc"s, "n,,n=user,r=a bc"s,
          "n,,n=us\x01er,r=abc"s, "n,,n=user,r=abc,"s, "n,,n=user,r=abc,x"s, "p=,,n=user,r=abc"s,
          "n,,n=\xff\xfe,r=abc"s, "n,,n="s + std::string(300, 'a') + ",r=abc", "n,,n=user,r=" + std::string(300, 'a')})
        EXPECT_TRUE(failed(make_server("SCRAM-SHA-256")->start(text))) << text;
}

TEST(Scram, MalformedLastMessages) {
    ServerOptions options;
    options.nonce = "S";
    for (const std::string& text : {""s, "p=AAAA"s, "c=biws,r=abcS"s, "c=biws,r=abcS,p="s, "c=biws,r=abcS,p=!"s,
                                    "r=abcS,c=biws,p=AAAA"s, "c=biws,p=AAAA"s, "c=eSws,r=abcS,p=AAAA"s,
                                    "c=biws,r=abcX,p=AAAA"s, "c=biws,r=abcS,p=AAAA"s}) {
        const auto server = make_server("SCRAM-SHA-256", options);
        server->start("n,,n=user,r=abc");
        server->scram_keys(make_scram_keys(ScramHash::sha256, "pencil", "salt", 4096));
        EXPECT_TRUE(failed(server->step(text))) << text;
    }
}

TEST(Scram, TextAfterTheEndFails) {
    Meeting meeting;
    meeting.spoil = [](int number, std::string& text) {
        if (number == 4) text = "more";
    };
    EXPECT_TRUE(failed(meeting.run()));
}

// RFC 5802 5.1, RFC 7677 4
TEST(Scram, ClientRefusesFewAndEndlessRounds) {
    for (const char* rounds : {"4095", "1", "0", "", "x", "4294967296000", "99999999"}) {
        ClientLogin login{"user", "pencil"};
        login.nonce = "abc";
        const auto client = *make_client("SCRAM-SHA-256", login);
        client->initial();
        EXPECT_FALSE(client->respond("r=abcdef,s=c2FsdA==,i="s + rounds)) << rounds;
    }
}

TEST(Scram, ClientRefusesOddServers) {
    for (const std::string& text : {""s, "r=abc,s=c2FsdA==,i=4096"s, "r=xbcdef,s=c2FsdA==,i=4096"s, "r=abcdef,s=,i=4096"s,
                                    "r=abcdef,s=!,i=4096"s, "m=x,r=abcdef,s=c2FsdA==,i=4096"s, "s=c2FsdA==,i=4096"s}) {
        ClientLogin login{"user", "pencil"};
        login.nonce = "abc";
        const auto client = *make_client("SCRAM-SHA-256", login);
        client->initial();
        const auto answer = client->respond(text);
        ASSERT_FALSE(answer) << text;
        EXPECT_EQ(answer.error().kind, ErrorKind::protocol) << text;
    }
}

TEST(Scram, ClientWantsProofOfTheServer) {
    Meeting meeting;
    meeting.spoil = [](int number, std::string& text) {
        if (number == 3) text = "v=" + base64_encode(std::string(32, 'x'));
    };
    meeting.run();
    ASSERT_TRUE(meeting.client_error);
    EXPECT_EQ(meeting.client_error->kind, ErrorKind::unauthenticated);
    meeting.spoil = [](int number, std::string& text) {
        if (number == 3) text = "e=other-error";
    };
    meeting.run();
    EXPECT_NE(meeting.client_error->detail.find("other-error"), std::string::npos);
}

TEST(Scram, ServerIsAskedForKeysOnlyWhenItAskedForThem) {
    EXPECT_THROW(make_server("SCRAM-SHA-1")->scram_keys({}), std::logic_error);
    EXPECT_THROW(make_server("SCRAM-SHA-1")->secret(std::nullopt), std::logic_error);
    EXPECT_THROW(make_server("SCRAM-SHA-1")->token_owner(std::nullopt), std::logic_error);
}

TEST(ChooseMechanism, TheStrongestOfBoth) {
    const std::vector<std::string> all{"PLAIN",       "LOGIN",         "CRAM-MD5",           "NTLM",
                                       "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "DIGEST-MD5"};
    EXPECT_EQ(choose_mechanism(all, true, true), "SCRAM-SHA-256-PLUS");
    EXPECT_EQ(choose_mechanism(all, false, true), "SCRAM-SHA-256");
    EXPECT_EQ(choose_mechanism({"login", "cram-md5"}, true, true), "LOGIN");
    EXPECT_EQ(choose_mechanism({"LOGIN", "CRAM-MD5"}, false, false), "CRAM-MD5");
    EXPECT_EQ(choose_mechanism({"LOGIN"}, false, false), "LOGIN");
    EXPECT_EQ(choose_mechanism({"GSSAPI"}, true, true), "");
}

}  // namespace
}  // namespace restante::sasl
