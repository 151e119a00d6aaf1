// D1: DKIM.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "base/text.hpp"
#include "mailauth/check_fixture.hpp"
#include "mailauth/dkim_sign.hpp"
#include "mailauth/tag_list.hpp"

namespace restante::mailauth {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 28}};

// RFC 8463 appendix A.
const char* const kExample = R"(
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
)";

#define RSA_KEY                                                                                                        \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91" \
    "y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
const char* const kZone = R"(
brisbane._domainkey.football.example.com TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
test._domainkey.football.example.com     TXT v=DKIM1; k=rsa; p=)" RSA_KEY "\n";

std::string with(std::string text, std::string_view old, std::string_view fresh) {
    const std::size_t at = text.find(old);
    if (at == std::string::npos) throw std::logic_error("not in the text");
    return text.replace(at, old.size(), fresh);
}

std::string results(const std::vector<DkimVerdict>& verdicts) {
    std::string out;
    for (const DkimVerdict& verdict : verdicts) out.append(out.empty() ? "" : " ").append(to_string(verdict.result));
    return out;
}

TEST(Dkim, D1TheExampleOfRfc8463PassesHoweverItIsCut) {
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 4096U}) {
        const auto verdicts = check_dkim(crlf(kExample), kZone, kNow, piece);
        ASSERT_EQ(results(verdicts), "pass pass") << verdicts[0].problem << verdicts[1].problem;
        EXPECT_EQ(verdicts[0].signature.algorithm(), "ed25519-sha256");
        EXPECT_EQ(verdicts[1].signature.algorithm(), "rsa-sha256");
        EXPECT_EQ(verdicts[1].bits, 1024);
        EXPECT_EQ(verdicts[1].signature.domain, "football.example.com");
    }
}

TEST(Dkim, D1WhatIsChangedFails) {
    EXPECT_EQ(results(check_dkim(crlf(with(kExample, "hungry", "Hungry")), kZone, kNow)), "fail fail");
    EXPECT_EQ(results(check_dkim(crlf(with(kExample, "Suzie Q", "Suzie R")), kZone, kNow)), "fail fail");
    EXPECT_EQ(results(check_dkim(crlf(with(kExample, "/gCr", "/gCs")), kZone, kNow)), "fail pass");
    // Oversigned: neither a second From nor a second Subject can be added.
    EXPECT_EQ(results(check_dkim("From: eve@example.org\r\n" + crlf(kExample), kZone, kNow)), "fail fail");
    EXPECT_EQ(results(check_dkim("Subject: x\r\n" + crlf(kExample), kZone, kNow)), "fail fail");
    // Relaxed: folds and blanks do not count.
    EXPECT_EQ(results(check_dkim(crlf(with(kExample, "Subject: Is", "subject  :\n   Is ")), kZone, kNow)), "pass pass");
    EXPECT_EQ(results(check_dkim(crlf(with(kExample, "hungry", "hun gry")), kZone, kNow)), "fail fail");
    EXPECT_EQ(results(check_dkim(crlf(with(kExample, "game.  Are", "game. \t Are")) + "\r\n \r\n", kZone, kNow)),
              "pass pass");
}

