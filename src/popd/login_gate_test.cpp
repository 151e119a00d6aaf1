#include "popd/login_gate.hpp"

#include <gtest/gtest.h>

namespace restante::popd {
namespace {
using namespace std::chrono_literals;

class LoginGateTest : public testing::Test {
protected:
    Options options_;
    LoginGate gate_{options_};
    LoginGate::Time now_ = LoginGate::Time{} + 24h;
};

TEST_F(LoginGateTest, DelayGrowsPerAddressUpToTheMost) {
    EXPECT_EQ(gate_.failed("1.2.", now_), 1000ms);
    EXPECT_EQ(gate_.failed("1.2.", now_), 2000ms);
    EXPECT_EQ(gate_.failed("1.2.", now_), 4000ms);
    EXPECT_EQ(gate_.failed("1.3.", now_), 1000ms);
    for (int i = 0; i < 100; ++i) gate_.failed("1.2.", now_);
    EXPECT_EQ(gate_.failed("1.2.", now_), 15'000ms);
}

TEST_F(LoginGateTest, FailuresAreForgotten) {
    for (int i = 0; i < 5; ++i) gate_.failed("1.2.", now_);
    EXPECT_EQ(gate_.failed("1.2.", now_ + 600s), 15'000ms);
    EXPECT_EQ(gate_.failed("1.2.", now_ + 1201s), 1000ms);
}

TEST_F(LoginGateTest, Ipv6CountsByNetwork) {
    EXPECT_EQ(gate_.failed("0123456789abcdef", now_), 1000ms);
    EXPECT_EQ(gate_.failed("01234567ffffffff", now_), 2000ms);
    EXPECT_EQ(gate_.failed("91234567ffffffff", now_), 1000ms);
}

TEST_F(LoginGateTest, ManyAddressesAreBounded) {
    for (int i = 0; i < 65'536; ++i) gate_.failed(std::to_string(i), now_);
    EXPECT_EQ(gate_.failed("one more", now_), 15'000ms);
    EXPECT_EQ(gate_.failed("one more", now_ + 601s), 1000ms);  // the old ones made room
}

TEST_F(LoginGateTest, LoginsOfAnAccountWithADelay) {
    using namespace std::chrono_literals;
    const LoginGate::Time start{};
    EXPECT_TRUE(gate_.enter_after(7, 60s, start));
    EXPECT_FALSE(gate_.enter_after(7, 60s, start + 59s));
    EXPECT_TRUE(gate_.enter_after(8, 60s, start + 59s)) << "another account";
    EXPECT_TRUE(gate_.enter_after(7, 0s, start + 59s)) << "no delay any more";
    EXPECT_TRUE(gate_.enter_after(7, 60s, start + 60s)) << "a refused login does not count";
    EXPECT_FALSE(gate_.enter_after(7, 60s, start + 61s));
    for (std::int64_t account = 100; account < 5'000; ++account)
        EXPECT_TRUE(gate_.enter_after(account, 1s, start + 70s));
    EXPECT_FALSE(gate_.enter_after(7, 60s, start + 75s)) << "still known among many";
}

TEST_F(LoginGateTest, SlotsOfAnAccount) {
    options_.max_per_account = 2;
    gate_.set(options_);
    LoginGate::Slot first = gate_.enter(7), second = gate_.enter(7);
    EXPECT_TRUE(first);
    EXPECT_FALSE(gate_.enter(7));
    EXPECT_TRUE(gate_.enter(8));
    LoginGate::Slot moved = std::move(first);
    EXPECT_FALSE(gate_.enter(7));
    moved = {};
    EXPECT_TRUE(gate_.enter(7));
    second.reset();
    second.reset();
    first = gate_.enter(7);
    EXPECT_TRUE(first);
}

}  // namespace
}  // namespace restante::popd
