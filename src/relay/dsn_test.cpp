#include "relay/dsn.hpp"

#include <gmock/gmock.h>

#include "message/message.hpp"

namespace restante::relay {
namespace {
using testing::HasSubstr;
using testing::Not;

Report report_of(Notice notice) {
    Report report;
    report.notice = notice;
    report.host_name = "mx.sample.test";
    report.mail.envelope.reverse_path = message::Address::parse("anna@sample.test").value();
    report.mail.envelope.envid = "QQ314159";
    report.mail.queued_at = report.now = from_micros(1'800'000'000'000'000);
    report.until = report.now + std::chrono::hours(100);
    report.fates.push_back(
        {{message::Address::parse("bob@far.test").value(), {}, message::OriginalRecipient{"rfc822", "b@far.test"}},
         "5.1.1",
         "mx.far.test said: 550 no such user",
         "mx.far.test",
         "550 5.1.1 no such user"});
    report.original = "Subject: hello\r\nFrom: anna@sample.test\r\n";
    report.message_id = "1@mx.sample.test";
    report.boundary = "b0und";
    return report;
}

TEST(DsnTest, AFailureHasItsThreeParts) {  // SM24: RFC 3464 2.1
    const std::string text = write_report(report_of(Notice::failed));
    EXPECT_THAT(text, HasSubstr("To: <anna@sample.test>\r\n"));
    EXPECT_THAT(text, HasSubstr("Auto-Submitted: auto-replied\r\n"));
    EXPECT_THAT(text, HasSubstr("multipart/report; report-type=delivery-status;\r\n\tboundary=\"b0und\""));
    EXPECT_THAT(text, HasSubstr("--b0und\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    EXPECT_THAT(text,
                HasSubstr("--b0und\r\nContent-Type: message/delivery-status\r\n\r\nOriginal-Envelope-Id: QQ314159\r\n"
                          "Reporting-MTA: dns; mx.sample.test\r\n"));
    EXPECT_THAT(text,
                HasSubstr("\r\n\r\nOriginal-Recipient: rfc822;b@far.test\r\nFinal-Recipient: rfc822;bob@far.test\r\n"
                          "Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.far.test\r\n"
                          "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"));
    EXPECT_THAT(text, HasSubstr("--b0und\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: hello\r\n"));
    EXPECT_TRUE(text.ends_with("\r\n--b0und--\r\n"));
    Report whole = report_of(Notice::failed);
    whole.whole = true;
    EXPECT_THAT(write_report(whole), HasSubstr("Content-Type: message/rfc822\r\n"));
}

TEST(DsnTest, ADelaySaysUntilWhenItIsTried) {
    const std::string text = write_report(report_of(Notice::delayed));
    EXPECT_THAT(text, HasSubstr("Action: delayed\r\n"));
    EXPECT_THAT(text, HasSubstr("Will-Retry-Until: "));
    EXPECT_THAT(write_report(report_of(Notice::relayed)), HasSubstr("Action: relayed\r\n"));
}

TEST(DsnTest, Utf8AddressesMakeAGlobalReport) {  // SM23: RFC 6533
    Report report = report_of(Notice::failed);
    report.fates[0].recipient = {message::Address::parse("jörg@far.test").value()};
    const std::string text = write_report(report);
    EXPECT_THAT(text, HasSubstr("report-type=global-delivery-status"));
    EXPECT_THAT(text, HasSubstr("Content-Type: message/global-delivery-status\r\n"));
    EXPECT_THAT(text, HasSubstr("Final-Recipient: utf-8;jörg@far.test\r\n"));
    EXPECT_THAT(text, HasSubstr("Content-Transfer-Encoding: 8bit\r\n"));
}

TEST(DsnTest, NothingARemoteSaysStartsALineOfItsOwn) {
    Report report = report_of(Notice::failed);
    report.fates[0].reply = "550 a\r\nStatus: 2.0.0\r\n\r\nx";
    report.fates[0].reason = report.fates[0].reply;
    report.mail.envelope.envid = "a\r\nX: y";
    const std::string text = write_report(report);
    EXPECT_THAT(text, Not(HasSubstr("\r\nStatus: 2.0.0")));
    EXPECT_THAT(text, Not(HasSubstr("\r\nX: y")));
}

TEST(DsnTest, NotifyDecidesAndNobodyTellsTheNullSender) {  // SM10, SM24: RFC 3461 4.1
    const message::Envelope envelope = report_of(Notice::failed).mail.envelope;
    const message::Notify unsaid, never{.never = true}, success{.success = true}, failure{.failure = true},
        delay{.delay = true};
    EXPECT_TRUE(wanted(Notice::failed, envelope, unsaid));
    EXPECT_TRUE(wanted(Notice::delayed, envelope, unsaid));
    EXPECT_FALSE(wanted(Notice::relayed, envelope, unsaid));
    for (const Notice notice : {Notice::failed, Notice::delayed, Notice::relayed, Notice::delivered}) {
        EXPECT_FALSE(wanted(notice, envelope, never));
        EXPECT_FALSE(wanted(notice, message::Envelope{}, {.success = true, .failure = true, .delay = true}));
    }
    EXPECT_FALSE(wanted(Notice::failed, envelope, success));
    EXPECT_TRUE(wanted(Notice::failed, envelope, failure));
    EXPECT_FALSE(wanted(Notice::delayed, envelope, failure));
    EXPECT_TRUE(wanted(Notice::delayed, envelope, delay));
    EXPECT_TRUE(wanted(Notice::relayed, envelope, success));
}

TEST(DsnTest, TheHeaderEndsBeforeTheBody) {
    EXPECT_EQ(header_section("A: b\r\nC: d\r\n\r\nbody"), "A: b\r\nC: d\r\n");
    EXPECT_EQ(header_section("A: b\r\n"), "A: b\r\n");
    EXPECT_EQ(header_section("\r\nbody"), "");
}

}  // namespace
}  // namespace restante::relay
