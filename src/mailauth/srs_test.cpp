#include "mailauth/srs.hpp"

#include <gtest/gtest.h>

namespace restante::mailauth {
namespace {

using namespace std::chrono_literals;
using message::Address;

const Timestamp kSrsNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 28}};
const Srs kOurs("a key of more than 16 octets"), kOthers("another key of 16 octets or more");

Address address(const char* text) { return Address::parse(text).value(); }

TEST(Srs, ABounceFindsItsWayBack) {
    const auto out = kOurs.encode(address("Anna.B+x=y@example.org"), "ours.test", kSrsNow);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->domain, "ours.test");
    EXPECT_TRUE(out->local_part.starts_with("SRS0=")) << out->local_part;
    EXPECT_TRUE(Srs::is_rewritten(*out));
    EXPECT_EQ(Address::parse(out->to_string()).value(), *out);
    EXPECT_EQ(kOurs.decode(*out, kSrsNow + 24h * 20).value(), address("Anna.B+x=y@example.org"));
}

TEST(Srs, OwnAddressesStay) {
    EXPECT_EQ(kOurs.encode(address("bert@ours.test"), "ours.test", kSrsNow).value(), address("bert@ours.test"));
    EXPECT_FALSE(Srs::is_rewritten(address("bert@ours.test")));
    EXPECT_EQ(kOurs.decode(address("bert@ours.test"), kSrsNow).error().kind, ErrorKind::invalid);
}

TEST(Srs, LettersMayHaveChangedTheirCase) {
    auto out = kOurs.encode(address("anna@example.org"), "ours.test", kSrsNow).value();
    for (char& c : out.local_part) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(kOurs.decode(out, kSrsNow).value().to_string(), "ANNA@example.org");
}

TEST(Srs, ForgedAndOldAddressesAreRefused) {
    const auto out = kOurs.encode(address("anna@example.org"), "ours.test", kSrsNow).value();
    EXPECT_EQ(kOthers.decode(out, kSrsNow).error().kind, ErrorKind::denied);
    auto other = out;
    other.local_part.replace(other.local_part.find("anna"), 4, "carl");
    EXPECT_EQ(kOurs.decode(other, kSrsNow).error().kind, ErrorKind::denied);
    EXPECT_EQ(kOurs.decode(out, kSrsNow + 24h * 22).error().kind, ErrorKind::denied);
    EXPECT_TRUE(kOurs.decode(out, kSrsNow - 24h));  // our clock was set back, or another host's is ahead
    EXPECT_EQ(kOurs.decode(out, kSrsNow - 24h * 2).error().kind, ErrorKind::denied);
}

TEST(Srs, AChainOfForwardersLeadsToTheFirst) {
    const auto first = kOthers.encode(address("anna@example.org"), "first.test", kSrsNow).value();
    const auto second = kOurs.encode(first, "second.test", kSrsNow).value();
    EXPECT_TRUE(second.local_part.starts_with("SRS1=")) << second.local_part;
    const auto third = kOthers.encode(second, "third.test", kSrsNow).value();
    EXPECT_LE(third.local_part.size(), second.local_part.size());  // no longer with each hop
    EXPECT_EQ(kOurs.decode(second, kSrsNow).value(), first);
    EXPECT_EQ(kOthers.decode(third, kSrsNow).value(), first);
    EXPECT_EQ(kOthers.decode(first, kSrsNow).value(), address("anna@example.org"));
}

TEST(Srs, OtherSeparatorsOfOtherRewriters) {
    const auto second = kOurs.encode(address("SRS0+abcd=xy=example.org=anna@first.test"), "second.test", kSrsNow).value();
    EXPECT_EQ(kOurs.decode(second, kSrsNow).value(), address("SRS0+abcd=xy=example.org=anna@first.test"));
}

TEST(Srs, WhatDoesNotFitIsSaid) {
    const Address longest{std::string(120, 'x'), "example.org"};
    EXPECT_EQ(kOurs.encode(longest, "ours.test", kSrsNow).error().kind, ErrorKind::invalid);
    for (const char* text : {"SRS0=x@o.test", "SRS0==@o.test", "SRS1=a=b@o.test", "SRS0@o.test", "SRS1=@o.test"})
        EXPECT_FALSE(kOurs.decode(address(text), kSrsNow)) << text;
}

TEST(Srs, AKeyMustBeLongEnough) { EXPECT_THROW(Srs("short"), std::invalid_argument); }

}  // namespace
}  // namespace restante::mailauth
