#include "popd/login_gate.hpp"

#include <gtest/gtest.h>

namespace restante::popd {
namespace {
using namespace std::chrono_literals;

class LoginGateTest : public testing::Test {
protected:
    Options options_;
    LoginGate gate_{options_};
};

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
