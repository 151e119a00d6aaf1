// S5.31 over real sockets: what the spam filter adds to a message, and when it refuses one.
#include "mta/spam_check.hpp"

#include "mta/test_fixture.hpp"

namespace restante::mta {
namespace {

using Kind = smtp::ServerOptions::Kind;

// Four rules against it and no classifier: 98 percent.
const char* const kBad = "From: \"help@bank.test\" <x@evil.test>\r\nFrom: y@evil.test\r\nSubject: x\r\n\r\nhi\r\n";
const char* const kGood = "From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: Fri, 15 Jan 2027 07:59:00 +0000\r\n\r\nhi\r\n";

class SpamCheckTest : public SmtpFixture {
protected:
    SpamCheckTest() {
        const auto audit = [](db::Session&, const std::string&, const std::string&, const std::string&,
                              const std::string&) -> Result<void> { return {}; };
        filter_ = filter::SpamFilter::open({*database_, ids_, clock_, audit}, {}).value();
        check_ = std::make_unique<SpamCheck>(SpamCheck::Parts{*filter_, work_, store_, metrics_});
        spam_check_ = check_.get();
    }
    void act(const std::string& action, int refuse_at = 90) {
        filter::Options options;
        options.action = action;
        options.refuse_at = refuse_at;
        filter_->set(options);
    }
    std::string send(const Service& service, const std::string& message, const std::string& recipient = "bob@example.org") {
        BlockingClient client(port(service));
        client.reply();
        client.command("EHLO x.test");
        client.command("MAIL FROM:<a@x.test>");
        client.command("RCPT TO:<" + recipient + ">");
        client.command("DATA");
        return client.command(message + ".");
    }
    std::string delivered() {
        const auto mails = store_.maildrop(bob_);
        return mails.empty() ? "" : mails.back();
    }
    std::uint64_t said(const char* verdict) {
        return metrics_.counter("spam_filter_messages_total", "", {{"verdict", verdict}}).value();
    }

