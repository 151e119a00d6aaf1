// D1, D2, D3 over real sockets: what a message gets in front of it, and when it is refused.
#include <algorithm>

#include "base/text.hpp"
#include "mailauth/check_fixture.hpp"
#include "mailauth/dkim_keys.hpp"
#include "mta/authenticator.hpp"
#include "mta/dkim_publication.hpp"
#include "mta/draft_reading.hpp"
#include "mta/test_fixture.hpp"
#include "net/zone_resolver.hpp"

namespace restante::mta {
namespace {

using Kind = smtp::ServerOptions::Kind;

const char* const kZone = R"(
sender.test          TXT v=spf1 ip4:127.0.0.1 -all
_dmarc.sender.test   TXT v=DMARC1; p=reject
_dmarc.mild.test     TXT v=DMARC1; p=quarantine
slow.test            SERVFAIL
_dmarc.slow.test     TXT v=DMARC1; p=reject
)";

/// Never answers, but ends with its task.
class SilentResolver final : public net::Resolver {
public:
    net::Task<net::DnsAnswer> ask(net::DnsQuestion) override {
        co_await net::sleep_for(std::chrono::hours(1));
        co_return net::DnsAnswer{};
    }
};

class AuthenticateTest : public SmtpFixture {
protected:
    AuthenticateTest() {
        const auto audit = [](db::Session&, const std::string&, const std::string&, const std::string&,
                              const std::string&) -> Result<void> { return {}; };
        keys_ = mailauth::DkimKeys::open({*database_, ids_, clock_, audit}, std::string(32, 'k')).value();
        use(resolver_);
    }
    void use(net::Resolver& resolver) {
        made_.push_back(std::make_unique<Authenticator>(
            Authenticator::Parts{&resolver, keys_.get(), work_, group_, store_, null_log(), metrics_}));
        authenticator_ = made_.back().get();
    }
    static Options enforcing() {
        Options out = options();
        out.mailauth.dmarc = "enforce";
        return out;
    }
    /// The reply to the final dot.
    std::string send(const Service& service, const std::string& sender, const std::string& message) {
        BlockingClient client(port(service));
        client.reply();
        client.command("EHLO mx.sender.test");
        client.command("MAIL FROM:<" + sender + ">");
        client.command("RCPT TO:<bob@example.org>");
        client.command("DATA");
        return client.command(message + "\r\n.");
    }
    std::string delivered() {
        const auto mails = store_.maildrop(bob_);
        return mails.empty() ? "" : mails.back();
    }
    std::uint64_t forged() { return metrics_.counter("mailauth_forged_results_total", "").value(); }

