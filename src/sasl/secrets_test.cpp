// The mechanisms over a shared secret or a token, and the digests under them.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "sasl/apop.hpp"
#include "sasl/client.hpp"
#include "sasl/hash.hpp"
#include "sasl/ntlm.hpp"
#include "sasl/prep.hpp"
#include "sasl/server.hpp"

namespace restante::sasl {
namespace {
using namespace std::string_literals;

std::string secret_challenge_of(const ServerStep& step) {
    const auto* challenge = std::get_if<Challenge>(&step);
    return challenge != nullptr ? challenge->bytes : "(no challenge)";
}
bool secret_failed(const ServerStep& step) { return std::holds_alternative<Failed>(step); }

// RFC 1320 A.5
TEST(Md4, TestSuite) {
    EXPECT_EQ(to_hex(md4("")), "31d6cfe0d16ae931b73c59d7e0c089c0");
    EXPECT_EQ(to_hex(md4("a")), "bde52cb31de33e46245e05fbdbd6fb24");
    EXPECT_EQ(to_hex(md4("abc")), "a448017aaf21d8525fc10ae87aa6729d");
    EXPECT_EQ(to_hex(md4("abcdefghijklmnopqrstuvwxyz")), "d79e1c308aa5bbcdeea8ed63df412da9");
    EXPECT_EQ(to_hex(md4("12345678901234567890123456789012345678901234567890123456789012345678901234567890")),
              "e33b4ddc9c38f2199c3e7b164fcc0536");
}

// RFC 4013 3
TEST(Prepare, ExamplesOfTheRfc) {
    EXPECT_EQ(prepare("I\xC2\xADX"), "IX");
    EXPECT_EQ(prepare("user"), "user");
    EXPECT_EQ(prepare("USER"), "USER");
    EXPECT_EQ(prepare("\xC2\xAA"), "a");
    EXPECT_EQ(prepare("\xE2\x85\xA8"), "IX");
    EXPECT_EQ(prepare("\x07"), std::nullopt);
    EXPECT_EQ(prepare("\xD8\xA7\x31"), std::nullopt);
    EXPECT_EQ(prepare("\xff"), std::nullopt);
    EXPECT_EQ(prepare(std::string(100'000, '\xC3')), std::nullopt);
}

// RFC 1939 7 (row P13)
TEST(Apop, ExampleOfTheRfc) {
    EXPECT_EQ(apop_digest("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf"), "c4c9334bac560ecc979e58001b3e22fb");
}

TEST(Apop, StampsAreUniqueAndPlain) {
    const std::string one = make_apop_stamp("mail.example.org"), two = make_apop_stamp("mail.example.org");
    EXPECT_NE(one, two);
    EXPECT_TRUE(one.starts_with('<') && one.ends_with("@mail.example.org>"));
    EXPECT_EQ(one.substr(1, one.find('@') - 1).find_first_not_of("0123456789abcdef"), std::string::npos);
}

ServerStep answer_cram_md5(std::string_view answer, const std::optional<std::string>& secret) {
    ServerOptions options;
    options.nonce = "1896.697170952";
    options.host_name = "postoffice.reston.mci.net";
    const auto server = make_server("CRAM-MD5", options);
    EXPECT_EQ(secret_challenge_of(server->start(std::nullopt)), "<1896.697170952@postoffice.reston.mci.net>");
    ServerStep step = server->step(answer);
    if (std::holds_alternative<NeedSecret>(step)) step = server->secret(secret);
    return step;
}

// RFC 2195 2 (row A3)
TEST(CramMd5, ExampleOfTheRfc) {
    const auto step = answer_cram_md5("tim b913a602c7eda7a495b4e6e7334d3890", "tanstaaftanstaaf");
    EXPECT_EQ(std::get<Verified>(step).authcid, "tim");
    const auto client = *make_client("CRAM-MD5", {"tim", "tanstaaftanstaaf"});
    EXPECT_EQ(client->initial(), std::nullopt);
    EXPECT_EQ(client->respond("<1896.697170952@postoffice.reston.mci.net>"), "tim b913a602c7eda7a495b4e6e7334d3890");
    EXPECT_FALSE(client->respond("<again@x>"));
}

TEST(CramMd5, Refusals) {
    EXPECT_TRUE(secret_failed(answer_cram_md5("tim b913a602c7eda7a495b4e6e7334d3891", "tanstaaftanstaaf")));
    EXPECT_TRUE(secret_failed(answer_cram_md5("tim b913a602c7eda7a495b4e6e7334d3890", std::nullopt)));
    EXPECT_TRUE(secret_failed(answer_cram_md5("tim b913a602c7eda7a495b4e6e7334d38", "x")));
    EXPECT_TRUE(secret_failed(answer_cram_md5(" b913a602c7eda7a495b4e6e7334d3890", "x")));
    EXPECT_TRUE(secret_failed(answer_cram_md5("", "x")));
    EXPECT_TRUE(secret_failed(make_server("CRAM-MD5")->start("tim x")));
}

TEST(CramMd5, ChallengesDiffer) {
    EXPECT_NE(secret_challenge_of(make_server("CRAM-MD5")->start(std::nullopt)),
              secret_challenge_of(make_server("CRAM-MD5")->start(std::nullopt)));
}

// RFC 7628 4.1
TEST(OAuth, ExampleOfTheRfc) {
    const std::string message =
        "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
        "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01";
    const auto server = make_server("OAUTHBEARER");
    const auto asked = server->start(message);
    EXPECT_EQ(std::get<NeedToken>(asked).token, "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
    EXPECT_EQ(std::get<NeedToken>(asked).name, "user@example.com");
    const auto step = server->token_owner("user");
    EXPECT_EQ(std::get<Verified>(step).authcid, "user");
    EXPECT_EQ(std::get<Verified>(step).authzid, "user@example.com");
    ClientLogin login{"user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="};
    login.host = "server.example.com";
    login.port = 143;
    EXPECT_EQ((*make_client("OAUTHBEARER", login))->initial(), message);
}

// RFC 7628 3.2.2, 3.2.3
TEST(OAuth, ARefusedTokenIsExplainedAndThenFails) {
    for (const char* name : {"OAUTHBEARER", "XOAUTH2"}) {
        const auto client = *make_client(name, {"bob", "token"});
        const auto server = make_server(name);
        ASSERT_TRUE(std::holds_alternative<NeedToken>(server->start(*client->initial())));
        const std::string why = secret_challenge_of(server->token_owner(std::nullopt));
        EXPECT_TRUE(why.starts_with("{\"status\":")) << why;
        EXPECT_EQ(client->respond(why).error().kind, ErrorKind::unauthenticated);
        const auto last = server->step("\x01");
        EXPECT_TRUE(std::get<Failed>(last).wrong_proof);
        EXPECT_EQ(std::get<Failed>(last).name, "bob");
    }
}

TEST(OAuth, XOAuth2MeetsTheServer) {
    const auto client = *make_client("xoauth2", {"bob@example.org", "ya29.x_y~z"});
    EXPECT_EQ(client->initial(), "user=bob@example.org\x01" "auth=Bearer ya29.x_y~z\x01\x01");
    const auto step = make_server("XOAUTH2")->start(*client->initial());
    EXPECT_EQ(std::get<NeedToken>(step).name, "bob@example.org");
    EXPECT_EQ(std::get<NeedToken>(step).token, "ya29.x_y~z");
}

TEST(OAuth, MalformedMessages) {
    for (const std::string& text :
         {""s, "n,,"s, "n,,\x01\x01"s, "n,,\x01" "auth=Bearer \x01\x01"s, "n,,\x01" "auth=Basic x\x01\x01"s,
          "n,,\x01" "auth=Bearer t\x01"s, "p=x,,\x01" "auth=Bearer t\x01\x01"s, "n,x=y,\x01" "auth=Bearer t\x01\x01"s,
          "n,,x\x01" "auth=Bearer t\x01\x01"s, "n,,\x01" "auth=Bearer t t\x01\x01"s,
          "n,,\x01" "auth=Bearer a\x01" "auth=Bearer b\x01\x01"s,
          "n,,\x01" "auth=Bearer " + std::string(9000, 'a') + "\x01\x01"})
        EXPECT_TRUE(secret_failed(make_server("OAUTHBEARER")->start(text))) << escape_for_log(text);
    for (const std::string& text : {""s, "user=bob\x01\x01"s, "auth=Bearer t\x01\x01"s, "user=bob\x01" "auth=Bearer t"s})
        EXPECT_TRUE(secret_failed(make_server("XOAUTH2")->start(text))) << escape_for_log(text);
}

// MS-NLMP 4.2.4
TEST(Ntlm, ExampleOfTheSpecification) {
    const auto wide = [](std::string_view s) { return *ntlm::to_utf16(s); };
    const std::string key = ntlm::password_key("Password", wide("User"), wide("Domain"));
    EXPECT_EQ(to_hex(key), "0c868a403bfd7a93a3001ef22ef02e3f");
    std::string information, temp("\x01\x01\0\0\0\0\0\0", 8);
    ntlm::append_av_pair(information, 2, wide("Domain"));
    ntlm::append_av_pair(information, 1, wide("Server"));
    ntlm::append_av_pair(information, 0, "");
    temp += std::string(8, '\0') + std::string(8, '\xaa') + std::string(4, '\0') + information + std::string(4, '\0');
    EXPECT_EQ(to_hex(ntlm::proof(key, "\x01\x23\x45\x67\x89\xab\xcd\xef", temp)), "68cd0ab851e51c96aabc927bebef6a1c");
}

ServerStep meet_ntlm(const std::string& name, const std::string& password, const std::optional<std::string>& secret) {
    const auto client = *make_client("NTLM", {name, password});
    const auto server = make_server("NTLM");
    ServerStep step = server->start(client->initial());
    const auto answer = client->respond(secret_challenge_of(step));
    if (!answer) return Failed{"client"};
    step = server->step(*answer);
    if (std::holds_alternative<NeedSecret>(step)) step = server->secret(secret);
    return step;
}

TEST(Ntlm, ClientMeetsServer) {
    EXPECT_EQ(std::get<Verified>(meet_ntlm("bob", "secret", "secret")).authcid, "bob");
    EXPECT_EQ(std::get<Verified>(meet_ntlm("WORK\\B\xC3\xB6" "b", "s\xE2\x82\xAC", "s\xE2\x82\xAC")).authcid,
              "B\xC3\xB6" "b");
    const auto wrong = meet_ntlm("bob", "secret", "other");
    EXPECT_TRUE(std::get<Failed>(wrong).wrong_proof);
    EXPECT_EQ(std::get<Failed>(wrong).name, "bob");
    EXPECT_TRUE(secret_failed(meet_ntlm("bob", "secret", std::nullopt)));
}

/// CHALLENGE as a Windows server sends it: with the time in it.
TEST(Ntlm, ClientSealsAnExchangeThatHasATime) {
    std::string information, message("NTLMSSP\0", 8);
    ntlm::append_av_pair(information, 7, "\x01\x02\x03\x04\x05\x06\x07\x08");
    ntlm::append_av_pair(information, 0, "");
    ntlm::append_number(message, 2, 4);
    ntlm::append_number(message, 0, 8);
    ntlm::append_number(message, ntlm::unicode | ntlm::has_target_info, 4);
    message += "challeng" + std::string(8, '\0');
    for (const std::size_t value : {information.size(), information.size()}) ntlm::append_number(message, value, 2);
    ntlm::append_number(message, 48, 4);
    message += information;
    const auto client = *make_client("NTLM", {"bob", "secret"});
    const std::string first = *client->initial();
    std::string answer = *client->respond(message);
    const std::string seal = answer.substr(72, 16);
    answer.replace(72, 16, 16, '\0');
    const auto proof_and_temp = *ntlm::payload(answer, 20);
    const std::string key = ntlm::password_key("secret", *ntlm::to_utf16("bob"), "");
    EXPECT_EQ(proof_and_temp.substr(0, 16), ntlm::proof(key, "challeng", proof_and_temp.substr(16)));
    EXPECT_EQ(seal, hmac(Hash::md5, hmac(Hash::md5, key, proof_and_temp.substr(0, 16)), first + message + answer));
    EXPECT_FALSE(client->respond(message));
}

TEST(Ntlm, VersionOneIsRefusedOnBothSides) {
    std::string challenge("NTLMSSP\0", 8);
    ntlm::append_number(challenge, 2, 4);
    challenge += std::string(36, '\0');
    const auto client = *make_client("NTLM", {"bob", "secret"});
    client->initial();
    EXPECT_EQ(client->respond(challenge).error().kind, ErrorKind::unsupported);

    const auto server = make_server("NTLM");
    std::string negotiation("NTLMSSP\0", 8);
    ntlm::append_number(negotiation, 1, 4);
    ntlm::append_number(negotiation, ntlm::oem, 4);
    ASSERT_TRUE(std::holds_alternative<Challenge>(server->start(negotiation)));
    std::string answer("NTLMSSP\0", 8);
    ntlm::append_number(answer, 3, 4);
    const auto field = [&](std::size_t length, std::size_t offset) {
        ntlm::append_number(answer, length, 2);
        ntlm::append_number(answer, length, 2);
        ntlm::append_number(answer, offset, 4);
    };
    field(0, 64), field(24, 64), field(0, 88), field(3, 88), field(0, 91), field(0, 91);
    ntlm::append_number(answer, ntlm::oem, 4);
    answer += std::string(24, 'x') + "bob";
    const auto step = server->step(answer);
    ASSERT_TRUE(secret_failed(step));
    EXPECT_NE(std::get<Failed>(step).reason.find("version 2"), std::string_view::npos);
}

TEST(Ntlm, CutMessagesFail) {
    const auto client = *make_client("NTLM", {"bob", "secret"});
    const std::string first = *client->initial();
    for (std::size_t length = 0; length < 16; ++length)
        EXPECT_TRUE(secret_failed(make_server("NTLM")->start(first.substr(0, length)))) << length;
    const auto server = make_server("NTLM");
    const std::string answer = *client->respond(secret_challenge_of(server->start(first)));
    for (std::size_t length = 0; length < answer.size(); ++length) {
        const auto again = make_server("NTLM");
        again->start(first);
        const auto step = again->step(answer.substr(0, length));
        const bool asked = std::holds_alternative<NeedSecret>(step);
        EXPECT_TRUE(secret_failed(asked ? again->secret("secret") : step)) << length;
    }
}

}  // namespace
}  // namespace restante::sasl
