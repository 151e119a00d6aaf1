// D1, D2, D3 together: what is said about a message, and what is done about it.
#include "mailauth/verification.hpp"

#include <gtest/gtest.h>

#include "mailauth/authors.hpp"
#include "mailauth/check_fixture.hpp"

namespace restante::mailauth {
namespace {

using Outcome = DmarcVerdict::Result;
using Policy = DmarcRecord::Policy;

const std::string kSuffixes = "com\norg\ntest\nuk\nco.uk\n";

const char* const kVerifiedZone = R"(
example.org             TXT v=spf1 ip4:192.0.2.1 -all
_dmarc.example.org      TXT v=DMARC1; p=reject; sp=quarantine; aspf=s
bulk.example.org        TXT v=spf1 ip4:192.0.2.1 -all
_dmarc.example.co.uk    TXT v=DMARC1; p=quarantine; pct=10
_dmarc.soft.test        TXT v=DMARC1; p=none
_dmarc.two.test         TXT v=DMARC1; p=reject
_dmarc.two.test         TXT v=DMARC1; p=none
_dmarc.bad.test         TXT v=DMARC1; p=maybe
_dmarc.wish.test        TXT v=DMARC1; p=maybe; rua=mailto:a@wish.test
_dmarc.down.test        SERVFAIL
slow.test               SERVFAIL
_dmarc.slow.test        TXT v=DMARC1; p=reject
)";

/// Judges a message of these From lines, sent from 192.0.2.1 with that reverse-path.
Report judged(const std::string& from, const std::string& reverse_path, unsigned dice = 50) {
    const PublicSuffixes suffixes(kSuffixes);
    Circumstances circumstances;
    circumstances.client = *net::Address::parse_ip("192.0.2.1");
    circumstances.helo = "mx.example.org";
    if (!reverse_path.empty()) circumstances.reverse_path = message::Address::parse(reverse_path).value();
    circumstances.receiver = "ours.test";
    circumstances.dice = dice;
    Verification verification(from + "Subject: x\r\n\r\nHi\r\n", circumstances, suffixes, {});
    EXPECT_FALSE(verification.wants_body());
    verification.end_of_body();
    answer_all(verification.answers(), net::Zone(kVerifiedZone), [&] { return verification.judge(); });
    return verification.report();
}

DmarcVerdict dmarc(const std::string& from, const std::string& reverse_path, unsigned dice = 50) {
    return judged("From: " + from + "\r\n", reverse_path, dice).dmarc;
}

TEST(Dmarc, D3AlignmentIsByOrganizationUnlessStrict) {
    EXPECT_EQ(dmarc("a@example.org", "a@example.org").result, Outcome::pass);
    EXPECT_EQ(dmarc("a@example.org", "a@bulk.example.org").result, Outcome::fail);  // aspf=s
    EXPECT_EQ(dmarc("a@bulk.example.org", "a@bulk.example.org").result, Outcome::pass);
    const DmarcVerdict forged = dmarc("Boss <a@example.org>", "eve@soft.test");
    EXPECT_EQ(forged.result, Outcome::fail);
    EXPECT_EQ(forged.applied, Policy::reject);
    EXPECT_EQ(dmarc("a@new.example.org", "eve@soft.test").applied, Policy::quarantine);  // sp=
    EXPECT_EQ(dmarc("a@soft.test", "eve@example.org").applied, Policy::none);
    EXPECT_EQ(dmarc("a@other.test", "a@example.org").result, Outcome::none);
}

TEST(Dmarc, D3OrganizationsComeFromThePublicSuffixList) {
    const PublicSuffixes suffixes(kSuffixes);
    EXPECT_EQ(suffixes.organizational_domain("A.b.example.co.uk"), "example.co.uk");
    EXPECT_EQ(suffixes.organizational_domain("example.org."), "example.org");
    EXPECT_EQ(suffixes.organizational_domain("co.uk"), "co.uk");
    EXPECT_EQ(PublicSuffixes().organizational_domain("www.bbc.co.uk"), "bbc.co.uk");  // the system's list
    EXPECT_EQ(dmarc("a@x.example.co.uk", "eve@soft.test", 9).applied, Policy::quarantine);
}

TEST(Dmarc, D3PercentSparesSome) {
    EXPECT_EQ(dmarc("a@example.co.uk", "eve@soft.test", 9).applied, Policy::quarantine);
    EXPECT_EQ(dmarc("a@example.co.uk", "eve@soft.test", 10).applied, Policy::none);
}

TEST(Dmarc, D3RecordsThatDoNotCount) {
    EXPECT_EQ(dmarc("a@two.test", "").result, Outcome::none);
    EXPECT_EQ(dmarc("a@bad.test", "").result, Outcome::permerror);
    EXPECT_EQ(dmarc("a@wish.test", "").applied, Policy::none);
    EXPECT_EQ(dmarc("a@wish.test", "").result, Outcome::fail);
    EXPECT_EQ(dmarc("a@down.test", "").result, Outcome::temperror);
}

TEST(Dmarc, D3ATemporaryErrorNeverRefuses) {
    const DmarcVerdict verdict = dmarc("a@slow.test", "a@slow.test");
    EXPECT_EQ(verdict.result, Outcome::temperror);
    EXPECT_EQ(verdict.applied, Policy::none);
}

TEST(Dmarc, D3SeveralAuthorsAreNobody) {
    EXPECT_EQ(judged("From: a@example.org\r\nFrom: b@soft.test\r\n", "").dmarc.result, Outcome::permerror);
    EXPECT_EQ(dmarc("a@example.org, b@soft.test", "").result, Outcome::permerror);
    EXPECT_EQ(dmarc("a@example.org, b@example.org", "a@example.org").result, Outcome::pass);
    EXPECT_EQ(judged("", "").dmarc.result, Outcome::permerror);
    EXPECT_EQ(dmarc("\"a@example.org\" <b@soft.test>", "").domain, "soft.test");
}

TEST(Results, D3SayWhatWasFound) {
    EXPECT_EQ(results_field("ours.test", judged("From: a@example.org\r\n", "a@example.org")),
              "Authentication-Results: ours.test;\r\n\tspf=pass smtp.mailfrom=a@example.org;\r\n\tdkim=none;\r\n"
              "\tdmarc=pass header.from=example.org\r\n");
    const std::string forged =
        results_field("ours.test", judged("From: a@example.org\r\nDKIM-Signature: v=\")(;\r\n", "eve@soft.test"));
    EXPECT_NE(forged.find("spf=none"), std::string::npos) << forged;
    EXPECT_NE(forged.find("dkim=neutral reason=\""), std::string::npos) << forged;
    EXPECT_NE(forged.find("dmarc=fail header.from=example.org (p=reject)"), std::string::npos) << forged;
}

TEST(Results, D3WhatPeersChooseCannotForgeAResult) {
    Report report;
    report.spf.problem = "x\";\r\n\tdkim=pass (";
    report.spf_sender = "a;dmarc=pass@x.test";
    const std::string field = results_field("ours.test", report);
    EXPECT_NE(field.find("reason=\"x?????dkim=pass ?\""), std::string::npos) << field;
    EXPECT_EQ(field.find("dmarc=pass"), std::string::npos) << field;
}

TEST(Results, D3WhoWroteThem) {
    EXPECT_EQ(authserv_id_of(" ours.test; spf=pass"), "ours.test");
    EXPECT_EQ(authserv_id_of("\r\n (a (b) c) ours.test (x) 1 (y); none"), "ours.test");
    EXPECT_EQ(authserv_id_of(" \"ours.test\";"), "ours.test");
    EXPECT_EQ(authserv_id_of(" \"ours\\.test\" 1;"), "ours.test");
    EXPECT_EQ(authserv_id_of(" ours.test"), "ours.test");
    for (const char* bad : {"", " ", "; spf=pass", "(ours.test; spf=pass", "ours.test spf=pass", "ours.test 2; x",
                            "\"ours.test", "ours.test/1; spf=pass"})
        EXPECT_EQ(authserv_id_of(bad), "") << bad;
}

TEST(Results, D3ForgedOnesAreFound) {
    const HeaderFields header(crlf(R"(
Authentication-Results: ours.test; spf=pass
authentication-results: (hidden) OURS.test; dkim=pass
Authentication-Results: mx.other.test; dkim=pass
Authentication-Results: "ours.test"; dkim=pass
Authentication-Results: ours.test dkim=pass
Authentication-Results:
 ours.test; spf=pass
X-Authentication-Results: ours.test; spf=pass

Authentication-Results: ours.test; in the body
)"));
    EXPECT_EQ(forged_results(header, "ours.test").size(), 5U);
}

TEST(Verification, QuestionsAreBounded) {
    Answers answers(3);
    for (int i = 0; i < 10; ++i) answers.ask(net::DnsQuestion::Type::a, "h" + std::to_string(i) + ".test");
    EXPECT_EQ(answers.take_missing().size(), 3U);
    EXPECT_EQ(answers.ask(net::DnsQuestion::Type::a, "h9.test")->status, net::DnsAnswer::Status::servfail);
}

}  // namespace
}  // namespace restante::mailauth
