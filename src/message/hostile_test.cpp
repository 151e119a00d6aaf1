// Messages that brought down or stalled other parsers. Each must be read in bounded time and memory.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "message/message.hpp"

namespace restante::message {
namespace {

std::string repeat(std::string_view s, std::size_t count) {
    std::string out;
    out.reserve(s.size() * count);
    for (std::size_t i = 0; i < count; ++i) out += s;
    return out;
}

TEST(Hostile, MultipartsNestedTenThousandDeep) {
    std::string bytes = "Subject: x\r\n";
    for (int i = 0; i < 10'000; ++i) {
        const std::string b = "b" + std::to_string(i);
        bytes += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n";
    }
    const Message m = parse(bytes + "\r\ndeep\r\n");
    EXPECT_TRUE(m.oddities.has(Oddity::too_deep));
    EXPECT_TRUE(m.oddities.has(Oddity::unclosed_multipart));
    EXPECT_EQ(m.attachments.size(), 1U);
}

TEST(Hostile, AttachedMessagesNestedTenThousandDeep) {
    const Message m = parse(repeat("Content-Type: message/rfc822\r\n\r\n", 10'000) + "\r\nend");
    EXPECT_EQ(m.attachments.size(), 1U);
}

TEST(Hostile, HundredThousandParts) {
    const Message m = parse("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + repeat("--b\r\n\r\nx\r\n", 100'000));
    EXPECT_TRUE(m.oddities.has(Oddity::too_many_parts));
    EXPECT_EQ(m.text.substr(0, 4), "x\n\nx");
}

TEST(Hostile, HugeHeaderLine) {
    const Message m = parse("Subject: " + std::string(8'000'000, 'a') + "\r\nFrom: a@x.org\r\n\r\nbody");
    EXPECT_TRUE(m.oddities.has(Oddity::field_too_long));
    EXPECT_LE(m.subject.size(), Limits{}.max_field_bytes);
    EXPECT_EQ(m.text, "body\n");
}

TEST(Hostile, HundredThousandHeaderLines) {
    const Message m = parse(repeat("X-A: b\r\n", 100'000) + "\r\nbody");
    EXPECT_TRUE(m.oddities.has(Oddity::too_many_fields));
    EXPECT_EQ(m.fields.size(), Limits{}.max_fields);
    EXPECT_EQ(m.text, "body\n");
    const Message words = parse("Subject: " + repeat("\r\n a", 1'000'000) + "\r\n\r\nbody");
    EXPECT_EQ(words.text, "body\n");
}

TEST(Hostile, GroupsNestedFiftyThousandDeep) {
    const Message m = parse("To: " + repeat("g:", 30'000) + "a@x.org;\r\n\r\nbody");
    EXPECT_TRUE(m.oddities.has(Oddity::nested_groups));
    ASSERT_EQ(m.to.size(), 1U);
    const Message inner = parse("Content-Type: message/rfc822\r\n\r\nTo: " + repeat("g:", 50'000) + "\r\n\r\nbody");
    EXPECT_EQ(inner.attachments.size(), 1U);
}

TEST(Hostile, AddressListsWithoutEnd) {
    const Message m = parse(repeat("To: a@x.org\r\n", 5'000) + "Cc: " + repeat("b@x.org,", 8'000) + "\r\n\r\nbody");
    EXPECT_EQ(m.to.size(), Limits{}.max_addresses);
    EXPECT_EQ(m.cc.size(), Limits{}.max_addresses);
    EXPECT_TRUE(m.oddities.has(Oddity::too_many_addresses));
}

TEST(Hostile, HeaderShapesInLargeNumbers) {
    for (const char* shape : {"<",
                              "@a,",
                              "=?",
                              "=?a?b?",
                              "=?utf-8?Q?x?= ",
                              "a*0=x;",
                              ";a=b",
                              "(",
                              ")",
                              "\"",
                              "\\",
                              "(\\",
                              "<@",
                              ">",
                              ",",
                              ":;",
                              "a*99999999999=",
                              "=?=?",
                              ";name*0*=utf-8''%",
                              "<<>>",
                              "\r\n ",
                              "\xC2"})
        for (const char* field :
             {"To: ", "Subject: ", "Content-Type: text/plain;", "Content-Disposition: x;", "References: ", "Date: "})
            parse(field + repeat(shape, 60'000 / std::string_view(shape).size()) + "\r\n\r\nbody");
}

TEST(Hostile, NulAndBareCarriageReturn) {
    const Message m = parse(std::string("Subject: a\0b\r\nX: x\rBcc: c\r\n\r\nn\0ul", 34));
    EXPECT_TRUE(m.oddities.has(Oddity::nul_in_header));
    EXPECT_TRUE(m.oddities.has(Oddity::bare_cr_in_header));
    EXPECT_EQ(m.subject,
              "a\xEF\xBF\xBD"
              "b");
    EXPECT_EQ(m.find("X")->decoded(), "x Bcc: c");
    EXPECT_EQ(m.find("Bcc"), nullptr);
    EXPECT_EQ(m.text, "nul\n");
}

TEST(Hostile, EncodedLineEndsStayInTheirLine) {
    const Message m = parse("Subject: =?utf-8?Q?a=0D=0ABcc:_x?=\r\nFrom: =?utf-8?Q?n=0Aame?= <a@x.org>\r\n\r\n");
    EXPECT_EQ(m.subject, "a Bcc: x");
    EXPECT_EQ(m.from.at(0).display_name, "n ame");
}

TEST(Hostile, NoHeaderAtAll) {
    EXPECT_EQ(parse("").text, "");
    EXPECT_EQ(parse("\r\nonly body").text, "only body\n");
    const Message folded = parse(" folded first line\r\nmore");
    EXPECT_TRUE(folded.oddities.has(Oddity::no_header));
    EXPECT_EQ(folded.text, " folded first line\nmore\n");
    EXPECT_EQ(parse("just text, no colon in it\nmore").text, "just text, no colon in it\nmore\n");
    EXPECT_EQ(parse("From a@x Mon Jan 1\r\nSubject: mbox\r\n\r\nbody").subject, "mbox");
}

TEST(Hostile, TwoContentTypesAndTwoFroms) {
    const Message m =
        parse("Content-Type: text/plain\r\nContent-Type: text/html\r\nFrom: a@x.org\r\nFrom: b@x.org\r\n\r\n<b>x</b>");
    EXPECT_TRUE(m.oddities.has(Oddity::several_content_type));
    EXPECT_TRUE(m.oddities.has(Oddity::several_from));
    EXPECT_EQ(m.text, "<b>x</b>\n");
    EXPECT_EQ(m.from.size(), 2U);
    EXPECT_EQ(m.oddities.names(), (std::vector<std::string>{"several_from", "several_content_type"}));
}

TEST(Hostile, PaddingInTheMiddleOfBase64) {
    EXPECT_EQ(parse("Content-Transfer-Encoding: base64\r\n\r\nYQ==\r\nYmM=\r\n!!ZGVm").text, "abcdef\n");
}

TEST(Hostile, MultipartWithoutBoundaryShowsItsBody) {
    for (const char* type :
         {"multipart/mixed", "multipart/mixed; boundary=\"\"", "multipart/mixed; boundary=nowhere"}) {
        const Message m = parse(std::string("Content-Type: ") + type + "\r\n\r\n--b\r\n\r\nhello\r\n");
        EXPECT_EQ(m.text, "--b\n\nhello\n") << type;
        EXPECT_TRUE(m.oddities.has(Oddity::no_boundary));
    }
}

TEST(Hostile, PrefixRelatedBoundaries) {
    const Message m = parse(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n"
        "--bb\r\n\r\ninner\r\n--bb--\r\n--b\r\n\r\nouter\r\n--b--\r\n");
    EXPECT_EQ(m.text, "inner\n\nouter\n");
    EXPECT_TRUE(m.oddities.empty());
}

TEST(Hostile, LargeTextIsCut) {
    Limits limits;
    limits.max_text_bytes = 1000;
    const Message m = parse("Subject: x\r\n\r\n" + std::string(5000, 'a'), limits);
    EXPECT_EQ(m.text.size(), 1001U);
    EXPECT_TRUE(m.oddities.has(Oddity::text_cut));
}

TEST(Hostile, CharsetFloods) {
    for (const char* charset : {"utf-7", "iso-2022-jp", "iso-2022-cn", "hz-gb-2312", "scsu", "utf-16", "utf-32",
                                "bocu-1", "imap-mailbox-name"}) {
        const std::string head = std::string("Content-Type: text/plain; charset=") + charset + "\r\n\r\n";
        EXPECT_TRUE(is_valid_utf8(parse(head + repeat("\x1b$B\x1b(B", 50'000)).text));
        EXPECT_TRUE(is_valid_utf8(parse(head + repeat("+AGE-~{", 50'000)).text));
        EXPECT_TRUE(is_valid_utf8(parse(head + repeat("\xff\xfe\xd8", 50'000)).text));
    }
}

}  // namespace
}  // namespace restante::message
