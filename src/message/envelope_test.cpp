#include "message/envelope.hpp"

#include <gtest/gtest.h>

namespace restante::message {
namespace {

TEST(Address, KeepsLocalCaseAndLowersDomain) {
    const auto address = Address::parse("Bob.Smith+x@Example.ORG");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->local_part, "Bob.Smith+x");
    EXPECT_EQ(address->domain, "example.org");
    EXPECT_EQ(*address, *Address::parse("Bob.Smith+x@EXAMPLE.org"));
    EXPECT_NE(*address, *Address::parse("bob.smith+x@example.org"));
    EXPECT_TRUE(same_mailbox(*address, *Address::parse("bob.smith+X@example.org")));
}

TEST(Address, RoundTripsQuotedLocalParts) {
    for (const char* text :
         {R"("b b"@x.org)", R"("a\"b\\c"@x.org)", R"("a@b"@x.org)", R"("..a"@x.org)", R"(""@x.org)"}) {
        const auto address = Address::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), text);
        EXPECT_EQ(*Address::parse(address->to_string()), *address);
    }
    EXPECT_EQ(Address::parse(R"("plain"@x.org)")->to_string(), "plain@x.org");
}

TEST(Address, TakesLiteralsUtf8AndBarePostmaster) {
    EXPECT_TRUE(Address::parse("bob@[192.0.2.1]"));
    EXPECT_TRUE(Address::parse("bob@[IPv6:2001:db8::1]"));
    EXPECT_TRUE(Address::parse("jürgen@bücher.example"));
    const auto postmaster = Address::parse("PostMaster");
    ASSERT_TRUE(postmaster);
    EXPECT_EQ(postmaster->to_string(), "PostMaster");
}

TEST(Address, RefusesWhatIsNoMailbox) {
    for (const char* text : {"",
                             "bob",
                             "@x.org",
                             "bob@",
                             "bob@.org",
                             "bob@x..org",
                             "bob@x.org.",
                             "a b@x.org",
                             "a..b@x.org",
                             ".a@x.org",
                             "a.@x.org",
                             "<bob@x.org>",
                             "bob@x.org\r\nRCPT",
                             "\"bob@x.org",
                             "\"b\nb\"@x.org",
                             "bob@-x.org",
                             "bob@x y.org",
                             "@a,@b:bob@x.org",
                             "bob@[]",
                             "bob@[1 2]",
                             "\"a\\",
                             "b\xff@x.org",
                             "\"a\"b@x.org",
                             "a@b@x.org"})
        EXPECT_FALSE(Address::parse(text)) << text;
    EXPECT_FALSE(Address::parse(std::string("a\0b@x.org", 9)));
}

TEST(Address, BoundsLengths) {
    EXPECT_TRUE(Address::parse(std::string(64, 'a') + "@x.org"));
    EXPECT_FALSE(Address::parse(std::string(129, 'a') + "@x.org"));
    EXPECT_TRUE(Address::parse("a@" + std::string(63, 'b') + ".org"));
    EXPECT_FALSE(Address::parse("a@" + std::string(64, 'b') + ".org"));
    std::string domain;
    for (int i = 0; i < 128; ++i) domain += "a.";
    EXPECT_FALSE(Address::parse("a@" + domain + "org"));
}

TEST(Address, ErrorNamesTheTextEscaped) {
    const auto result = Address::parse("evil\x1b[2J\r\n@x");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::invalid);
    EXPECT_EQ(result.error().detail.find('\x1b'), std::string::npos);
}

TEST(SplitPlus, CutsAtTheFirstSeparator) {
    EXPECT_EQ(split_plus("reply+tok+x").base, "reply");
    EXPECT_EQ(split_plus("reply+tok+x").detail, "tok+x");
    EXPECT_FALSE(split_plus("reply").detail);
    EXPECT_FALSE(split_plus("+reply").detail);
    EXPECT_EQ(split_plus("reply+").detail, "");
}

TEST(Envelope, ComparesByValue) {
    const Envelope a{std::nullopt, {{*Address::parse("b@X.org")}}};
    EXPECT_EQ(a, (Envelope{std::nullopt, {{*Address::parse("b@x.org")}}}));
    EXPECT_NE(a, (Envelope{*Address::parse("a@x.org"), a.recipients}));
}

TEST(Envelope, WhatTheSenderAskedForBelongsToIt) {  // SM24: RFC 3461 4
    Envelope asked{std::nullopt, {{*Address::parse("b@x.org")}}};
    const Envelope plain = asked;
    EXPECT_FALSE(plain.recipients[0].notify.given());
    asked.recipients[0].notify.never = true;
    EXPECT_TRUE(asked.recipients[0].notify.given());
    EXPECT_NE(asked, plain);
    asked = plain;
    asked.recipients[0].orcpt = OriginalRecipient{"rfc822", "c@x.org"};
    EXPECT_NE(asked, plain);
    asked = plain;
    asked.ret = Ret::hdrs;
    EXPECT_NE(asked, plain);
}

}  // namespace
}  // namespace restante::message