TEST(Dkim, D1KeysThatDoNotHold) {
    const auto judged = [](const char* record) {
        const std::string zone = std::string("brisbane._domainkey.football.example.com ") + record;
        return results(check_dkim(crlf(kExample), zone.c_str(), kNow));
    };
    EXPECT_EQ(judged("A 192.0.2.1"), "permerror permerror");
    EXPECT_EQ(judged("TXT v=DKIM1; p="), "permerror permerror");
    EXPECT_EQ(judged("TXT v=DKIM2; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), "permerror permerror");
    EXPECT_EQ(judged("TXT k=ed25519; p=AAAA"), "permerror permerror");
    EXPECT_EQ(judged("TXT k=rsa; p=" RSA_KEY), "permerror permerror");
    EXPECT_EQ(judged("TXT k=ed25519; h=sha1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), "permerror permerror");
    EXPECT_EQ(judged("SERVFAIL"), "temperror permerror");
    EXPECT_EQ(judged("TXT k=ed25519; t=s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), "pass permerror");
}

// RFC 8301: rsa-sha1 and short keys; RFC 6376 8.2: what l= leaves open.
TEST(Dkim, D1WeakSignaturesFail) {
    const auto sha1 = check_dkim(crlf(with(kExample, "a=rsa-sha256", "a=rsa-sha1")), kZone, kNow);
    EXPECT_EQ(results(sha1), "pass fail");
    EXPECT_EQ(sha1[1].problem, "rsa-sha1 is not accepted");
    DkimLimits strict;
    strict.least_rsa_bits = 2048;
    EXPECT_EQ(check_dkim(crlf(kExample), kZone, kNow, 1000, strict)[1].problem, "the key has 1024 bits only");
    const auto open = check_dkim(crlf(with(kExample, "v=1;", "v=1; l=1;")), kZone, kNow);
    EXPECT_EQ(results(open), "fail pass");
    EXPECT_EQ(results(check_dkim(crlf(with(kExample, "h=from : to :\n", "h=to :\n")), kZone, kNow)), "fail pass");
}

TEST(Dkim, D1NonsenseIsNeutral) {
    for (const char* field :
         {"DKIM-Signature: \r\n", "DKIM-Signature: v=1\r\n", "DKIM-Signature: v=1; v=1\r\n",
          "DKIM-Signature: v=1; a=rsa-sha256; d=a b; s=x; h=from; bh=AA==; b=AA==\r\n",
          "DKIM-Signature: v=1; a=rsa-sha256; d=a.test; i=@b.test; s=x; h=from; bh=AA==; b=AA==\r\n",
          "DKIM-Signature: v=1; a=rsa-md5; d=a.test; s=x; h=from; bh=AA==; b=AA==\r\n"})
        EXPECT_EQ(results(check_dkim(std::string(field) + "From: a@b.test\r\n\r\nHi\r\n", "", kNow)), "neutral")
            << field;
    EXPECT_EQ(results(check_dkim("From: a@b.test\r\n\r\nHi\r\n", "", kNow)), "");
}

TEST(Dkim, SignaturesBeyondTheLimitAreNotLookedAt) {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "DKIM-Signature: v=1\r\n";
    EXPECT_EQ(check_dkim(many + crlf(kExample), kZone, kNow).size(), DkimLimits().signatures);
}

/// Signs with fresh keys of both kinds; gives the whole message and the zone that shows the keys.
std::pair<std::string, std::string> signed_message(const std::string& message, std::chrono::seconds lifetime = 0s) {
    std::string zone, fields;
    const HeaderFields header(message);
    BodyHash hash(Canon::relaxed);
    hash.feed(std::string_view(message).substr(header.body_offset()));
    const std::string digest = hash.finish();
    for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
        const PrivateKey made = PrivateKey::generate(type).value();
        const SigningKey key{"ours.test", std::string("k-") + to_string(type),
                             PrivateKey::from_pem(made.pem()).value()};
        zone += key_record_name(key.selector, key.domain) + " TXT " + write_key_record(key.key) + "\n";
        fields += dkim_signature_field(header, digest, key, kNow, lifetime);
    }
    return {fields + message, zone};
}

TEST(Dkim, D1OurSignaturesOfBothKindsPass) {
    const std::string message =
        "From: Anna <anna@ours.test>\r\nTo: b@example.org,\r\n c@example.org\r\nSubject: x\r\nSubject: y\r\n\r\nHi  "
        "\r\n\r\n";
    const auto [whole, zone] = signed_message(message);
    const auto verdicts = check_dkim(whole, zone.c_str(), kNow);
    EXPECT_EQ(results(verdicts), "pass pass") << verdicts[0].problem;
    EXPECT_EQ(verdicts[0].bits, 2048);
    for (const auto line : split(whole, '\n')) EXPECT_LE(line.size(), 79U) << line;
    for (const char* added : {"From: e@example.org\r\n", "Reply-To: e@example.org\r\n", "Subject: z\r\n",
                              "Cc: e@x.org\r\n", "Content-Type: text/html\r\n", "Date: now\r\n"})
        EXPECT_EQ(results(check_dkim(added + whole, zone.c_str(), kNow)), "fail fail") << added;
    EXPECT_EQ(results(check_dkim("Received: by x\r\nX-New: y\r\n" + whole, zone.c_str(), kNow)), "pass pass");
}

TEST(Dkim, D1SignaturesExpire) {
    const auto [whole, zone] = signed_message("From: anna@ours.test\r\n\r\nHi\r\n", 3600s);
    EXPECT_EQ(results(check_dkim(whole, zone.c_str(), kNow + 3600s)), "pass pass");
    EXPECT_EQ(results(check_dkim(whole, zone.c_str(), kNow + 3601s)), "fail fail");
    EXPECT_EQ(results(check_dkim(whole, zone.c_str(), kNow - 301s)), "fail fail");
}

TEST(Dkim, BodiesOfNothingAndWithoutLineEnds) {
    const auto digest = [](Canon canon, std::string_view body) {
        BodyHash hash(canon);
        hash.feed(body);
        return hash.finish();
    };
    EXPECT_EQ(digest(Canon::simple, ""), sha256("\r\n"));  // RFC 6376 3.4.3
    EXPECT_EQ(digest(Canon::relaxed, ""), sha256(""));     // RFC 6376 3.4.4
    EXPECT_EQ(digest(Canon::simple, "\r\n\r\n"), sha256("\r\n"));
    EXPECT_EQ(digest(Canon::relaxed, " \t\r\n\r\n"), sha256(""));
    EXPECT_EQ(digest(Canon::relaxed, " C \r\nD \t E\r\n\r\n\r\n"), sha256(" C\r\nD E\r\n"));  // RFC 6376 3.4.5
    EXPECT_EQ(digest(Canon::simple, " C \r\nD \t E\r\n\r\n\r\n"), sha256(" C \r\nD \t E\r\n"));
    EXPECT_EQ(digest(Canon::simple, "x"), sha256("x\r\n"));
    EXPECT_EQ(digest(Canon::simple, "x\ry\r"), sha256("x\ry\r\r\n"));
    EXPECT_EQ(canonical_field("SubJect \t : Y\t\r\n\tZ  ", Canon::relaxed), "subject:Y Z\r\n");
}

TEST(Dkim, D1BodiesOfAnySizeTakeConstantMemory) {
    BodyHash hash(Canon::relaxed, 10);
    const std::string line(1000, 'x');
    for (int i = 0; i < 100'000; ++i) hash.feed(line);
    hash.finish();
    EXPECT_EQ(hash.octets(), 100'000'002U);
}

TEST(TagLists, AreReadOrRefused) {
    const auto tags = TagList::parse(" a = 1 ;\r\n b=x\r\n y; c=;");
    ASSERT_TRUE(tags);
    EXPECT_EQ(tags->find("a"), "1");
    EXPECT_EQ(tags->compact("b"), "xy");
    EXPECT_EQ(tags->find("c"), "");
    EXPECT_FALSE(tags->find("d"));
    for (const char* bad : {"", "a", "a=1;;b=2", "=1", "a=1; a=2", "1=a", "a=\x01"})
        EXPECT_FALSE(TagList::parse(bad)) << bad;
    EXPECT_EQ(without_tag_value(" v=1; b = ab\r\n c ; bh=x", "b"), " v=1; b =; bh=x");
}

}  // namespace
}  // namespace restante::mailauth
