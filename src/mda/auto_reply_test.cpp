#include "mda/auto_reply.hpp"

#include <gtest/gtest.h>

namespace restante::mda {
namespace {

struct Case {
    const char* reason;  // null: there is a reply
    const char* fields;
    const char* sender;  // empty: the null reverse-path
};
class AutoReplyTest : public testing::TestWithParam<Case> {};

TEST_P(AutoReplyTest, AnswersPeopleOnly) {  // D5: RFC 3834 2
    const Case& one = GetParam();
    message::Envelope envelope;
    if (*one.sender != '\0') envelope.reverse_path = message::Address::parse(one.sender).value();
    const auto message = message::parse(std::string(one.fields) + "\r\n\r\nhello");
    const auto is_own = [](const message::Address& a) { return a.domain == "ours.test"; };
    const char* reason = unanswerable(envelope, message, is_own);
    EXPECT_STREQ(reason == nullptr ? "answered" : reason, one.reason == nullptr ? "answered" : one.reason);
}

INSTANTIATE_TEST_SUITE_P(
    All, AutoReplyTest,
    testing::Values(Case{nullptr, "To: Bob <bob@ours.test>", "x@y.test"},
                    Case{nullptr, "To: a@b.test\r\nCc: bob@ours.test", "x@y.test"},
                    Case{nullptr, "To: bob@ours.test\r\nAuto-Submitted: no", "x@y.test"},
                    Case{"null reverse-path", "To: bob@ours.test", ""},
                    Case{"own mail", "To: bob@ours.test", "bob@ours.test"},
                    Case{"not addressed to the account", "To: undisclosed:;", "x@y.test"},
                    Case{"auto_submitted", "To: bob@ours.test\r\nAuto-Submitted: auto-replied", "x@y.test"},
                    Case{"auto_submitted", "To: bob@ours.test\r\nAuto-Submitted: auto-generated", "x@y.test"},
                    Case{"precedence", "To: bob@ours.test\r\nPrecedence: bulk", "x@y.test"},
                    Case{"list", "To: bob@ours.test\r\nList-Id: <a.b>", "x@y.test"},
                    Case{"list", "To: bob@ours.test\r\nList-Help: <mailto:a@b.test>", "x@y.test"},
                    Case{"suppressed by its sender", "To: bob@ours.test\r\nX-Auto-Response-Suppress: DR, OOF",
                         "x@y.test"},
                    Case{"spam", "To: bob@ours.test\r\nX-Spam-Flag: YES", "x@y.test"},
                    Case{"sent by a program", "To: bob@ours.test", "owner-staff@y.test"},
                    Case{"sent by a program", "To: bob@ours.test", "staff-bounces+abc@y.test"},
                    Case{"sent by a program", "To: bob@ours.test", "No-Reply@y.test"}));

TEST(AutoReply, SaysWhatItIsAndInjectsNothing) {  // RFC 3834 3.1; attack row "header injection in notices"
    directory::Account account;
    account.default_address = "bob@ours.test";
    account.real_name = "Bob\r\nBcc: x@y.test";
    directory::AutoReply reply;
    reply.subject = "Away: {subject}";
    reply.body = "Gone until Montag, für immer.\n.\nFrom me";
    const auto message = message::parse(
        "Message-ID: <1@y.test>\r\nReferences: <0@y.test>\r\nSubject: =?utf-8?Q?Hi=0D=0ABcc:_evil=40y.test?=\r\n\r\nx");
    const auto bytes = compose_auto_reply(account, reply, {{"x", "y.test"}, message}, "m@ours.test", Timestamp{});
    ASSERT_TRUE(bytes) << bytes.error().detail;
    const auto sent = message::parse(*bytes);
    EXPECT_EQ(sent.find("Bcc"), nullptr) << *bytes;
    EXPECT_EQ(sent.subject, "Away: Hi Bcc: evil@y.test");
    EXPECT_EQ(sent.auto_mail, message::AutoMail::auto_submitted);
    EXPECT_EQ(sent.find("Auto-Submitted")->decoded(), "auto-replied");
    EXPECT_EQ(sent.in_reply_to, std::vector<std::string>{"1@y.test"});
    EXPECT_EQ(sent.references, (std::vector<std::string>{"0@y.test", "1@y.test"}));
    EXPECT_EQ(sent.to.at(0).address.to_string(), "x@y.test");
    EXPECT_NE(sent.text.find("für immer"), std::string::npos);
    reply.subject.clear();
    EXPECT_EQ(
        message::parse(*compose_auto_reply(account, reply, {{"x", "y.test"}, message}, "m@ours.test", Timestamp{}))
            .subject,
        "Auto: Hi Bcc: evil@y.test");
}

}  // namespace
}  // namespace restante::mda
