#include "store/maildrops.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace restante::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Records = std::vector<std::shared_ptr<const Logged>>;

std::vector<MessageId> ids(const MaildropRows& rows) {
    std::vector<MessageId> out;
    for (const Entry& entry : rows.entries) out.push_back(entry.id);
    return out;
}

class MaildropsTest : public testing::Test {
protected:
    std::shared_ptr<const Logged> record(RecordKind kind, MessageId id, std::vector<MaildropId> maildrops,
                                         std::vector<MessageId> removed = {}, std::string uidl = "") {
        Logged logged;
        logged.sequence = ++sequence_;
        logged.record.kind = kind;
        logged.record.id = id;
        logged.record.size = 10;
        logged.record.maildrops = std::move(maildrops);
        logged.record.ids = std::move(removed);
        logged.record.uidl = std::move(uidl);
        logged.at = {1, 64 * sequence_};
        logged.body_offset = logged.at.offset + 50;
        return std::make_shared<const Logged>(std::move(logged));
    }
    std::shared_ptr<const Logged> delivery(MessageId id, std::string uidl = "") {
        return record(RecordKind::delivery, id, {1}, {}, std::move(uidl));
    }
    std::vector<MessageId> completed(MaildropRows from_index) {
        auto rows = maildrops_.complete(1, std::move(from_index), false);
        auto out = ids(*rows);
        maildrops_.drop(std::move(rows));
        return out;
    }

    std::uint64_t sequence_ = 0;
    Maildrops maildrops_{1 << 20};
};

TEST_F(MaildropsTest, CompletesTheIndexFromEveryStateItMayBeIn) {
    const Records all = {delivery(10), delivery(11), record(RecordKind::removal, 0, {1}, {10}), delivery(12),
                         record(RecordKind::move, 11, {1})};
    maildrops_.publish(all);
    // The index may have applied any number of the records that are still held in memory.
    for (std::size_t applied = 0; applied <= all.size(); ++applied) {
        MaildropRows from_index;
        for (std::size_t i = 0; i < applied; ++i) from_index.apply(*all[i], 1);
        auto rows = maildrops_.complete(1, std::move(from_index), false);
        EXPECT_THAT(ids(*rows), ElementsAre(11, 12)) << applied;
        EXPECT_EQ(rows->find(11)->offset, all[4]->body_offset) << applied;
        maildrops_.drop(std::move(rows));
    }
    maildrops_.indexed(std::span(all).first(3));
    MaildropRows from_index;
    for (std::size_t i = 0; i < 3; ++i) from_index.apply(*all[i], 1);
    EXPECT_THAT(completed(from_index), ElementsAre(11, 12));
}

TEST_F(MaildropsTest, ClearsUpToAnIdOnly) {
    maildrops_.publish(Records{delivery(10), delivery(11), record(RecordKind::clearing, 11, {1}), delivery(12)});
    EXPECT_THAT(completed({}), ElementsAre(12));
}

TEST_F(MaildropsTest, NeverChangesASnapshot) {
    maildrops_.publish(Records{delivery(10, "imported")});
    auto snapshot = maildrops_.complete(1, {}, true);
    maildrops_.publish(Records{delivery(11), record(RecordKind::removal, 0, {1}, {10})});
    EXPECT_THAT(ids(*snapshot), ElementsAre(10));
    std::string uidl;
    snapshot->append_uidl(10, uidl);
    EXPECT_EQ(uidl, "imported");
    auto now = maildrops_.cached(1);
    EXPECT_THAT(ids(*now), ElementsAre(11));
    EXPECT_THAT(now->uidls, IsEmpty());
    maildrops_.drop(std::move(now));
    maildrops_.drop(std::move(snapshot));
}

TEST_F(MaildropsTest, KeepsLeasesApart) {
    EXPECT_TRUE(maildrops_.lease(1));
    EXPECT_FALSE(maildrops_.lease(1));
    EXPECT_TRUE(maildrops_.lease(2));
    maildrops_.release(1, nullptr);
    EXPECT_TRUE(maildrops_.lease(1));
    EXPECT_TRUE(maildrops_.leased(2));
}

