#include "smtp/command.hpp"

#include <gtest/gtest.h>

namespace restante::smtp {
namespace {

using Fault = ArgumentFault;

TEST(Command, VerbsHaveNoCase) {
    EXPECT_EQ(parse_command("EHLO a.example").verb, Verb::ehlo);
    EXPECT_EQ(parse_command("eHlO a.example").argument, "a.example");
    EXPECT_EQ(parse_command("quit").verb, Verb::quit);
    EXPECT_EQ(parse_command("QUIT  ").argument, "");
    EXPECT_EQ(parse_command("NOOP  x y ").argument, "x y");
}

TEST(Command, OnlyWholeWordsCount) {
    for (const char* line : {"", " ", " QUIT", "QUITX", "QUI", "MAIL\tFROM:<>", "MAILFROM:<>", "\xff"})
        EXPECT_EQ(parse_command(line).verb, Verb::unknown) << line;
    EXPECT_EQ(parse_command("GET / HTTP/1.1").verb, Verb::http);
    EXPECT_EQ(parse_command("BDAT 5 LAST").verb, Verb::bdat);
}

TEST(Mail, ReadsItsParameters) {
    const MailArgument mail = parse_mail("FROM:<a@b.example> SIZE=1234 BODY=8BITMIME", false, {});
    EXPECT_EQ(mail.fault, Fault::none);
    EXPECT_EQ(mail.reverse_path->to_string(), "a@b.example");
    EXPECT_EQ(mail.size, 1234U);
    EXPECT_TRUE(mail.eight_bit);
    EXPECT_EQ(parse_mail("from: <>  body=7bit", false, {}).fault, Fault::none);
}

TEST(Mail, NamesWhatIsWrong) {
    const auto fault = [](std::string_view argument) { return parse_mail(argument, false, {}).fault; };
    EXPECT_EQ(fault("<a@b.example>"), Fault::syntax);
    EXPECT_EQ(fault("TO:<a@b.example>"), Fault::syntax);
    EXPECT_EQ(fault("FROM:a@b.example"), Fault::path_syntax);
    EXPECT_EQ(fault("FROM:<a@b.example>SIZE=1"), Fault::syntax);
    for (const char* bad : {"SIZE=", "SIZE", "SIZE=x", "SIZE=-1", "SIZE=99999999999999999999999", "SIZE=1 SIZE=2",
                            "BODY=BINARYMIME", "BODY", "BODY=7BIT BODY=7BIT"})
        EXPECT_EQ(fault("FROM:<a@b.example> " + std::string(bad)), Fault::bad_parameter) << bad;
    for (const char* bad : {"SMTPUTF8", "RET=FULL", "X=1", "=", "AUTH=<>"})
        EXPECT_EQ(fault("FROM:<a@b.example> " + std::string(bad)), Fault::unknown_parameter) << bad;
}

TEST(Mail, AuthIsXtextOfAMailbox) {
    const auto fault = [](std::string_view value) {
        return parse_mail("FROM:<a@b.example> AUTH=" + std::string(value), true, {}).fault;
    };
    EXPECT_EQ(fault("<>"), Fault::none);
    EXPECT_EQ(fault("e+2Bf@b.example"), Fault::none);
    for (const char* bad : {"", "e+@b.example", "nobody", "a+0Ab@b.example", "<> AUTH=<>"})
        EXPECT_EQ(fault(bad), Fault::bad_parameter) << bad;
}

TEST(Rcpt, KnowsNoParameters) {
    EXPECT_EQ(parse_rcpt("TO:<a@b.example>", {}).fault, Fault::none);
    EXPECT_EQ(parse_rcpt("to: <a@b.example>", {}).fault, Fault::none);
    EXPECT_EQ(parse_rcpt("TO:<a@b.example> NOTIFY=NEVER", {}).fault, Fault::unknown_parameter);
    EXPECT_EQ(parse_rcpt("TO:<>", {}).fault, Fault::path_syntax);
    EXPECT_EQ(parse_rcpt("FROM:<a@b.example>", {}).fault, Fault::syntax);
}

TEST(ClientName, IsOnePrintableWord) {
    EXPECT_TRUE(valid_client_name("a_b.example"));
    EXPECT_TRUE(valid_client_name("[127.0.0.1]"));
    EXPECT_FALSE(valid_client_name("a b"));
    EXPECT_FALSE(valid_client_name("b\xc3\xb6"));
    EXPECT_FALSE(valid_client_name(std::string(256, 'a')));
}

}  // namespace
}  // namespace restante::smtp