    std::unique_ptr<filter::SpamFilter> filter_;
    std::unique_ptr<SpamCheck> check_;
};

TEST_F(SpamCheckTest, IsOffAtFirst) {
    EXPECT_EQ(send(serve(options()), kBad).substr(0, 3), "250");
    EXPECT_EQ(delivered().find("X-Spam-"), std::string::npos);
    EXPECT_EQ(said("passed") + said("marked") + said("refused"), 0U);
}

TEST_F(SpamCheckTest, SaysTheScoreAndMarks) {
    act("mark");
    Service& service = serve(options());
    EXPECT_EQ(send(service, kBad).substr(0, 3), "250");
    const std::string bad = delivered();
    EXPECT_NE(bad.find("X-Spam-Flag: YES\r\nX-Spam-Score: "), std::string::npos) << bad;
    EXPECT_NE(bad.find("several_from"), std::string::npos) << bad;
    EXPECT_TRUE(bad.ends_with(kBad)) << "not an octet of it is changed";
    EXPECT_EQ(send(service, kGood).substr(0, 3), "250");
    EXPECT_NE(delivered().find("X-Spam-Score: 26\r\nReceived: "), std::string::npos) << delivered();
    EXPECT_EQ(said("marked"), 1U);
    EXPECT_EQ(said("passed"), 1U);
}

TEST_F(SpamCheckTest, LongListsOfFindingsAreFolded) {
    act("mark");
    send(serve(options()), "Reply-To: z@elsewhere.test\r\n" + std::string(kBad) + "http://192.0.2.9/\r\n");
    const std::string mail = delivered();
    EXPECT_NE(mail.find("X-Spam-Tests: several_from no_date no_message_id reply_elsewhere\r\n\tforeign_name link_to_address\r\n"),
              std::string::npos)
        << mail;
    for (std::size_t at = 0; at < mail.size(); at = mail.find("\r\n", at) + 2) {
        EXPECT_LE(mail.find("\r\n", at) - at, 78U) << mail.substr(at, 100);
        if (mail.find("\r\n", at) == std::string::npos) break;
    }
}

TEST_F(SpamCheckTest, RefusesWhereThatIsSet) {
    act("refuse");
    Service& service = serve(options());
    EXPECT_EQ(send(service, kBad).substr(0, 9), "550 5.7.1");
    EXPECT_TRUE(store_.maildrop(bob_).empty());
    EXPECT_EQ(send(service, kGood).substr(0, 3), "250");
    act("refuse", 100);
    EXPECT_EQ(send(service, kBad).substr(0, 3), "250") << "settings hold at once";
    EXPECT_EQ(said("refused"), 1U);
    EXPECT_EQ(said("marked"), 1U);
}

TEST_F(SpamCheckTest, MailForOperatorsIsMarkedAtMost) {
    act("refuse");
    ASSERT_TRUE(alias("postmaster@example.org", {"bob"}));
    EXPECT_EQ(send(serve(options()), kBad, "PostMaster@example.org").substr(0, 3), "250");
    EXPECT_NE(delivered().find("X-Spam-Flag: YES"), std::string::npos);
}

TEST_F(SpamCheckTest, NamingOperatorsTooIsNoWayIn) {
    act("refuse");
    ASSERT_TRUE(alias("postmaster@example.org", {"alice"}));
    BlockingClient client(port(serve(options())));
    client.reply();
    for (const char* line : {"EHLO x.test", "MAIL FROM:<a@x.test>", "RCPT TO:<bob@example.org>", "RCPT TO:<postmaster@example.org>", "DATA"})
        client.command(line);
    EXPECT_EQ(client.command(std::string(kBad) + ".").substr(0, 9), "550 5.7.1");
}

TEST_F(SpamCheckTest, NoForgedFieldHidesBehindManyOthers) {
    act("mark");
    Options options = SpamCheckTest::options();
    options.max_header_fields = 500;
    Service& service = serve(options);
    std::string many;
    for (int i = 0; i < 501; ++i) many += "a:\r\n";
    EXPECT_EQ(send(service, many + "X-Spam-Flag: NO\r\n" + kGood).substr(0, 9), "552 5.3.4");
    EXPECT_EQ(send(service, many.substr(0, 4 * 480) + "X-Spam-Flag: NO\r\n" + kGood).substr(0, 3), "250");
    EXPECT_EQ(delivered().find("X-Spam-Flag"), std::string::npos);
}

TEST_F(SpamCheckTest, WhatOthersSaidInOurNameIsCutOut) {
    act("mark");
    const std::string forged = "X-Spam-Flag: NO\r\nx-spam-score: 0\r\nX-Spam-Tests: none,\r\n\tat all\r\nX-Spam-Level: *\r\n";
    Service& service = serve(options());
    EXPECT_EQ(send(service, forged + kGood).substr(0, 3), "250");
    EXPECT_TRUE(delivered().ends_with(std::string("X-Spam-Level: *\r\n") + kGood)) << delivered();
    EXPECT_EQ(delivered().find("X-Spam-Flag"), std::string::npos);
    EXPECT_EQ(delivered().find("at all"), std::string::npos);
}

TEST_F(SpamCheckTest, LargeMessagesAreJudgedByTheirStartOnTheWorkPool) {
    act("mark");
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "a line of text\r\n";
    EXPECT_EQ(send(serve(options()), std::string(kBad) + text).substr(0, 3), "250");
    EXPECT_NE(delivered().find("X-Spam-Flag: YES"), std::string::npos);
    EXPECT_TRUE(delivered().ends_with(text));
}

TEST_F(SpamCheckTest, WhatLmtpBringsIsMarkedAtMost) {
    act("refuse");
    BlockingClient client(port(serve(options(Kind::lmtp))));
    client.reply();
    client.command("LHLO x.test");
    client.command("MAIL FROM:<a@x.test>");
    client.command("RCPT TO:<bob@example.org>");
    client.command("DATA");
    EXPECT_EQ(client.command(std::string(kBad) + ".").substr(0, 3), "250");
    EXPECT_NE(delivered().find("X-Spam-Flag: YES"), std::string::npos);
}

}  // namespace
}  // namespace restante::mta
