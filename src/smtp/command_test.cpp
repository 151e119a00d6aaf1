#include "smtp/command.hpp"

#include <gtest/gtest.h>

namespace restante::smtp {
namespace {


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

const Offered everything{true, true, true, true, true, true, true};

TEST(Mail, ReadsItsParameters) {
    const MailArgument mail = parse_mail(
        "FROM:<a@b.example> SIZE=1234 BODY=8BITMIME RET=hdrs ENVID=QQ+2B1 SMTPUTF8 REQUIRETLS", everything, {});
    EXPECT_EQ(mail.fault, ArgumentFault::none);
    EXPECT_EQ(mail.envelope.reverse_path->to_string(), "a@b.example");
    EXPECT_EQ(mail.size, 1234U);
    EXPECT_EQ(mail.envelope.body, message::Body::eight_bit_mime);
    EXPECT_EQ(mail.envelope.ret, message::Ret::hdrs);
    EXPECT_EQ(mail.envelope.envid, "QQ+1");
    EXPECT_TRUE(mail.envelope.smtputf8);
    EXPECT_TRUE(mail.envelope.require_tls);
    EXPECT_EQ(parse_mail("from: <>  body=7bit", {}, {}).fault, ArgumentFault::none);
}

TEST(Mail, NamesWhatIsWrong) {
    const auto fault = [](std::string_view argument) { return parse_mail(argument, {}, {}).fault; };
    EXPECT_EQ(fault("<a@b.example>"), ArgumentFault::syntax);
    EXPECT_EQ(fault("TO:<a@b.example>"), ArgumentFault::syntax);
    EXPECT_EQ(fault("FROM:a@b.example"), ArgumentFault::path_syntax);
    EXPECT_EQ(fault("FROM:<a@b.example>SIZE=1"), ArgumentFault::syntax);
    for (const char* bad : {"SIZE=", "SIZE", "SIZE=x", "SIZE=-1", "SIZE=99999999999999999999999", "SIZE=1 SIZE=2",
                            "BODY=BINARYMIME", "BODY", "BODY=7BIT BODY=7BIT"})
        EXPECT_EQ(fault("FROM:<a@b.example> " + std::string(bad)), ArgumentFault::bad_parameter) << bad;
    for (const char* bad :
         {"SMTPUTF8", "RET=FULL", "ENVID=1", "REQUIRETLS", "X=1", "=", "AUTH=<>", "HOLDFOR=60", "MT-PRIORITY=3"})
        EXPECT_EQ(fault("FROM:<a@b.example> " + std::string(bad)), ArgumentFault::unknown_parameter) << bad;
}

TEST(Mail, OfExtensionsTakesWhatTheirGrammarAllows) {  // row SM24
    const auto fault = [](const std::string& word) {
        return parse_mail("FROM:<a@b.example> " + word, everything, {}).fault;
    };
    EXPECT_EQ(fault("ENVID=" + std::string(100, 'x')), ArgumentFault::none);
    for (const std::string& bad :
         {std::string("RET=ALL"), std::string("RET="), std::string("RET=FULL RET=FULL"), std::string("ENVID="),
          std::string("ENVID=a+0Ab"), std::string("ENVID=a+4"), std::string("ENVID=a+zz"),
          std::string("ENVID=\xc3\xb6"), std::string("ENVID=a+C3+B6"), "ENVID=" + std::string(101, 'x'),
          std::string("SMTPUTF8=1"), std::string("SMTPUTF8 SMTPUTF8"), std::string("REQUIRETLS=yes")})
        EXPECT_EQ(fault(bad), ArgumentFault::bad_parameter) << bad;
}

TEST(Mail, AuthIsXtextOfAMailbox) {
    const auto fault = [](std::string_view value) {
        return parse_mail("FROM:<a@b.example> AUTH=" + std::string(value), everything, {}).fault;
    };
    EXPECT_EQ(fault("<>"), ArgumentFault::none);
    EXPECT_EQ(fault("e+2Bf@b.example"), ArgumentFault::none);
    for (const char* bad : {"", "e+@b.example", "nobody", "a+0Ab@b.example", "<> AUTH=<>"})
        EXPECT_EQ(fault(bad), ArgumentFault::bad_parameter) << bad;
}

TEST(Mail, BeyondAsciiOnlyWithItsParameter) {  // row SM23
    EXPECT_EQ(parse_mail("FROM:<b\xc3\xb6@b.example>", everything, {}).fault, ArgumentFault::path_utf8);
    EXPECT_EQ(parse_mail("FROM:<b\xc3\xb6@b.example> SMTPUTF8", {}, {}).fault, ArgumentFault::path_utf8);
    EXPECT_EQ(parse_mail("FROM:<b\xc3@b.example> SMTPUTF8", everything, {}).fault, ArgumentFault::path_syntax);
    const auto mail = parse_mail(
        "FROM:<b\xc3\xb6@B\xc3\xbc"
        "cher.example> SMTPUTF8",
        everything, {});
    EXPECT_EQ(mail.fault, ArgumentFault::none);
    EXPECT_EQ(mail.envelope.reverse_path->local_part, "b\xc3\xb6");
    EXPECT_EQ(mail.envelope.reverse_path->domain, "xn--bcher-kva.example");
}

TEST(Rcpt, ReadsItsParameters) {  // row SM24
    const auto rcpt = [](const std::string& argument, bool utf8 = false) {
        return parse_rcpt(argument, everything, utf8, {});
    };
    EXPECT_EQ(rcpt("TO:<a@b.example>").fault, ArgumentFault::none);
    EXPECT_EQ(rcpt("to: <a@b.example>").fault, ArgumentFault::none);
    EXPECT_EQ(rcpt("TO:<>").fault, ArgumentFault::path_syntax);
    EXPECT_EQ(rcpt("FROM:<a@b.example>").fault, ArgumentFault::syntax);
    EXPECT_EQ(parse_rcpt("TO:<a@b.example> NOTIFY=NEVER", {}, false, {}).fault, ArgumentFault::unknown_parameter);
    const auto all = rcpt("TO:<a@b.example> NOTIFY=success,DELAY ORCPT=rfc822;x+2By@c.example");
    ASSERT_EQ(all.fault, ArgumentFault::none);
    EXPECT_TRUE(all.recipient.notify.success && all.recipient.notify.delay && !all.recipient.notify.failure);
    EXPECT_EQ(all.recipient.orcpt->address, "x+y@c.example");
    EXPECT_EQ(rcpt("TO:<a@b.example> ORCPT=utf-8;b\\x{F6}@c.example").recipient.orcpt->address, "b\xc3\xb6@c.example");
    EXPECT_EQ(rcpt("TO:<a@b.example> ORCPT=utf-8;b\xc3\xb6@c.example", true).fault, ArgumentFault::none);
    for (const char* bad : {"NOTIFY=", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SUCCESS,SUCCESS", "NOTIFY=X",
                            "NOTIFY=NEVER NOTIFY=NEVER", "ORCPT=x@c.example", "ORCPT=;x", "ORCPT=rfc822;",
                            "ORCPT=rfc822;a+0Db", "ORCPT=rfc822;a=b", "ORCPT=utf-8;b\xc3\xb6", "ORCPT=utf-8;\\x{D800}",
                            "ORCPT=utf-8;\\x{0A}", "ORCPT=utf-8;\\x{41", "ORCPT=rfc822;a ORCPT=rfc822;b"})
        EXPECT_EQ(rcpt("TO:<a@b.example> " + std::string(bad)).fault, ArgumentFault::bad_parameter) << bad;
}

TEST(Bdat, ReadsACountAndLast) {  // row SM21
    EXPECT_EQ(parse_bdat("0")->size, 0U);
    EXPECT_FALSE(parse_bdat("17")->last);
    EXPECT_TRUE(parse_bdat("18446744073709551615  last")->last);
    for (const char* bad : {"", "x", "-1", "+1", "1x", "LAST", "1 LASTLY", "1 LAST 2", "18446744073709551616", "0x10"})
        EXPECT_FALSE(parse_bdat(bad)) << bad;
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
