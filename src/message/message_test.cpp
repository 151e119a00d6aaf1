#include "message/message.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace restante::message {
namespace {

std::string crlf(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
    return out;
}

TEST(Message, ReadsTheOrdinaryFields) {
    const Message m =
        parse(crlf("From: \"Bob, B.\" <Bob@Example.ORG>\n"
                   "To: ann@x.org, =?utf-8?Q?J=C3=BCrgen?= <j@x.org>\n"
                   "Cc: team: a@x.org, b@x.org;\n"
                   "Reply-To: <reply+abc@x.org>\n"
                   "Subject: =?iso-8859-1?Q?Caf=E9?=\n  today\n"
                   "Date: Sat, 21 Nov 2026 22:03:45 +0100\n"
                   "Message-ID: <id@x.org>\n"
                   "In-Reply-To: <a@x.org> (comment)\n"
                   "References: <r1@x.org>\n <a@x.org>\n"
                   "Delivered-To: one@x.org\nDelivered-To: two@x.org\n"
                   "\nHello\nBob\n"));
    ASSERT_EQ(m.from.size(), 1U);
    EXPECT_EQ(m.from[0].display_name, "Bob, B.");
    EXPECT_EQ(m.from[0].address.to_string(), "Bob@example.org");
    ASSERT_EQ(m.to.size(), 2U);
    EXPECT_EQ(m.to[1].display_name, "Jürgen");
    ASSERT_EQ(m.cc.size(), 2U);
    EXPECT_EQ(m.reply_to[0].address.local_part, "reply+abc");
    EXPECT_EQ(m.subject, "Café today");
    EXPECT_EQ(to_rfc3339(*m.date), "2026-11-21T21:03:45.000000Z");
    EXPECT_EQ(m.message_id, "id@x.org");
    EXPECT_EQ(m.in_reply_to, std::vector<std::string>{"a@x.org"});
    EXPECT_EQ(m.references, (std::vector<std::string>{"r1@x.org", "a@x.org"}));
    EXPECT_EQ(m.mailboxes("delivered-TO").size(), 2U);
    EXPECT_EQ(m.fields.size(), 11U);
    EXPECT_EQ(m.text, "Hello\nBob\n");
    EXPECT_TRUE(m.oddities.empty());
    EXPECT_EQ(m.auto_mail, AutoMail::no);
}

TEST(Message, PrefersPlainTextOverHtml) {
    const Message m =
        parse(crlf("Content-Type: multipart/alternative; boundary=b\n\npreamble\n--b\n"
                   "Content-Type: text/plain; charset=utf-8\n\nplain\n--b\n"
                   "Content-Type: text/html\n\n<p>html</p>\n--b--\nepilogue\n"));
    EXPECT_EQ(m.text, "plain\n");
    EXPECT_FALSE(m.text_from_html);
}

TEST(Message, TurnsHtmlIntoTextWhereThereIsNothingElse) {
    const Message m = parse(
        crlf("Content-Type: multipart/mixed; boundary=\"o\"\n\n--o\n"
             "Content-Type: multipart/alternative; boundary=o-i\n\n--o-i\n"
             "Content-Type: text/plain\n\n  \n--o-i\nContent-Type: text/html; charset=utf-8\n"
             "Content-Transfer-Encoding: quoted-printable\n\n<p>caf=C3=A9</p><div class=3D\"gmail_quote\">old</div>\n"
             "--o-i--\n--o\nContent-Type: application/pdf; name=\"../../a\\\"b.pdf\"\n"
             "Content-Transfer-Encoding: base64\n\nQUJD\n--o\nContent-Type: text/plain\n\nlist footer\n--o--\n"));
    EXPECT_TRUE(m.text_from_html);
    EXPECT_EQ(m.text, "café\n\nold\n\nlist footer\n");
    ASSERT_EQ(m.regions.size(), 1U);
    EXPECT_EQ(trim(m.text.substr(m.regions[0].begin, m.regions[0].end - m.regions[0].begin)), "old");
    ASSERT_EQ(m.attachments.size(), 1U);
    EXPECT_EQ(m.attachments[0].name, "a_b.pdf");
    EXPECT_EQ(m.attachments[0].size, 3U);
}

TEST(Message, GivesAttachmentContentBack) {
    const std::string bytes = crlf(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
        "Content-Disposition: attachment; filename*0*=utf-8''%E2%82%AC; filename*1=uro.txt\n"
        "Content-Transfer-Encoding: base64\n\nSGVs\nbG8=\n--b--\n");
    const Message m = parse(bytes);
    ASSERT_EQ(m.attachments.size(), 1U);
    EXPECT_EQ(m.attachments[0].name, "€uro.txt");
    EXPECT_EQ(attachment_content(bytes, m.attachments[0], 100), "Hello");
    EXPECT_EQ(attachment_content(bytes, m.attachments[0], 2), "He");
    EXPECT_EQ(attachment_content("short", m.attachments[0], 100), "");
}

TEST(Message, AttachedMessagesAreAttachments) {
    const Message m =
        parse(crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nmine\n--b\n"
                   "Content-Type: message/rfc822\n\nSubject: other\n\ntheirs\n--b--\n"));
    EXPECT_EQ(m.text, "mine\n");
    ASSERT_EQ(m.attachments.size(), 1U);
    EXPECT_EQ(m.attachments[0].type, "message/rfc822");
    EXPECT_EQ(m.subject, "");
}

