#include "message/compose.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "message/encoding.hpp"
#include "message/message.hpp"

namespace restante::message {
namespace {

Outgoing sample() {
    Outgoing out;
    out.from = {"Ann Lee", *Address::parse("notify@x.org")};
    out.to = {{"Bob", *Address::parse("bob@y.org")}};
    out.subject = "RE: Comment on Relaunch";
    out.date = from_micros(1'795'298'625'000'000);
    out.message_id = "abc.1@x.org";
    out.text = "Hello\n";
    return out;
}

std::size_t longest_line(std::string_view bytes) {
    std::size_t longest = 0;
    for (const auto line : split(bytes, '\n')) longest = std::max(longest, line.size());
    return longest;
}

TEST(Compose, WritesEveryFieldOnce) {
    Outgoing out = sample();
    out.reply_to = {{"", *Address::parse("reply+tok@x.org")}};
    out.in_reply_to = {"a@x.org"};
    out.references = {"r@x.org", "a@x.org"};
    out.list_id = "Relaunch <42.projects.x.org>";
    EXPECT_EQ(
        *compose(out),
        "From: Ann Lee <notify@x.org>\r\nTo: Bob <bob@y.org>\r\nReply-To: reply+tok@x.org\r\n"
        "Subject: RE: Comment on Relaunch\r\nDate: Sat, 21 Nov 2026 22:03:45 +0000\r\nMessage-ID: <abc.1@x.org>\r\n"
        "In-Reply-To: <a@x.org>\r\nReferences: <r@x.org> <a@x.org>\r\nList-Id: Relaunch <42.projects.x.org>\r\n"
        "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHello\r\n");
}

TEST(Compose, ReadsBackWhatItWrote) {
    Outgoing out = sample();
    out.from.display_name = "Jürgen \"J\" Öäü, " + std::string(100, 'x');
    for (int i = 0; i < 40; ++i)
        out.to.push_back({"Pérson " + std::to_string(i), *Address::parse("p" + std::to_string(i) + "@y.org")});
    out.subject = "Ein sehr langer Betreff mit Ümläuten: " + std::string(300, 'a') +
                  " 日本語日本語日本語日本語日本語日本語日本語";
    out.text = "Grüße =20 trailing \n.dot\nFrom here\n" + std::string(2000, 'y') + "\n-- \nAnn\n";
    out.html = "<p>Grüße</p>";
    const std::string bytes = *compose(out);
    EXPECT_LE(longest_line(bytes), 79U);
    const Message m = parse(bytes);
    EXPECT_TRUE(m.oddities.empty()) << m.oddities.names().at(0);
    EXPECT_EQ(m.subject, out.subject);
    EXPECT_EQ(m.from[0], out.from);
    EXPECT_EQ(m.to, out.to);
    EXPECT_EQ(m.text, out.text);
    EXPECT_EQ(m.date, out.date);
    EXPECT_EQ(m.auto_mail, AutoMail::auto_submitted);
}

TEST(Compose, NoValueStartsAFieldOfItsOwn) {
    Outgoing out = sample();
    const std::size_t fields = parse(*compose(out)).fields.size();
    const std::string evil = "a\r\nBcc: x@y.org\r\n\r\nbody\rBcc: q\n\tz\0 =?utf-8?Q?a=0D=0AX:_y?=";
    out.subject = out.from.display_name = out.to[0].display_name = evil;
    const std::string bytes = *compose(out);
    EXPECT_EQ(parse(bytes).fields.size(), fields);
    EXPECT_EQ(parse(bytes).find("Bcc"), nullptr);
    out.list_id = evil;
    out.extra = {{"X-Extra", evil}};
    EXPECT_EQ(parse(*compose(out)).fields.size(), fields + 2);
}

TEST(Compose, RefusesWhatCannotBeSent) {
    const auto kind = [](const Outgoing& out) { return compose(out).error().kind; };
    Outgoing out = sample();
    out.to.clear();
    EXPECT_EQ(kind(out), ErrorKind::invalid);
    out = sample();
    out.to[0].address = {"a\r\nb", "x.org"};
    EXPECT_EQ(kind(out), ErrorKind::invalid);
    for (const char* id : {"", "noat", "a b@x", "a>@x", "a\r\n@x"}) {
        out = sample();
        out.references = {id};
        EXPECT_EQ(kind(out), ErrorKind::invalid) << id;
    }
    out = sample();
    out.extra = {{"Bad Name", "x"}};
    EXPECT_EQ(kind(out), ErrorKind::invalid);
}

TEST(Compose, BoundsReferences) {
    Outgoing out = sample();
    for (int i = 0; i < 50; ++i) out.references.push_back(std::to_string(i) + "@x.org");
    const Message m = parse(*compose(out));
    ASSERT_EQ(m.references.size(), 20U);
    EXPECT_EQ(m.references[0], "0@x.org");
    EXPECT_EQ(m.references[1], "31@x.org");
    EXPECT_EQ(m.references[19], "49@x.org");
}

TEST(QuotedPrintable, WritesWhatItReads) {
    for (const std::string text :
         {"", "a", "a\n", "\n\n", "a b \n", "=\n", "é\n", "\t\n", ". \n..\n", "From x\nFromx\n"}) {
        const std::string encoded = encode_quoted_printable(text);
        std::string back;
        for (const char c : decode_quoted_printable(encoded, 10'000))
            if (c != '\r') back += c;
        EXPECT_EQ(trim(back), trim(text));
        if (!text.empty() && text.back() == '\n') {
            EXPECT_EQ(back, text);
        }
    }
    const std::string exact = encode_quoted_printable(std::string(76, 'a') + "\n" + std::string(77, 'b') + "\n");
    EXPECT_EQ(exact, std::string(76, 'a') + "\r\n" + std::string(75, 'b') + "=\r\nbb\r\n");
    EXPECT_EQ(decode_quoted_printable("a=\r\nb  \r\n=ZZ=4", 100), "ab\r\n=ZZ=4");
    EXPECT_EQ(decode_quoted_printable("a=  \nb", 100), "ab");
    EXPECT_EQ(decode_quoted_printable("aaaa", 2), "aa");
}

}  // namespace
}  // namespace restante::message
