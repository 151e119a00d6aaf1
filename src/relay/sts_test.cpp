#include "relay/sts.hpp"

#include <gtest/gtest.h>

namespace restante::relay {
namespace {

constexpr const char* kPolicy =
    "version: STSv1\r\nmode: enforce\r\nmx: Mx.far.test\r\nmx: *.backup.test\r\nmax_age: 86400\r\n";

TEST(StsTest, ReadsAPolicy) {  // D4: RFC 8461 3.2
    const auto policy = parse_sts_policy(kPolicy);
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->mode, StsPolicy::Mode::enforce);
    EXPECT_EQ(policy->max_age.count(), 86'400);
    EXPECT_TRUE(policy->allows("mx.far.test"));
    EXPECT_TRUE(policy->allows("a.backup.test"));
    EXPECT_FALSE(policy->allows("a.b.backup.test")) << "one label only";
    EXPECT_FALSE(policy->allows("backup.test"));
    EXPECT_FALSE(policy->allows("mx.evil.test"));
}

TEST(StsTest, WhatIsMalformedIsNoPolicy) {
    for (const char* text :
         {"", "version: STSv1\nmode: enforce\nmax_age: 1\n", "version: STSv2\nmode: none\nmax_age: 1\n",
          "version: STSv1\nmode: perhaps\nmx: a\nmax_age: 1\n", "version: STSv1\nmode: testing\nmx: a\nmax_age: -1\n",
          "version: STSv1\nmode: testing\nmx: a\n"})
        EXPECT_FALSE(parse_sts_policy(text)) << text;
    EXPECT_TRUE(parse_sts_policy("version: STSv1\nmode: none\nmax_age: 1\nfuture: x\n"));
}

TEST(StsTest, OneRecordWithAnId) {  // RFC 8461 3.1
    EXPECT_EQ(sts_id({"v=STSv1; id=2026a;"}), "2026a");
    EXPECT_EQ(sts_id({"v=spf1 -all", "v=STSv1;id=1"}), "1");
    EXPECT_FALSE(sts_id({}));
    EXPECT_FALSE(sts_id({"v=STSv1; id=1", "v=STSv1; id=2"}));
    EXPECT_FALSE(sts_id({"v=STSv1;"}));
    EXPECT_FALSE(sts_id({"v=STSv1; id=a b"}));
}

}  // namespace
}  // namespace restante::relay
