#include <gmock/gmock.h>

#include "net/net_fixture.hpp"

namespace restante::net {
namespace {
using testing::HasSubstr;

class TaskTest : public NetTest {};

Task<> fail_with(std::string words) {
    co_await yield();
    throw std::runtime_error(words);
}

TEST_F(TaskTest, AThrowingTaskIsLoggedAndHarmsNoOther) {
    group.spawn(io.executor(0), fail_with("broken invariant"), "bad.task");
    ASSERT_TRUE(group.wait(5s));
    EXPECT_EQ(log.text(), "task.failed bad.task broken invariant\n");
}

Task<> commit_then_count(WorkPool& pool, std::atomic<int>& committed, std::atomic<int>& answered) {
    const auto done = co_await pool.run([&committed] {
        std::this_thread::sleep_for(5ms);
        ++committed;
    });
    if (!done) co_return;
    co_await yield();
    ++answered;
}

Task<> idle(Stream stream) {
    char buffer[1];
    (void)co_await stream.read_some(buffer);
}

TEST_F(TaskTest, CancelledSessionsEndAndCommitsUnderWayAreFinished) {
    std::vector<Stream> peers;
    for (int i = 0; i < 200; ++i) {
        auto [a, b] = pair();
        group.spawn(io.executor(0), idle(std::move(a)), "idle");
        peers.push_back(std::move(b));
    }
    std::atomic<int> committed = 0;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 10; ++i)
        group.spawn(io.executor(i % 2), commit_then_count(work, committed, answered), "commit");
    while (committed == 0) std::this_thread::yield();
    group.cancel();
    ASSERT_TRUE(group.wait(10s));
    EXPECT_EQ(committed, 10);
    EXPECT_LT(answered, 10);
    EXPECT_FALSE(group.spawn(io.executor(0), fail_with("never runs"), "late"));
    EXPECT_EQ(log.text(), "");
}

TEST_F(TaskTest, CancelAndSpawnFromManyThreadsAtOnce) {
    for (int round = 0; round < 20; ++round) {
        TaskGroup many(log);
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 50; ++i) many.spawn(io.executor((t + i) % 2), yield(), "short");
            });
        many.cancel();
        for (auto& thread : threads) thread.join();
        ASSERT_TRUE(many.wait(10s));
    }
}

Task<int> answer_from_thread(std::vector<std::thread>& threads) {
    const auto home = std::this_thread::get_id();
    const int value = co_await await_callback<int>([&](std::function<void(int)> done) {
        threads.emplace_back([done = std::move(done)] {
            done(7);
            done(8);  // ignored
        });
    });
    EXPECT_EQ(std::this_thread::get_id(), home);
    const int at_once = co_await await_callback<int>([](const std::function<void(int)>& done) { done(1); });
    co_return value + at_once;
}

TEST_F(TaskTest, CallbacksFromOtherThreadsResumeOnTheSessionsExecutor) {
    std::vector<std::thread> threads;
    EXPECT_EQ(run_blocking(io.executor(1), answer_from_thread(threads)), 8);
    for (auto& thread : threads) thread.join();
}

Task<int> drop_callback() {
    co_return co_await await_callback<int>([](const std::function<void(int)>&) {});
}

TEST_F(TaskTest, ADroppedCallbackIsAFaultNotAHang) {
    EXPECT_THROW(run_blocking(io.executor(0), drop_callback()), std::logic_error);
}

Task<std::string> run_kinds(WorkPool& pool) {
    const Result<int> plain = co_await pool.run([] { return 3; });
    const Result<std::string> result =
        co_await pool.run([]() -> Result<std::string> { return fail(ErrorKind::busy, "held"); });
    const Result<> none = co_await pool.run([] {});
    std::string thrown;
    try {
        co_await pool.run([] { throw std::runtime_error("thrown"); });
    } catch (const std::runtime_error& e) {
        thrown = e.what();
    }
    co_return std::to_string(*plain) + result.error().detail + (none ? "ok" : "no") + thrown;
}

TEST_F(TaskTest, PoolRunsEveryKindOfFunction) {
    EXPECT_EQ(run_blocking(io.executor(0), run_kinds(work)), "3heldokthrown");
}

Task<ErrorKind> run_one(WorkPool& pool) {
    const auto done = co_await pool.run([] { return 1; });
    co_return done ? ErrorKind::internal : done.error().kind;
}

TEST_F(TaskTest, AFullOrStoppedPoolRefuses) {
    WorkPool small({.threads = 1, .queue_limit = 1});
    std::promise<void> gate;
    std::promise<void> started;
    ASSERT_TRUE(small.post([&] {
        started.set_value();
        gate.get_future().wait();
    }));
    started.get_future().wait();
    ASSERT_TRUE(small.post([] {}));
    EXPECT_EQ(run_blocking(io.executor(0), run_one(small)), ErrorKind::unavailable);
    gate.set_value();
    small.stop();
    EXPECT_EQ(run_blocking(io.executor(0), run_one(small)), ErrorKind::cancelled);
}

TEST(AddressTest, ReadsAndPrints) {
    EXPECT_EQ(Address::parse_ip("127.0.0.1", 25)->to_string(), "127.0.0.1:25");
    EXPECT_EQ(Address::parse_ip("2001:DB8::1", 110)->to_string(), "[2001:db8::1]:110");
    EXPECT_EQ(Address::parse_ip("2001:db8::1")->ip_literal(), "[IPv6:2001:db8::1]");
    EXPECT_EQ(Address::parse_ip("::ffff:10.0.0.1")->ip_literal(), "[10.0.0.1]");
    EXPECT_EQ(Address::parse_ip("fe80::1%lo")->ip(), "fe80::1");
    for (const char* wrong : {"", "1.2.3", "1.2.3.4.5", "example.org", "[::1]", "::g"})
        EXPECT_FALSE(Address::parse_ip(wrong)) << wrong;
}

TEST(AddressTest, KnowsWhatIsInternal) {
    for (const char* a : {"127.0.0.1", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254",
                          "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
                          "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"})
        EXPECT_TRUE(Address::parse_ip(a)->is_internal()) << a;
    for (const char* a : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2a00:1450::1", "2606:4700::1111"})
        EXPECT_FALSE(Address::parse_ip(a)->is_internal()) << a;
    EXPECT_TRUE(Address::parse_ip("127.9.9.9")->is_loopback());
    EXPECT_TRUE(Address::parse_ip("::1")->is_loopback());
    EXPECT_FALSE(Address::parse_ip("::2")->is_loopback());
}

}  // namespace
}  // namespace restante::net
