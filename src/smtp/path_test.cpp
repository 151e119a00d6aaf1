#include "smtp/path.hpp"

#include <gtest/gtest.h>

namespace restante::smtp {
namespace {

std::string forward(std::string_view text) {
    const PathRead read = read_forward_path(text);
    switch (read.fault) {
        case PathFault::syntax:
            return "syntax";
        case PathFault::too_long:
            return "too long";
        case PathFault::utf8:
            return "utf8";
        case PathFault::none:
            break;
    }
    return read.address ? read.address->to_string() + "|" + std::string(read.rest) : "null";
}

TEST(Path, TakesWhatRfc5321Allows) {
    EXPECT_EQ(forward("<bob@example.org>"), "bob@example.org|");
    EXPECT_EQ(forward("<Bob@Example.ORG> SIZE=1"), "Bob@example.org| SIZE=1");
    EXPECT_EQ(forward("<a.b+c/d=e@x-y.example>"), "a.b+c/d=e@x-y.example|");
    EXPECT_EQ(forward(R"(<"a b"@example.org>)"), R"("a b"@example.org|)");
    EXPECT_EQ(forward(R"(<"a\"\\"@example.org>)"), R"("a\"\\"@example.org|)");
    EXPECT_EQ(forward(R"(<"plain"@example.org>)"), "plain@example.org|");
    EXPECT_EQ(forward("<bob@[192.0.2.1]>"), "bob@[192.0.2.1]|");
    EXPECT_EQ(forward("<bob@[IPv6:2001:db8::1]>"), "bob@[ipv6:2001:db8::1]|");
    EXPECT_EQ(forward("<bob@[IPv6:2001:DB8::1]>"), forward("<bob@[ipv6:2001:db8::1]>"));
}

TEST(Path, IgnoresASourceRoute) {
    EXPECT_EQ(forward("<@a.example:bob@example.org>"), "bob@example.org|");
    EXPECT_EQ(forward("<@a.example,@b.example:bob@example.org>"), "bob@example.org|");
    for (const char* bad : {"<@a.example>", "<@:bob@x.y>", "<@a.example,bob@x.y>", "<@a.example bob@x.y>"})
        EXPECT_EQ(forward(bad), "syntax") << bad;
}

TEST(Path, TakesPostmasterWithoutADomainInAnyCase) {
    EXPECT_EQ(forward("<postmaster>"), "postmaster|");
    EXPECT_EQ(forward("<PostMaster> X=1"), "PostMaster| X=1");
    EXPECT_EQ(forward("<root>"), "syntax");
    EXPECT_EQ(read_reverse_path("<postmaster>").fault, PathFault::syntax);
}

TEST(Path, TheNullPathIsASenderOnly) {
    const PathRead read = read_reverse_path("<> SIZE=5");
    EXPECT_EQ(read.fault, PathFault::none);
    EXPECT_FALSE(read.address);
    EXPECT_EQ(read.rest, " SIZE=5");
    EXPECT_EQ(forward("<>"), "syntax");
}

TEST(Path, RefusesWhatCouldMeanSomethingElseLater) {
    for (const char* bad : {"bob@example.org",
                            "<bob@example.org",
                            "<bob@>",
                            "<@example.org>",
                            "<bob@@example.org>",
                            "<bob>",
                            "<.bob@x.y>",
                            "<bob.@x.y>",
                            "<b..b@x.y>",
                            "<bob@x..y>",
                            "<bob@.x>",
                            "<bob@x.>",
                            "<bob@-x.y>",
                            "<bob@x-.y>",
                            "<b b@x.y>",
                            "<bob@x.y\t>",
                            "<\"bob@x.y>",
                            "<\"\"@x.y>",
                            "<\"a\"b@x.y>",
                            "<bob@[1.2.3]>",
                            "<bob@[1.2.3.4.5]>",
                            "<bob@[IPv6:zz::]>",
                            "<bob@[]>",
                            "<bob@[1.2.3.4>",
                            "<bob@x.y>>",
                            "<<bob@x.y>",
                            "<bob,eve@x.y>",
                            "<\"a\\"})
        EXPECT_TRUE(forward(bad) == "syntax" || forward(bad).ends_with(">")) << bad << " " << forward(bad);
    EXPECT_EQ(forward(std::string_view("<\"a\0b\"@x.y>", 12)), "syntax");
    EXPECT_EQ(forward(std::string_view("<a\0b@x.y>", 9)), "syntax");
    EXPECT_EQ(forward("<\"a\nb\"@x.y>"), "syntax");
    EXPECT_EQ(forward("<\"a\\\rb\"@x.y>"), "syntax");
}

TEST(Path, Utf8NeedsAnExtensionThatIsNotOffered) {
    EXPECT_EQ(forward("<b\xc3\xb6"
                      "b@example.org>"),
              "utf8");
    EXPECT_EQ(forward("<bob@ex\xc3\xa4mple.org>"), "utf8");
    EXPECT_EQ(forward("<\"b\xc3\xb6\"@example.org>"), "utf8");
}

TEST(Path, LimitsAreThoseOfTheOptions) {  // SM7
    const std::string local64(64, 'a'), local128(128, 'a');
    EXPECT_EQ(forward("<" + local64 + "@example.org>"), local64 + "@example.org|");
    EXPECT_EQ(forward("<" + local128 + "@example.org>"), local128 + "@example.org|");
    EXPECT_EQ(forward("<a" + local128 + "@example.org>"), "too long");
    const std::string label(63, 'd');
    EXPECT_EQ(forward("<a@" + label + "." + label + "." + label + ".org>"),
              "a@" + label + "." + label + "." + label + ".org|");
    EXPECT_EQ(forward("<a@" + label + "d.org>"), "syntax");
    EXPECT_EQ(forward("<a@" + label + "." + label + "." + label + "." + label + ">"), "too long");
    EXPECT_EQ(forward("<" + local64 + "@" + label + "." + label + "." + label + ".org>"), "too long");  // path over 256
}

TEST(Path, XtextDecodesStrictly) {
    EXPECT_EQ(decode_xtext("bob+40example.org"), "bob@example.org");
    EXPECT_EQ(decode_xtext("+2B+3D"), "+=");
    for (const char* bad : {"+", "+4", "+4g", "a=b", "a b", "+0A", "+0D", "+00", "+2b", "\x7f"})
        EXPECT_FALSE(decode_xtext(bad)) << bad;
}

}  // namespace
}  // namespace restante::smtp
