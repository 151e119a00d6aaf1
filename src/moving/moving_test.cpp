#include <gmock/gmock.h>

#include "moving/compare.hpp"
#include "moving/line_ends.hpp"
#include "moving/uid_lists.hpp"
#include "moving/uidl_format.hpp"

namespace restante::moving {
namespace {

std::string converted(std::string_view text, std::size_t piece) {
    LineEnds ends;
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece) ends.convert(text.substr(at, piece), out);
    ends.finish(out);
    return out;
}

TEST(LineEnds, MakesCrlfAndLosesNothing) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{100}}) {
        EXPECT_EQ(converted("a\nb\r\nc\rd\n\n\r\n", piece), "a\r\nb\r\nc\rd\r\n\r\n\r\n");
        EXPECT_EQ(converted("\n", piece), "\r\n");
        EXPECT_EQ(converted("no end", piece), "no end\r\n");
        EXPECT_EQ(converted("ends in CR\r", piece), "ends in CR\r\n");
        EXPECT_EQ(converted("\r\r\n\n", piece), "\r\r\n\r\n");
        EXPECT_EQ(converted(std::string("nul\0\n", 5), piece), std::string("nul\0\r\n", 6));
        EXPECT_EQ(converted("", piece), "");
    }
}

std::string made(std::string_view format, const UidlFormat::Values& values) {
    const auto parsed = UidlFormat::parse(format);
    if (!parsed) return "format: " + parsed.error().detail;
    const auto out = parsed->apply(values);
    return out ? *out : "value: " + out.error().detail;
}

