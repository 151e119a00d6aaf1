#include "message/header.hpp"

#include <gtest/gtest.h>

#include "message/address_list.hpp"
#include "message/content_type.hpp"

namespace restante::message {
namespace {

TEST(ScanHeader, KeepsOrderFoldsAndOffsets) {
    const std::string bytes = "B: 2\r\na : 1\r\n fold\r\nB: 3\r\n\r\nbody";
    const HeaderSection header = scan_header(bytes, {});
    ASSERT_EQ(header.fields.size(), 3U);
    EXPECT_EQ(header.fields[1].name, "a");
    EXPECT_EQ(header.fields[1].raw, " 1\r\n fold");
    EXPECT_EQ(header.fields[1].decoded(), "1 fold");
    EXPECT_EQ(header.find("b")->raw, " 2");
    EXPECT_EQ(bytes.substr(header.body_offset), "body");
    EXPECT_TRUE(header.oddities.empty());
}

TEST(ScanHeader, TakesBareLineFeeds) {
    const HeaderSection header = scan_header("A: 1\n 2\n\nbody", {});
    ASSERT_EQ(header.fields.size(), 1U);
    EXPECT_EQ(header.fields[0].decoded(), "1 2");
    EXPECT_EQ(header.body_offset, 9U);
}

TEST(ScanHeader, SkipsLinesThatAreNoFields) {
    const HeaderSection header = scan_header("A: 1\r\nno field here\r\n its fold\r\nB: 2\r\n\r\n", {});
    ASSERT_EQ(header.fields.size(), 2U);
    EXPECT_EQ(header.fields[0].decoded(), "1");
    EXPECT_TRUE(header.oddities.has(Oddity::malformed_field));
}

TEST(ScanHeader, HonoursEveryLimit) {
    Limits limits;
    limits.max_fields = 2;
    EXPECT_EQ(scan_header("A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits).fields.size(), 2U);
    limits = {};
    limits.max_field_bytes = 10;
    const HeaderSection cut = scan_header("A:123456789abc\r\n def\r\nB: 2\r\n\r\n", limits);
    EXPECT_EQ(cut.fields[0].raw, "123456789a");
    EXPECT_EQ(cut.fields[1].raw, " 2");
    limits = {};
    limits.max_header_bytes = 8;
    const HeaderSection few = scan_header("A: 1\r\nB: 2\r\nC: 3\r\n\r\nbody", limits);
    EXPECT_EQ(few.fields.size(), 2U);
    EXPECT_EQ(few.body_offset, 20U);
    EXPECT_TRUE(few.oddities.has(Oddity::too_many_fields));
}

struct WordCase {
    const char* raw;
    const char* decoded;
};
class DecodeWords : public testing::TestWithParam<WordCase> {};
TEST_P(DecodeWords, ToUtf8) { EXPECT_EQ(decode_words(GetParam().raw), GetParam().decoded); }
INSTANTIATE_TEST_SUITE_P(
    Rfc2047, DecodeWords,
    testing::Values(WordCase{"=?ISO-8859-1?Q?a?=", "a"},                          // section 8
                    WordCase{"=?ISO-8859-1?Q?a?= b", "a b"},                      //
                    WordCase{"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},      //
                    WordCase{"=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=", "ab"},  //
                    WordCase{"=?ISO-8859-1?Q?a_b?=", "a b"},                      //
                    WordCase{"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},    //
                    WordCase{"=?utf-8?Q?a=C3?= =?UTF-8?Q?=A9b?=", "aéb"},         // split character
                    WordCase{"=?utf-8?B?w6k=?= =?utf-8?Q?=C3=A9?=", "éé"},        // mixed encodings
                    WordCase{"=?ISO-2022-JP?B?GyRCJEYbKEI=?= =?ISO-2022-JP?B?GyRCJTklSBsoQg==?=", "てスト"},
                    WordCase{"=?utf-8*en?Q?tag?=", "tag"},  // RFC 2231 5
                    WordCase{"\"=?utf-8?Q?=C3=A9?=\" q", "\"é\" q"}, WordCase{"pre=?utf-8?Q?x?=post", "prexpost"},
                    WordCase{"=?utf-8?X?a?=", "=?utf-8?X?a?="}, WordCase{"=?utf-8?Q?broken", "=?utf-8?Q?broken"},
                    WordCase{"=?"
                             "?Q?a?=",
                             "=?"
                             "?Q?a?="},
                    WordCase{"caf\xC3\xA9 \xE2\x82\xAC", "café €"}, WordCase{"caf\xE9", "café"},
                    WordCase{"=?gb2312?B?xOO6ww==?=", "你好"}, WordCase{"=?utf-8?Q?a=1B[2Jb?=", "a [2Jb"},
                    WordCase{"a  \t b", "a b"},
                    WordCase{"=?us-ascii?Q?"
                             "?= x",
                             "x"}));

TEST(ParseMessageIds, ReadsListsAndBoundsThem) {
    EXPECT_EQ(parse_message_ids(" <a@x>\r\n <b@ x> junk <<c@x> <> <d", 10),
              (std::vector<std::string>{"a@x", "b@x", "c@x"}));
    std::string many;
    for (int i = 0; i < 10; ++i) many += "<" + std::to_string(i) + ">";
    EXPECT_EQ(parse_message_ids(many, 4), (std::vector<std::string>{"0", "1", "8", "9"}));
    EXPECT_EQ(parse_message_ids(many, 1), (std::vector<std::string>{"0"}));
    EXPECT_TRUE(parse_message_ids("<" + std::string(300, 'a') + ">", 4).empty());
}

std::string addresses(std::string_view raw, Oddities* oddities = nullptr) {
    Oddities ignored;
    std::string out;
    for (const Mailbox& mailbox : parse_mailboxes(raw, {}, oddities ? *oddities : ignored))
        out += (out.empty() ? "" : "|") + mailbox.display_name + "/" + mailbox.address.to_string();
    return out;
}

TEST(ParseMailboxes, ReadsTheFormsOfRfc5322) {
    EXPECT_EQ(addresses("a@x.org"), "/a@x.org");
    EXPECT_EQ(addresses("John Q. Public <jqp@x.org>, <b@x.org>"), "John Q. Public/jqp@x.org|/b@x.org");
    EXPECT_EQ(addresses(R"("Joe Q. \"J\" Public, Jr." <"a b"@x.org>)"), R"(Joe Q. "J" Public, Jr./"a b"@x.org)");
    EXPECT_EQ(addresses("A Group:Ed <ed@x.org>,joe@x.org;, z@x.org"), "Ed/ed@x.org|/joe@x.org|/z@x.org");
    EXPECT_EQ(addresses("Undisclosed recipients:;"), "");
    EXPECT_EQ(addresses("a@x.org (Ann (the) Lee)"), "Ann (the) Lee/a@x.org");
    EXPECT_EQ(addresses("Pete(a \\) nice) <pete(x)@(y)silly.org>"), "Pete/pete@silly.org");
    EXPECT_EQ(addresses("Joe <@a.org,@b.org:joe@x.org>"), "Joe/joe@x.org");
    EXPECT_EQ(addresses("a . b @ x.org"), "/a.b@x.org");
    EXPECT_EQ(addresses("a@[IPv6:2001:db8::1], <b@[IPv6:::1]>, [x"), "/a@[ipv6:2001:db8::1]|/b@[ipv6:::1]");
    EXPECT_EQ(addresses(",, a@x.org,"), "/a@x.org");
    EXPECT_EQ(addresses("=?utf-8?Q?bob=40bank.org?= <evil@x.org>"), "bob@bank.org/evil@x.org");
    EXPECT_EQ(addresses("a..b.@docomo.example"), "/\"a..b.\"@docomo.example");
}

TEST(ParseMailboxes, LeavesOutWhatIsNoAddress) {
    Oddities oddities;
    EXPECT_EQ(addresses("nobody, a b@x.org, <>, ok@x.org, <x@>, \"unclosed <a@x.org>", &oddities), "/ok@x.org");
    EXPECT_TRUE(oddities.has(Oddity::bad_address));
}

TEST(ContentType, ReadsParameters) {
    const auto type = parse_content_type(" Text/HTML; Charset=\"utf-8\"; name*1=b; name*0*=utf-8''a%C3%A9");
    EXPECT_EQ(type.value, "text/html");
    EXPECT_EQ(type.parameter("charset"), "utf-8");
    EXPECT_EQ(type.parameter("name"), "aéb");
    EXPECT_EQ(type.parameter("nothing"), "");
    for (const char* bad : {"", "text", "/", "text/", ";x=y", "a b/c", "text/<x>"})
        EXPECT_EQ(parse_content_type(bad).value, "text/plain") << bad;
    EXPECT_EQ(parse_content_disposition("Attachment; filename=\"x y.pdf\"").parameter("filename"), "x y.pdf");
    EXPECT_EQ(parse_content_disposition("").value, "attachment");
}

TEST(SafeFileName, RemovesWhatCouldHarm) {
    EXPECT_EQ(safe_file_name("../../etc/passwd"), "passwd");
    EXPECT_EQ(safe_file_name("C:\\temp\\a.txt"), "a.txt");
    EXPECT_EQ(safe_file_name("a\"b<c>.txt"), "a_b_c_.txt");
    EXPECT_EQ(safe_file_name("...hidden"), "hidden");
    EXPECT_EQ(safe_file_name("a\x1b\n\tb.txt"), "a b.txt");
    EXPECT_EQ(safe_file_name("x\xE2\x80\xAEgpj.exe"), "xgpj.exe");
    EXPECT_EQ(safe_file_name(".."), "");
    const std::string longest = safe_file_name(std::string(400, 'a') + ".tar");
    EXPECT_EQ(longest.size(), 150U);
    EXPECT_EQ(longest.substr(146), ".tar");
}

}  // namespace
}  // namespace restante::message
