// What the store answers when the disk fails at one chosen moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ids.hpp"
#include "store/embedded_store.hpp"
#include "store/simulated_disk.hpp"

namespace restante::store {
namespace {

using testing::ElementsAre;

class DiskFaultTest : public testing::Test {
protected:
    DiskFaultTest() {
        options_.directory = "/mail";
        options_.free_bytes = 0;
        options_.draft_memory_bytes = 8'000;
        open();
    }
    ~DiskFaultTest() override {
        disk_.power_off();
        store_.reset();
    }
    void open() {
        auto engine = Engine::open(options_, disk_, clock_, ids_, null_log());
        ASSERT_TRUE(engine) << engine.error().detail;
        store_ = std::make_unique<EmbeddedStore>(std::move(*engine));
    }
    void crash() {
        disk_.power_off();
        store_.reset();
        open();
    }
    Result<Committed> commit(const std::string& text, std::string delivery_id = "") {
        auto draft = std::move(*store_->create_draft());
        if (auto done = draft->append(text); !done) return fail(done.error());
        Delivery delivery;
        delivery.maildrops = {1};
        delivery.delivery_id = std::move(delivery_id);
        Result<Committed> answer = fail(ErrorKind::internal, "not answered");
        store_->commit(std::move(draft), std::move(delivery),
                       [&](Result<Committed> result) { answer = std::move(result); });
        settle();
        return answer;
    }
    void settle() {
        Engine& engine = store_->engine();
        while (engine.index_step(false) || engine.spool_step() || engine.write_step()) {
        }
    }
    std::vector<std::string> bodies() {
        std::vector<std::string> out;
        auto drop = std::move(*store_->open_maildrop(1));
        for (const Entry& entry : drop->messages()) {
            auto body = store_->read_message(1, entry.id, 1'000'000);
            out.push_back(body ? *body : "error: " + body.error().detail);
        }
        return out;
    }
    void faults(double write, double sync, std::uint64_t capacity = UINT64_MAX) {
        DiskFaults faults;
        faults.write_error = write;
        faults.sync_error = sync;
        faults.capacity = capacity;
        disk_.set_faults(faults);
    }

