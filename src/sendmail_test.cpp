#include "sendmail.hpp"

#include <gtest/gtest.h>

namespace restante::sendmail {
namespace {

constexpr const char* kOwn = "bob@host.example";

Mail prepared(const std::vector<std::string>& words, const std::string& text) {
    const auto arguments = parse_arguments(words);
    EXPECT_TRUE(arguments);
    auto mail = prepare(*arguments, text, kOwn);
    EXPECT_TRUE(mail) << mail.error().detail;
    return mail ? std::move(*mail) : Mail{};
}
std::vector<std::string> recipients(const Mail& mail) {
    std::vector<std::string> out;
    for (const auto& one : mail.envelope.recipients) out.push_back(one.address.to_string());
    return out;
}
using Texts = std::vector<std::string>;

TEST(Sendmail, TakesTheOptionsOfScripts) {  // S5.32
    const auto a =
        parse_arguments({"-t", "-oi", "-f", "x@y.example", "-FBob Builder", "-B8BITMIME", "-v", "-N", "never"});
    ASSERT_TRUE(a) << a.error().detail;
    EXPECT_TRUE(a->recipients_of_header && a->dots_are_text && !a->talk_smtp);
    EXPECT_EQ(a->sender, "x@y.example");
    EXPECT_EQ(a->full_name, "Bob Builder");
    EXPECT_TRUE(parse_arguments({"-ti"})->dots_are_text);
    EXPECT_TRUE(parse_arguments({"-bs"})->talk_smtp);
    EXPECT_EQ(parse_arguments({"-i", "--", "-x@y.example"})->recipients, Texts{"-x@y.example"});
    for (const Texts& bad : {Texts{"-bp"}, Texts{"-Z"}, Texts{"-f"}}) EXPECT_FALSE(parse_arguments(bad)) << bad[0];
}

TEST(Sendmail, ReadsRecipientsFromTheHeaderAndHidesBcc) {
    const Mail mail = prepared(
        {"-t", "eve"},
        "To: A <a@x.example>,\n b@x.example\nBcc: c@x.example,\n\td@x.example\nFrom: me@x.example\n\nbcc: text\n");
    EXPECT_EQ(recipients(mail),
              (Texts{"eve@host.example", "a@x.example", "b@x.example", "c@x.example", "d@x.example"}));
    EXPECT_EQ(mail.text, "To: A <a@x.example>,\n b@x.example\nFrom: me@x.example\n\nbcc: text\n");
    EXPECT_EQ(mail.envelope.reverse_path->to_string(), kOwn);
}

TEST(Sendmail, EndsAtADotUnlessToldNotTo) {
    const std::string text = "From: a@b.example\n\none\n.\ntwo\n";
    EXPECT_EQ(prepared({"x"}, text).text, "From: a@b.example\n\none\n");
    EXPECT_EQ(prepared({"-i", "x"}, text).text, text);
}

TEST(Sendmail, MakesAFromWhereThereIsNone) {
    EXPECT_EQ(prepared({"-F", "Bob \"B\"", "x"}, "Subject: s\n\nhi\n").text,
              "From: \"Bob B\" <bob@host.example>\nSubject: s\n\nhi\n");
    EXPECT_EQ(prepared({"-f<>", "x"}, "hi there\n").text, "From: bob@host.example\n\nhi there\n");
}

TEST(Sendmail, SaysWhatIsMissing) {
    EXPECT_FALSE(prepare(*parse_arguments({}), "x\n", kOwn));
    EXPECT_FALSE(prepare(*parse_arguments({"-t"}), "To: not an address\n\n", kOwn));
    EXPECT_FALSE(prepare(*parse_arguments({"-f", "a b", "x"}), "x\n", kOwn));
}

}  // namespace
}  // namespace restante::sendmail