// As Dovecot 2.3 expands them.
TEST(UidlFormat, MakesWhatDovecotMakes) {
    const UidlFormat::Values values{27, 1'276'528'487, "1276528487.M36P94.host", "c92f64f79f0d1ed01e6d5b314f04886c", ""};
    EXPECT_EQ(made("%08Xu%08Xv", values), "0000001b4c164767");
    EXPECT_EQ(made("%08XUu", values), "0000001B");
    EXPECT_EQ(made("%v.%u", values), "1276528487.27");
    EXPECT_EQ(made("UID%u-%v", values), "UID27-1276528487");
    EXPECT_EQ(made("%f", values), "1276528487.M36P94.host");
    EXPECT_EQ(made("%g", values), "c92f64f79f0d1ed01e6d5b314f04886c");
    EXPECT_EQ(made("%4g%%", values), "c92f%");
    EXPECT_EQ(made("%{uid}/%{uidvalidity}", values), "27/1276528487");
}

TEST(UidlFormat, SaysWhatIsWrong) {
    EXPECT_THAT(made("%m", {.uid = 1}), testing::HasSubstr("no value for %m"));
    EXPECT_THAT(made("%x", {}), testing::HasSubstr("format: the UIDL format knows"));
    EXPECT_THAT(made("%", {}), testing::HasSubstr("format: the UIDL format knows"));
    EXPECT_THAT(made("always", {}), testing::HasSubstr("every UIDL would be the same"));
    EXPECT_THAT(made("%099u", {}), testing::HasSubstr("over 70"));
    EXPECT_THAT(made("a b%u", {.uid = 1}), testing::HasSubstr("cannot be a UIDL"));
    EXPECT_THAT(made("%{", {}), testing::HasSubstr("format: "));
}

TEST(DovecotUidlist, ReadsVersionThree) {
    const auto list = parse_dovecot_uidlist(
        "3 V1276528487 N25022 G3085f01b7f11094c501100008c4a11c1\n"
        "25006 :1276528487.M364837P9451.host,S=1355,W=1394:2,\n"
        "25017 W2481 POLD-7 :1276533073.M242911P3632.host:2,F\n"
        "25018 O3 Gabc :plain\n"
        "x :broken\n25019 W1\n0 :zero\n25020\n");
    ASSERT_TRUE(list) << list.error().detail;
    EXPECT_EQ(list->uid_validity, 1'276'528'487U);
    EXPECT_EQ(list->files.at("1276528487.M364837P9451.host,S=1355,W=1394").uid, 25'006U);
    EXPECT_EQ(list->files.at("1276533073.M242911P3632.host").uidl, "OLD-7");
    EXPECT_EQ(list->files.at("plain").order, 3U);
    EXPECT_EQ(list->files.at("plain").guid, "abc");
    EXPECT_EQ(list->files.size(), 3U);
    EXPECT_EQ(list->faults, 4U);
}

TEST(DovecotUidlist, ReadsVersionOneAndRefusesOthers) {
    const auto list = parse_dovecot_uidlist("1 1173189136 221\n1 1035478339.27041_118.host:2,S\n");
    ASSERT_TRUE(list);
    EXPECT_EQ(list->uid_validity, 1'173'189'136U);
    EXPECT_EQ(list->files.at("1035478339.27041_118.host").uid, 1U);
    EXPECT_EQ(parse_dovecot_uidlist("4 V1\n").error().kind, ErrorKind::unsupported);
    EXPECT_EQ(parse_dovecot_uidlist("").error().kind, ErrorKind::unsupported);
    EXPECT_EQ(parse_dovecot_uidlist("3 N12\n").error().kind, ErrorKind::corrupt);
}

TEST(CourierSizelist, ReadsEveryVersion) {
    const auto third = parse_courier_sizelist("/3 9 1200000000\n1.M1.host:2,S 120 7:1200000000:0\n2.M2.host 99 8:0:1\nbad\n");
    ASSERT_TRUE(third);
    EXPECT_EQ(third->files.at("1.M1.host").uidl, "UID7-1200000000");
    EXPECT_EQ(third->files.at("2.M2.host").uidl, "UID8");
    EXPECT_EQ(third->faults, 1U);
    EXPECT_EQ(parse_courier_sizelist("/2 9 5\ncur/1.host 120 7:5\n")->files.at("1.host").uidl, "UID7-5");
    EXPECT_EQ(parse_courier_sizelist("/1 9 5\n1.host 120 7\n")->files.at("1.host").uidl, "UID7-5");
    EXPECT_EQ(parse_courier_sizelist("1.a+b 120\n")->files.at("1.a+b").uidl, "1.a+2Bb");
    EXPECT_EQ(parse_courier_sizelist("/7 9 5\n").error().kind, ErrorKind::unsupported);
}

TEST(Compare, EveryMessageUnderItsUidlIsEqual) {
    const std::vector<Have> before{{"a", 10, "h1", "m1"}, {"b", 20, "", "m2"}, {"c", 18, "", "m3"}};
    const std::vector<Have> after{{"b", 20, "", ""}, {"a", 10, "h1", ""}, {"c", 20, "", ""}, {"new", 5, "", ""}};
    const Comparison c = compare(before, after);
    EXPECT_EQ(c.equal, 3U);
    EXPECT_EQ(c.added, 1U);
    EXPECT_TRUE(c.complete() && c.nothing_twice());
    EXPECT_TRUE(c.findings.empty());
}

TEST(Compare, FindsWhatIsNotTheSame) {
    const std::vector<Have> before{{"a", 10, "h1", "m1"}, {"b", 20, "h2", "m2"}, {"c", 30, "h3", "m3"},
                                   {"d", 40, "h4", "m4"}, {"", 50, "h5", "m5"}, {"a", 60, "h6", "m6"}};
    const std::vector<Have> after{{"a", 10, "other", ""}, {"B", 20, "h2", ""}, {"d", 41, "", ""}, {"e", 50, "h5", ""}, {"f", 60, "h6", ""}};
    const Comparison c = compare(before, after);
    EXPECT_EQ(c.altered, 1U);
    EXPECT_EQ(c.changed, 2U);  // b, and the second message under a
    EXPECT_EQ(c.missing, 1U);
    EXPECT_EQ(c.resized, 1U);
    EXPECT_EQ(c.unknown, 1U);
    EXPECT_EQ(c.equal + c.added, 0U);
    EXPECT_FALSE(c.nothing_twice());
    ASSERT_EQ(c.findings.size(), 6U);
    EXPECT_EQ(c.findings[2].new_uidl, "B");
}

}  // namespace
}  // namespace restante::moving