    SimulatedDisk disk_{1};
    ManualClock clock_{Timestamp{std::chrono::days(20'000)}};
    IdSource ids_{clock_};
    Options options_;
    std::unique_ptr<EmbeddedStore> store_;
};

TEST_F(DiskFaultTest, AFullDiskRefusesAndRecovers) {
    ASSERT_TRUE(commit("before"));
    faults(0, 0, 0);
    EXPECT_EQ(commit("refused", "id").error().kind, ErrorKind::no_space);
    EXPECT_EQ(commit(std::string(50'000, 'x')).error().kind, ErrorKind::no_space) << "a large one too";
    EXPECT_TRUE(store_->statistics().accepting);
    EXPECT_THAT(bodies(), ElementsAre("before"));
    faults(0, 0);
    auto again = commit("accepted", "id");
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->duplicate);
    crash();
    EXPECT_THAT(bodies(), ElementsAre("before", "accepted"));
}

TEST_F(DiskFaultTest, LittleFreeSpaceRefusesMailButLetsItBeDeleted) {
    const MessageId id = commit("before")->id;
    store_.reset();
    options_.free_bytes = 1'000'000'000;
    open();
    faults(0, 0, 500'000'000);
    EXPECT_EQ(commit("refused").error().kind, ErrorKind::no_space);
    Result<void> answer = fail(ErrorKind::internal, "not answered");
    {
        auto drop = std::move(*store_->open_maildrop(1));
        drop->delete_messages({id}, [&](Result<void> result) { answer = std::move(result); });
        settle();
    }
    EXPECT_TRUE(answer);
    EXPECT_THAT(bodies(), ElementsAre());
}

TEST_F(DiskFaultTest, AFailedWriteLeavesNothing) {
    ASSERT_TRUE(commit("before"));
    const std::uint64_t size = disk_.size_of("/mail/0000000001.log");
    DiskFaults once;
    once.write_error = 1;
    disk_.set_faults(once);
    EXPECT_EQ(commit("lost").error().kind, ErrorKind::io);
    faults(0, 0);
    // With every call failing, the undoing failed as well: the segment was left for another.
    if (!store_->statistics().accepting) crash();
    ASSERT_TRUE(commit("after"));
    EXPECT_EQ(disk_.size_of("/mail/0000000001.log") > size, !disk_.exists("/mail/0000000002.log"));
    crash();
    EXPECT_THAT(bodies(), testing::AnyOf(ElementsAre("before", "after"), ElementsAre("before", "lost", "after")));
}

TEST_F(DiskFaultTest, AFailedSyncEndsTheStoreUnlessANewSegmentCanBeMade) {
    ASSERT_TRUE(commit("before"));
    faults(0, 1);
    EXPECT_EQ(commit("unknown").error().kind, ErrorKind::io);
    EXPECT_FALSE(store_->statistics().accepting);
    faults(0, 0);
    EXPECT_EQ(commit("not before a restart").error().kind, ErrorKind::io);
    EXPECT_THAT(bodies(), ElementsAre("before")) << "what was confirmed is served all along";
    crash();
    EXPECT_TRUE(store_->statistics().accepting);
    EXPECT_EQ(bodies().front(), "before");
    EXPECT_TRUE(commit("after"));
}

TEST_F(DiskFaultTest, AFaultOfOneSyncOnlyGoesOnInANewSegment) {
    // The probability is such that of the two syncs (batch, new segment) only the first fails in some of the seeds.
    int went_on = 0;
    for (int round = 0; round < 40; ++round) {
        faults(0, 0.5);
        const auto answer = commit("round " + std::to_string(round));
        faults(0, 0);
        if (!store_->statistics().accepting) {
            crash();
            continue;
        }
        if (answer) continue;
        ++went_on;
        const auto now = bodies();
        ASSERT_TRUE(commit("next"));
        crash();
        auto later = bodies();
        ASSERT_EQ(later.size(), now.size() + 1) << "a failed commit came back";
    }
    EXPECT_GT(went_on, 2);
}

TEST_F(DiskFaultTest, DamageInTheMiddleIsKeptAndTheTornTailIsCut) {
    ASSERT_TRUE(commit("first"));
    const std::uint64_t second = disk_.size_of("/mail/0000000001.log");
    ASSERT_TRUE(commit("second"));
    ASSERT_TRUE(commit("third"));
    // The index has not seen any of them: all are replayed from the log.
    disk_.flip_bit("/mail/0000000001.log", second + 30);
    crash();
    EXPECT_THAT(bodies(), ElementsAre("first", "third")) << "what was confirmed later is not cut off with it";
    ASSERT_TRUE(commit("fourth"));
    crash();
    EXPECT_THAT(bodies(), ElementsAre("first", "third", "fourth"));
}

TEST_F(DiskFaultTest, ABrokenIndexDoesNotEndDeliveries) {
    ASSERT_TRUE(commit("first"));
    faults(1, 0);
    while (store_->engine().index_step(true)) {
    }
    faults(0, 0);
    ASSERT_TRUE(commit("second"));
    EXPECT_THAT(bodies(), ElementsAre("first", "second"));
    crash();
    EXPECT_THAT(bodies(), ElementsAre("first", "second"));
    EXPECT_EQ(store_->statistics().index_lag, 0U);
}

TEST_F(DiskFaultTest, TooLargeABacklogRefuses) {
    store_.reset();
    options_.index_backlog_records = 2;
    open();
    faults(1, 0);
    while (store_->engine().index_step(true)) {
    }
    faults(0, 0);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(commit("fits"));
    EXPECT_EQ(commit("too many").error().kind, ErrorKind::unavailable);
    EXPECT_FALSE(store_->statistics().accepting);
}

}  // namespace
}  // namespace restante::store
