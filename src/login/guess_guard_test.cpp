// Guessing of passwords (section 4 of the checklist: "password guessing", "user enumeration").
#include "login/guess_guard.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

namespace restante::login {
namespace {
using namespace std::chrono_literals;

class GuessGuardTest : public testing::Test {
protected:
    std::string from(int network) { return fmt::format("10.{}.{}.9", network / 256, network % 256); }
    /// One wrong password from each of so many networks.
    void hammer(const std::string& name, int networks) {
        for (int i = 0; i < networks; ++i) guard_.failed(name, from(i), now_);
    }

    GuardOptions options_;
    Metrics metrics_;
    std::vector<GuessGuard::Attack> attacks_;
    GuessGuard guard_{options_, metrics_, [this](const GuessGuard::Attack& attack) { attacks_.push_back(attack); }};
    GuessGuard::Time now_ = GuessGuard::Time{} + 24h;
};

TEST_F(GuessGuardTest, EachFailureOfANetworkIsToldLater) {
    EXPECT_EQ(guard_.failed("a", "192.0.2.1", now_), 1s);
    EXPECT_EQ(guard_.failed("b", "192.0.2.200", now_), 2s) << "the same /24, whatever the name";
    EXPECT_EQ(guard_.failed("a", "192.0.2.1", now_), 4s);
    EXPECT_EQ(guard_.failed("a", "192.0.3.1", now_), 1s);
    for (int i = 0; i < 100; ++i) EXPECT_LE(guard_.failed("a", "192.0.2.1", now_), 15s);
    EXPECT_EQ(guard_.failed("a", "192.0.2.1", now_), 15s);
    EXPECT_EQ(guard_.failed("a", "192.0.2.1", now_ + 901s), 1s) << "forgotten";
}

TEST_F(GuessGuardTest, Ipv6CountsByNetworkAndPrefixesAreSettings) {
    EXPECT_EQ(guard_.failed("a", "2001:db8::1", now_), 1s);
    EXPECT_EQ(guard_.failed("a", "2001:db8::ffff:1", now_), 2s);
    EXPECT_EQ(guard_.failed("a", "2001:db8:0:1::1", now_), 1s);
    options_.ipv4_prefix = 32;
    options_.ipv6_prefix = 48;
    guard_.set(options_);
    EXPECT_EQ(guard_.failed("a", "192.0.2.1", now_), 1s);
    EXPECT_EQ(guard_.failed("a", "192.0.2.2", now_), 1s);
    EXPECT_EQ(guard_.failed("a", "2001:db8:1:1::1", now_), 1s);
    EXPECT_EQ(guard_.failed("a", "2001:db8:1:2::1", now_), 2s);
}

TEST_F(GuessGuardTest, StrangersToAnAccountThatIsGuessedFromEverywhereQueueUp) {
    hammer("bob", 9);
    EXPECT_EQ(guard_.admit("bob", "198.51.100.1", now_), 0s);
    hammer("bob", 1);
    EXPECT_TRUE(guard_.must_wait("bob", "198.51.100.1", now_));
    EXPECT_EQ(guard_.admit("bob", "198.51.100.1", now_), 1s);
    EXPECT_EQ(guard_.admit("BOB@example.org", "198.51.101.1", now_), 2s) << "behind the first";
    hammer("bob", 5);
    EXPECT_EQ(guard_.admit("bob", "198.51.102.1", now_), 17s) << "the gaps grow, up to 15 s";
    EXPECT_EQ(guard_.admit("bob", "198.51.102.1", now_), std::nullopt) << "the queue is full";
    EXPECT_EQ(guard_.admit("alice", "198.51.102.1", now_), 0s);
    EXPECT_EQ(guard_.admit("bob", "198.51.102.1", now_ + 901s), 0s) << "forgotten";
}

TEST_F(GuessGuardTest, WhatIsKnownToBeWrongCountsBeforeItIsTold) {
    for (int i = 0; i < 10; ++i) guard_.foresee("bob", from(i), now_);
    EXPECT_TRUE(guard_.must_wait("bob", "198.51.100.1", now_)) << "for those that came at the same time";
    for (int i = 0; i < 10; ++i) EXPECT_EQ(guard_.failed("bob", from(i), now_), 1s);
    EXPECT_EQ(guard_.admit("bob", "198.51.100.1", now_), 1s) << "each counted once";
    EXPECT_EQ(guard_.failed("bob", from(0), now_), 2s);
}

TEST_F(GuessGuardTest, WhereTheOwnerHasLoggedInBeforeNothingWaits) {
    guard_.succeeded("bob@example.org", "203.0.113.5", now_);
    hammer("bob", 1000);
    now_ += 1h;
    hammer("bob", 1000);
    EXPECT_EQ(guard_.admit("bob", "203.0.113.77", now_), 0s);
    EXPECT_FALSE(guard_.must_wait("bob", "203.0.113.77", now_));
    EXPECT_EQ(guard_.admit("bob", "203.0.114.5", now_), 15s);
    for (int i = 0; i < 100; ++i) guard_.failed("carol", "203.0.113.6", now_);
    EXPECT_EQ(guard_.admit("bob", "203.0.113.77", now_), 0s) << "a neighbour guesses";
    EXPECT_EQ(guard_.admit("alice", "203.0.113.77", now_), 1s) << "a stranger in a network that guesses";
    EXPECT_EQ(guard_.admit("bob", "203.0.113.77", now_ + 2160h), 0s);
    hammer("bob", 10);
    guard_.failed("bob", from(1), now_ + 2161h);
    for (int i = 0; i < 10; ++i) guard_.failed("bob", from(1), now_ + 2161h);
    EXPECT_NE(guard_.admit("bob", "203.0.113.77", now_ + 2161h), 0s) << "too long ago";
}

TEST_F(GuessGuardTest, NamesThatNobodyHasAreCountedAlike) {
    hammer("nobody@nowhere.example", 12);
    hammer("bob", 12);
    EXPECT_EQ(guard_.admit("nobody", "198.51.100.1", now_), guard_.admit("bob", "198.51.101.1", now_));
}

TEST_F(GuessGuardTest, AnAttackIsToldOnce) {
    hammer("bob", 99);
    EXPECT_TRUE(attacks_.empty());
    hammer("bob", 200);
    ASSERT_EQ(attacks_.size(), 1U);
    EXPECT_EQ(attacks_[0].name, "bob");
    EXPECT_EQ(attacks_[0].failures, 100U);
    now_ += 1h;
    hammer("bob", 100);
    EXPECT_EQ(attacks_.size(), 2U) << "another attack";
    EXPECT_NE(metrics_.prometheus().find("login_attacks_total 2"), std::string::npos) << metrics_.prometheus();
}

TEST_F(GuessGuardTest, MemoryIsBoundedAndAnAttackIsNotForgottenInAFlood) {
    options_.max_entries = 100;
    guard_.set(options_);
    guard_.succeeded("bob", "203.0.113.5", now_);
    for (int i = 0; i < 2'000; ++i) {
        guard_.failed("name" + std::to_string(i), from(i), now_);
        guard_.failed("bob", from(i), now_);
    }
    EXPECT_NE(metrics_.prometheus().find("login_failing_accounts 100"), std::string::npos);
    EXPECT_NE(metrics_.prometheus().find("login_failing_networks 100"), std::string::npos);
    EXPECT_EQ(guard_.admit("bob", "198.51.100.1", now_), 15s);
    EXPECT_EQ(guard_.admit("bob", "203.0.113.5", now_), 0s);
    EXPECT_EQ(guard_.admit("name1", "198.51.100.1", now_), 0s) << "an old one is forgotten";
    guard_.failed(std::string(100'000, 'x'), std::string(100'000, 'y'), now_);
}

}  // namespace
}  // namespace restante::login