TEST(Message, JoinsFlowedText) {
    const Message m =
        parse(crlf("Content-Type: text/plain; format=flowed\n\nA long \nline.\n> quoted \n> more\n"
                   " From stuffed\n-- \nBob\n"));
    EXPECT_EQ(m.text, "A long line.\n> quoted more\nFrom stuffed\n-- \nBob\n");
}

struct AutoCase {
    const char* header;
    AutoMail expected;
};
class AutoMailTest : public testing::TestWithParam<AutoCase> {};
TEST_P(AutoMailTest, IsJudgedByTheHeader) {
    EXPECT_EQ(parse(std::string("From: a@x.org\r\n") + GetParam().header + "\r\n\r\nhi\r\n").auto_mail,
              GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Headers, AutoMailTest,
    testing::Values(
        AutoCase{"Auto-Submitted: auto-replied", AutoMail::auto_submitted},
        AutoCase{"auto-submitted: Auto-Generated; x=y", AutoMail::auto_submitted},
        AutoCase{"Auto-Submitted: No (comment)", AutoMail::no}, AutoCase{"Precedence: bulk", AutoMail::precedence},
        AutoCase{"Precedence: first-class", AutoMail::no}, AutoCase{"X-Autoreply: yes", AutoMail::x_autoreply},
        AutoCase{"X-Auto-Response-Suppress: All", AutoMail::no},
        AutoCase{"Return-Path: <>", AutoMail::null_return_path}, AutoCase{"Return-Path: <a@x.org>", AutoMail::no},
        AutoCase{"X-Failed-Recipients: b@x.org", AutoMail::delivery_report},
        AutoCase{"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--",
                 AutoMail::delivery_report}));

TEST(Message, FlagsListMail) {
    EXPECT_TRUE(parse("List-Id: <x.y>\r\n\r\nhi").list_mail);
    EXPECT_FALSE(parse("X-List: <x.y>\r\n\r\nhi").list_mail);
}

TEST(Message, DecodesTheCharsetsOfRealMail) {
    const auto text = [](const std::string& charset, const std::string& body) {
        return parse("Content-Type: text/plain; charset=" + charset + "\r\n\r\n" + body).text;
    };
    EXPECT_EQ(text("gb2312", "\xC4\xE3\x8C\xC4"), "你屇\n");  // GBK bytes under the gb2312 label
    EXPECT_EQ(text("ks_c_5601-1987", "\xBE\xC8\xB3\xE7"), "안녕\n");
    EXPECT_EQ(text("iso-2022-jp", "\x1b$BF|K\\\x1b(B"), "日本\n");
    EXPECT_EQ(text("iso-8859-1", "\x80 \xE9"), "€ é\n");
    EXPECT_EQ(text("iso-8859-2", "\xB1"), "ą\n");
    EXPECT_EQ(text("x-nope", "\xC3\xA9"), "é\n");
    EXPECT_EQ(text("x-nope", "\xE9"), "é\n");
    EXPECT_EQ(text("utf-8", "caf\xE9 na\xEFve \xE0"), "café naïve à\n");
    EXPECT_EQ(text("us-ascii", "caf\xC3\xA9"), "café\n");
    EXPECT_EQ(parse("Subject: x\r\n\r\n\x1b$BF|K\\\x1b(B").text, "日本\n");  // undeclared
    EXPECT_TRUE(parse("Content-Type: text/plain; charset=x-nope\r\n\r\n\xE9").oddities.has(Oddity::unknown_charset));
}

}  // namespace
}  // namespace restante::message