    net::ZoneResolver resolver_{kZone};
    SilentResolver silent_;
    std::unique_ptr<mailauth::DkimKeys> keys_;
    std::vector<std::unique_ptr<Authenticator>> made_;
};

TEST_F(AuthenticateTest, D2D3ResultsStandInFrontOfTheMessage) {
    Service& service = serve(enforcing());
    EXPECT_EQ(send(service, "a@sender.test", "From: a@sender.test\r\n\r\nhi").substr(0, 3), "250");
    const std::string mail = delivered();
    const std::size_t results = mail.find(
        "Authentication-Results: mx.example.org;\r\n\tspf=pass smtp.mailfrom=a@sender.test;\r\n\tdkim=none;\r\n"
        "\tdmarc=pass header.from=sender.test\r\nReceived: ");
    EXPECT_NE(results, std::string::npos) << mail;
}

TEST_F(AuthenticateTest, D3WhatADomainForbidsIsRefusedWhereThatIsSet) {
    Service& observing = serve(options());
    EXPECT_EQ(send(observing, "eve@other.test", "From: a@sender.test\r\n\r\nhi").substr(0, 3), "250");
    EXPECT_NE(delivered().find("dmarc=fail header.from=sender.test (p=reject)"), std::string::npos) << delivered();
    Service& service = serve(enforcing());
    EXPECT_EQ(send(service, "eve@other.test", "From: a@sender.test\r\n\r\nhi").substr(0, 10), "550 5.7.26");
    EXPECT_EQ(store_.maildrop(bob_).size(), 1U);
    EXPECT_EQ(send(service, "eve@other.test", "From: a@mild.test\r\n\r\nhi").substr(0, 3), "250");
    EXPECT_NE(delivered().find("X-Quarantine: dmarc\r\n"), std::string::npos) << delivered();
}

TEST_F(AuthenticateTest, D3ForgedResultsAreCutOut) {
    Service& service = serve(options());
    const std::string forged_ones =
        "Subject: x\r\nAuthentication-Results: MX.example.org;\r\n\tdkim=pass header.d=bank.test\r\n"
        "Authentication-Results: other.test; spf=pass\r\nauthentication-results : mx.example.org; dmarc=pass\r\n";
    EXPECT_EQ(send(service, "a@sender.test", forged_ones + "From: a@sender.test\r\n\r\nhi").substr(0, 3), "250");
    const std::string mail = delivered();
    EXPECT_EQ(mail.find("bank.test"), std::string::npos) << mail;
    EXPECT_TRUE(mail.ends_with(
        "Subject: x\r\nAuthentication-Results: other.test; spf=pass\r\nFrom: a@sender.test\r\n\r\nhi\r\n"))
        << mail;
    EXPECT_EQ(forged(), 2U);
}

TEST_F(AuthenticateTest, D3ForgedResultsAreCutOutWhoeverBringsThem) {
    const std::string message = "Authentication-Results: mx.example.org; dkim=pass\r\nFrom: bob@example.org\r\n\r\nhi";
    Options unverified = options();
    unverified.mailauth.verify = false;
    EXPECT_EQ(send(serve(unverified), "a@sender.test", message).substr(0, 3), "250");
    EXPECT_EQ(delivered().find("dkim=pass"), std::string::npos) << delivered();
    Options partner = options();
    partner.relays = true;
    EXPECT_EQ(send(serve(partner), "a@sender.test", message).substr(0, 3), "250");
    EXPECT_EQ(delivered().find("dkim=pass"), std::string::npos) << delivered();
    BlockingClient lmtp(port(serve(options(Kind::lmtp))));
    lmtp.reply();
    for (const char* line : {"LHLO x.test", "MAIL FROM:<a@sender.test>", "RCPT TO:<bob@example.org>", "DATA"}) lmtp.command(line);
    EXPECT_EQ(lmtp.command(message + "\r\n.").substr(0, 3), "250");
    EXPECT_EQ(delivered().find("dkim=pass"), std::string::npos) << delivered();
    EXPECT_EQ(forged(), 3U);
}

TEST_F(AuthenticateTest, BccOfOurUsersIsTakenOut) {  // RFC 5322 3.6.3
    const std::string message = "From: bob@example.org\r\nBcc: alice@example.org,\r\n\tx@y.test\r\nSubject: s\r\n\r\nhi";
    EXPECT_EQ(send(serve(options()), "a@sender.test", message).substr(0, 3), "250");
    EXPECT_NE(delivered().find("Bcc:"), std::string::npos) << "not ours to change";
    Options partner = options();
    partner.relays = true;
    EXPECT_EQ(send(serve(partner), "a@sender.test", message).substr(0, 3), "250");
    EXPECT_TRUE(delivered().ends_with("From: bob@example.org\r\nSubject: s\r\n\r\nhi\r\n")) << delivered();
}

TEST_F(AuthenticateTest, D2DnsThatFailsLosesNoMail) {
    Service& service = serve(enforcing());
    EXPECT_EQ(send(service, "a@slow.test", "From: a@slow.test\r\n\r\nhi").substr(0, 3), "250");
    EXPECT_NE(delivered().find("spf=temperror"), std::string::npos) << delivered();
    EXPECT_NE(delivered().find("dmarc=temperror"), std::string::npos) << delivered();
}

TEST_F(AuthenticateTest, D2DnsThatNeverAnswersHoldsMailUpForItsTimeOnly) {
    use(silent_);
    Options options = enforcing();
    options.mailauth.dns_time = 50ms;
    Service& service = serve(options);
    EXPECT_EQ(send(service, "a@sender.test", "From: a@sender.test\r\n\r\nhi").substr(0, 3), "250");
    EXPECT_NE(delivered().find("spf=temperror reason=\"no answer in time\""), std::string::npos) << delivered();
    group_.cancel();  // the questions
}

TEST_F(AuthenticateTest, CanBeSwitchedOff) {
    Options options = enforcing();
    options.mailauth.verify = false;
    Service& service = serve(options);
    EXPECT_EQ(send(service, "eve@other.test", "From: a@sender.test\r\n\r\nhi").substr(0, 3), "250");
    EXPECT_EQ(delivered().find("Authentication-Results"), std::string::npos);
    EXPECT_TRUE(resolver_.asked().empty());
}

TEST_F(AuthenticateTest, LargeMessagesAreReadFromTheirDraftOnTheWorkPool) {
    Options options = enforcing();
    options.inline_draft_octets = 1000;
    Service& service = serve(options);
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "a line of a large message\r\n";
    const std::string forged_one = "Authentication-Results: mx.example.org; dkim=pass\r\n";
    EXPECT_EQ(send(service, "a@sender.test", forged_one + "From: a@sender.test\r\n\r\n" + text + "end").substr(0, 3),
              "250");
    EXPECT_NE(delivered().find("spf=pass"), std::string::npos);
    EXPECT_TRUE(delivered().ends_with("From: a@sender.test\r\n\r\n" + text + "end\r\n"));
}

TEST_F(AuthenticateTest, D1WhatUsersSubmitIsSignedWithBothKindsOfKey) {
    const auto made = keys_->add("example.org", "test").value();
    ASSERT_TRUE(keys_->activate("example.org", "test"));
    Service& service = serve(options(Kind::submission));
    BlockingClient client(tls_port(service), true);
    client.reply();
    client.command("EHLO client.example");
    using namespace std::string_literals;
    EXPECT_EQ(client.command("AUTH PLAIN " + base64_encode("\0bob\0s3cret-bob"s)).substr(0, 4), "235 ");
    client.command("MAIL FROM:<bob@example.org>");
    client.command("RCPT TO:<bob@example.org>");
    client.command("DATA");
    EXPECT_EQ(client.command("From: Bob <bob@example.org>\r\nSubject: x\r\n\r\nhi  there\r\n.").substr(0, 3), "250");
    const std::string mail = delivered();
    std::string zone;
    for (const auto& key : made) zone += key.record_name + " TXT " + key.record + "\n";
    const auto verdicts = mailauth::check_dkim(mail, zone.c_str(), clock_.now());
    ASSERT_EQ(verdicts.size(), 2U) << mail;
    for (const auto& verdict : verdicts) {
        EXPECT_EQ(verdict.result, mailauth::DkimResult::pass) << verdict.problem << mail;
        EXPECT_EQ(std::ranges::count(verdict.signature.fields, "from"), 2);  // oversigned
    }
    EXPECT_NE(mail.find("Message-ID: "), std::string::npos);  // added by us, and signed

    client.command("MAIL FROM:<>");  // nobody to sign for
    client.command("RCPT TO:<bob@example.org>");
    client.command("DATA");
    EXPECT_EQ(client.command("From: bob@example.org\r\n\r\nhi\r\n.").substr(0, 3), "250");
    EXPECT_EQ(delivered().find("DKIM-Signature"), std::string::npos) << delivered();
}

TEST_F(AuthenticateTest, D1AKeyIsActivatedOnceItsZoneShowsIt) {
    const auto made = keys_->add("example.org", "test").value();
    const DkimPublication parts{resolver_, *keys_, work_, null_log()};
    EXPECT_EQ(net::run_blocking(io_.executor(0), activate_published(parts)), 0U);
    resolver_.change(made[1].record_name + " TXT v=DKIM1; p=AAAA\n");
    EXPECT_EQ(net::run_blocking(io_.executor(0), activate_published(parts)), 0U);
    EXPECT_EQ(keys_->active("example.org"), nullptr);
    resolver_.change(made[1].record_name + " TXT " + made[1].record + "\n");
    EXPECT_EQ(net::run_blocking(io_.executor(0), activate_published(parts)), 1U);
    EXPECT_EQ(keys_->active("example.org")->size(), 1U);
}

TEST(DraftReading, CopiesWithoutTheCuts) {
    MemoryStore store;
    MemoryDraft draft(std::nullopt);
    ASSERT_TRUE(draft.append("0123456789"));
    const auto text = [&](const std::vector<Cut>& cuts) {
        auto copy = copy_without(draft, cuts, store);
        return static_cast<MemoryDraft&>(**copy).bytes_;
    };
    EXPECT_EQ(text({}), "0123456789");
    EXPECT_EQ(text({{0, 2}, {2, 3}, {9, 10}}), "345678");
    EXPECT_EQ(text({{0, 10}}), "");
    EXPECT_EQ(text({{4, 5}}), "012356789");
}

}  // namespace
}  // namespace restante::mta