TEST_F(MaildropsTest, ForgetsTheLeastRecentlyUsedRows) {
    Maildrops small(10'000);
    for (MaildropId maildrop = 1; maildrop <= 5; ++maildrop) {
        MaildropRows rows;
        rows.entries.resize(100);
        for (std::size_t i = 0; i < 100; ++i) rows.entries[i].id = static_cast<MessageId>(i + 1);
        small.drop(small.complete(maildrop, std::move(rows), true));
        small.drop(small.cached(1));
        EXPECT_LE(small.cached_bytes(), 10'000U);
    }
    EXPECT_NE(small.cached(1), nullptr);
    EXPECT_EQ(small.cached(2), nullptr);
    EXPECT_NE(small.cached(5), nullptr);
}

TEST_F(MaildropsTest, KnowsWhatTheIndexLacks) {
    const Records records = {record(RecordKind::removal, 0, {1}, {10}), record(RecordKind::clearing, 5, {2}),
                             record(RecordKind::retirement, 90, {3}, {10, 11, 12}),
                             record(RecordKind::restoration, 90, {3}, {11}), record(RecordKind::removal, 0, {3}, {12})};
    maildrops_.publish(records);
    EXPECT_EQ(maildrops_.fate(1, 10, 0), std::nullopt);
    EXPECT_EQ(maildrops_.fate(1, 11, 0), 0);
    EXPECT_EQ(maildrops_.fate(2, 5, 0), std::nullopt);
    EXPECT_EQ(maildrops_.fate(2, 6, 70), 70);
    EXPECT_EQ(maildrops_.fate(3, 10, 0), 90);
    EXPECT_EQ(maildrops_.fate(3, 11, 0), 0);
    EXPECT_EQ(maildrops_.fate(3, 12, 0), std::nullopt);
    maildrops_.indexed(records);
    EXPECT_EQ(maildrops_.fate(1, 10, 0), 0);
}

TEST_F(MaildropsTest, HidesAndShowsAgain) {
    const auto restoration = [&](MessageId id) {
        Logged logged = *record(RecordKind::restoration, 90, {1}, {id});
        logged.record.restored =
            std::make_shared<const std::vector<HiddenRow>>(std::vector<HiddenRow>{{{id, 10, 7, 700}, "imported"}});
        return std::make_shared<const Logged>(std::move(logged));
    };
    auto hidden_move = [&](MessageId id) {
        Logged logged = *record(RecordKind::move, id, {1, 2});
        logged.record.ids = {90, 0};
        return std::make_shared<const Logged>(std::move(logged));
    };
    const Records all = {delivery(10, "imported"), delivery(11),    record(RecordKind::retirement, 90, {1}, {10, 11}),
                         hidden_move(11),          restoration(10), record(RecordKind::restoration, 90, {1}, {11})};
    maildrops_.publish(all);
    // The index may have applied any number of the records that are still held in memory.
    for (std::size_t applied = 0; applied <= all.size(); ++applied) {
        MaildropRows from_index;
        for (std::size_t i = 0; i < applied; ++i) from_index.apply(*all[i], 1);
        auto rows = maildrops_.complete(1, std::move(from_index), false);
        EXPECT_THAT(ids(*rows), ElementsAre(10)) << applied << ": one that was copied forward shows nothing";
        EXPECT_EQ(rows->find(10)->offset, 700U) << applied;
        std::string uidl;
        rows->append_uidl(10, uidl);
        EXPECT_EQ(uidl, "imported");
        maildrops_.drop(std::move(rows));
    }
    EXPECT_EQ(maildrops_.fate(1, 11, 0), 0);
}

TEST_F(MaildropsTest, ACountedSizeFollowsTheLog) {
    maildrops_.publish(Records{delivery(10)});
    EXPECT_FALSE(maildrops_.counted(1)) << "nobody asked";
    EXPECT_EQ(maildrops_.count(1, {}).messages, 1U) << "what the index lacks is counted too";
    maildrops_.publish(
        Records{delivery(11), record(RecordKind::move, 11, {1}), record(RecordKind::delivery, 12, {1, 2})});
    ASSERT_TRUE(maildrops_.counted(1));
    EXPECT_EQ(maildrops_.counted(1)->messages, 3U);
    EXPECT_EQ(maildrops_.counted(1)->octets, 30U);
    EXPECT_FALSE(maildrops_.counted(2));
    maildrops_.publish(Records{record(RecordKind::removal, 0, {1}, {10})});
    EXPECT_FALSE(maildrops_.counted(1)) << "what was deleted is not in memory";
    EXPECT_EQ(maildrops_.count(1, {}).messages, 2U);
    auto rows = maildrops_.complete(1, {}, true);
    maildrops_.drop(std::move(rows));
    maildrops_.publish(Records{record(RecordKind::removal, 0, {1}, {11})});
    ASSERT_TRUE(maildrops_.counted(1)) << "with the rows at hand it is counted at once";
    EXPECT_EQ(maildrops_.counted(1)->octets, 10U);
}

}  // namespace
}  // namespace restante::store
