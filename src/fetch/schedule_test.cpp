#include "fetch/schedule.hpp"

#include <condition_variable>

#include "fetch/fetch_fixture.hpp"

namespace restante::fetch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

TEST(Schedule, DisablesAfterMoreThanTwentyFiveFailuresInARow) {  // S1.23, both edges
    Options options;
    options.disable_after_hours = 0;
    Settings settings;
    Health health;
    for (int i = 0; i < 25; ++i) health = after_failure(health, settings, options, kStart, "no route");
    EXPECT_EQ(health.state, State::failing);
    EXPECT_EQ(health.consecutive_errors, 25U);
    const Health disabled = after_failure(health, settings, options, kStart, "no route");
    EXPECT_EQ(disabled.state, State::disabled);
    EXPECT_EQ(disabled.last_error, "no route");
    const Health better = after_failure(after_success(health, settings, kStart), settings, options, kStart, "again");
    EXPECT_EQ(better.state, State::failing) << "one success starts the count anew";
    EXPECT_EQ(better.consecutive_errors, 1U);
}

TEST(Schedule, DisablesAfterTwelveHoursOfFailures) {  // S1.24, both edges
    Health health = after_failure({}, {}, {}, kStart, "down");
    health = after_failure(health, {}, {}, kStart + hours(12) - minutes(1), "down");
    EXPECT_EQ(health.state, State::failing);
    EXPECT_EQ(health.failing_since, kStart);
    EXPECT_EQ(after_failure(health, {}, {}, kStart + hours(12), "down").state, State::disabled);
}

TEST(Schedule, PausesGrowButNeverPastTheLimit) {
    Settings settings;
    settings.interval_minutes = 5;
    Health health;
    for (const int expected : {5, 10, 20, 40, 60, 60}) {
        health = after_failure(health, settings, {}, kStart, "down");
        EXPECT_EQ(health.next_try - kStart, minutes(expected));
    }
    settings.interval_minutes = 240;
    EXPECT_EQ(after_failure(health, settings, {}, kStart, "down").next_try - kStart, minutes(240));
}

/// Lets a test wait for an event instead of a time.
class WaitingLog final : public Log {
public:
    bool enabled(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view event, std::initializer_list<LogField>) override {
        const std::lock_guard lock(mutex_);
        events_.emplace_back(event);
        changed_.notify_all();
    }
    bool wait_for(std::string_view event) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
            const auto found = std::find(events_.begin(), events_.end(), event);
            if (found == events_.end()) return false;
            events_.erase(events_.begin(), found + 1);
            return true;
        });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> events_;
};

class FetcherTest : public FetchFixture {
protected:
    void start() {
        fetch_options_.tick_milliseconds = 10;
        restart();
        const Parts parts{*connections_, *mda_, store_, *directory_, pool_, clock_, log_};
        fetcher_ = std::make_unique<Fetcher>(parts, io_);
        fetcher_->start();
    }
    ~FetcherTest() override { fetcher_.reset(); }
    WaitingLog log_;
};

TEST_F(FetcherTest, FollowsTheInterval) {
    start();
    server_.put({mail("a")});
    create(settings());
    ASSERT_TRUE(log_.wait_for("fetch.polled")) << "a new connection is due at once";
    EXPECT_EQ(intake_.made, 1);
    server_.put({mail("b")});
    clock_.advance(minutes(29));
    EXPECT_EQ(server_.sessions, 1);
    clock_.advance(minutes(1));
    ASSERT_TRUE(log_.wait_for("fetch.polled"));
    EXPECT_EQ(intake_.made, 2);
}

TEST_F(FetcherTest, SwitchesAFailingConnectionOffAndAPersonSwitchesItOn) {
    fetch_options_.disable_after_failures = 2;
    start();
    server_.set({.refuse_login = "-ERR [AUTH] wrong"});
    const auto id = create(settings());
    ASSERT_TRUE(log_.wait_for("fetch.failing"));
    clock_.advance(minutes(30));
    ASSERT_TRUE(log_.wait_for("fetch.polled"));
    EXPECT_TRUE(connections_->find(id)->settings.enabled);
    clock_.advance(minutes(60));
    ASSERT_TRUE(log_.wait_for("fetch.disabled"));
    ASSERT_TRUE(fetcher_->stop());
    EXPECT_FALSE(connections_->find(id)->settings.enabled);
    EXPECT_EQ(health(id).state, State::disabled);
    EXPECT_EQ(directory_->audit(1)->front().action, "connection.disable");
    EXPECT_TRUE(connections_->due(clock_.now() + hours(1000))->empty());
    ASSERT_TRUE(connections_->set_enabled(id, true, {"carol"}));
    EXPECT_EQ(health(id).consecutive_errors, 0U);
    EXPECT_EQ(connections_->due(clock_.now()).value(), std::vector<std::int64_t>{id});
}

TEST_F(FetcherTest, StopsInTheMiddleOfAPoll) {
    server_.set({.silent = true});
    start();
    const auto id = create(settings());
    ASSERT_TRUE([&] {  // the server has the session, so the poll is under way
        for (int i = 0; i < 2000 && server_.sessions == 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return server_.sessions == 1;
    }());
    EXPECT_TRUE(fetcher_->is_running(id));
    auto second = net::run_blocking(io_.executor(0), fetcher_->poll_now(id));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::busy);
    EXPECT_TRUE(fetcher_->stop());
    EXPECT_FALSE(fetcher_->is_running(id));
    EXPECT_EQ(health(id).consecutive_errors, 0U) << "a shutdown is not the connection's failure";
    auto stopped = net::run_blocking(io_.executor(0), fetcher_->poll_now(id));
    EXPECT_EQ(stopped.error().kind, ErrorKind::cancelled);
}

}  // namespace
}  // namespace restante::fetch
