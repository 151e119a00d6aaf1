// The store through its public face, on a real directory, with its threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "store/store_fixture.hpp"

namespace restante::store {
namespace {

using testing::SizeIs;

class StoreTest : public StoreFixture {};

TEST_F(StoreTest, KeepsAMessageOverARestart) {
    const MessageId id = put("Subject: x\r\n\r\nhello\r\n", {7});
    std::string first;
    {
        auto drop = maildrop(7);
        ASSERT_THAT(drop->messages(), SizeIs(1));
        EXPECT_EQ(drop->messages()[0].id, id);
        EXPECT_EQ(read_all(*drop, drop->messages()[0]), "Return-Path: <a@b>\r\nSubject: x\r\n\r\nhello\r\n");
        first = uidl(*drop, 0);
    }
    reopen();
    auto drop = maildrop(7);
    ASSERT_THAT(drop->messages(), SizeIs(1));
    EXPECT_EQ(read_all(*drop, drop->messages()[0]), "Return-Path: <a@b>\r\nSubject: x\r\n\r\nhello\r\n");
    EXPECT_EQ(uidl(*drop, 0), first);
    EXPECT_EQ(first.size(), 16U);
}

TEST_F(StoreTest, ReadsEverySizeWithEveryBuffer) {
    for (const std::size_t size : {0U, 1U, 4'096U, 16'363U, 16'364U, 16'384U, 40'000U, 70'000U, 200'001U}) {
        const std::string text = text_of(size);
        put(text, {3});
        auto drop = maildrop(3);
        const Entry entry = drop->messages().back();
        EXPECT_EQ(entry.size, size + 20);
        for (const std::size_t buffer : {777U, 16'384U, 65'536U, 500'000U}) {
            EXPECT_EQ(read_all(*drop, entry, buffer), "Return-Path: <a@b>\r\n" + text) << size << ' ' << buffer;
        }
        std::string room(100, '\0');
        auto got = drop->read_cached(entry, 20, room);
        ASSERT_TRUE(got || got.error().kind == ErrorKind::busy);
        if (got && size > 0) {
            EXPECT_EQ(room.substr(0, *got), text.substr(0, *got));
        }
    }
}

TEST_F(StoreTest, GivesOneMessageToAllItsMaildrops) {
    const MessageId id = put(text_of(60'000), {1, 2, 3, 2});
    for (const MaildropId each : {1, 2, 3}) {
        auto drop = maildrop(each);
        ASSERT_THAT(drop->messages(), SizeIs(1));
        EXPECT_EQ(drop->messages()[0].id, id);
        EXPECT_TRUE(remove(*drop, {id}));
    }
    for (const MaildropId each : {1, 2, 3}) EXPECT_EQ(store_->size_of(each)->messages, 0U);
    // The large message's file goes with its last reference.
    reopen();
    for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
        EXPECT_NE(entry.path().extension(), ".big");
    }
}

TEST_F(StoreTest, DeletesOnlyWhatItIsToldTo) {
    const MessageId a = put("a", {5});
    const MessageId b = put("b", {5});
    const MessageId c = put("c", {5});
    {
        auto drop = maildrop(5);
        EXPECT_TRUE(remove(*drop, {b}));
        EXPECT_THAT(drop->messages(), SizeIs(3)) << "a snapshot does not change";
        EXPECT_EQ(remove(*drop, {a, 12345}).error().kind, ErrorKind::invalid);
        EXPECT_TRUE(remove(*drop, {}));
    }
    for (int round = 0; round < 2; ++round, reopen()) {
        auto drop = maildrop(5);
        ASSERT_THAT(drop->messages(), SizeIs(2));
        EXPECT_EQ(drop->messages()[0].id, a);
        EXPECT_EQ(drop->messages()[1].id, c);
    }
}

// Rows P5, P6
TEST_F(StoreTest, LeasesAMaildropToOne) {
    put("a", {5});
    auto first = maildrop(5);
    auto second = store_->open_maildrop(5);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::busy);
    EXPECT_EQ(store_->remove_maildrop(5).error().kind, ErrorKind::busy);
    put("b", {5});
    EXPECT_THAT(first->messages(), SizeIs(1)) << "later mail is not in the snapshot";
    EXPECT_EQ(store_->size_of(5)->messages, 2U) << "but it is in the maildrop";
    first.reset();
    EXPECT_THAT(maildrop(5)->messages(), SizeIs(2));
}

TEST_F(StoreTest, StoresADeliveryIdOnce) {
    Delivery delivery;
    delivery.maildrops = {9};
    delivery.delivery_id = "pop3:1:abc";
    auto first = commit("one", delivery);
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->duplicate);
    for (int round = 0; round < 3; ++round) {
        auto again = commit("one", delivery);
        ASSERT_TRUE(again);
        EXPECT_TRUE(again->duplicate);
        EXPECT_EQ(again->id, first->id);
        if (round == 0) {
            EXPECT_TRUE(remove(*maildrop(9), {first->id}));
        }
        if (round == 1) reopen();
    }
    EXPECT_EQ(store_->size_of(9)->messages, 0U);
}

TEST_F(StoreTest, KeepsImportedUidlsUnique) {
    Delivery delivery;
    delivery.maildrops = {4};
    delivery.uidl = "old-server!17";
    const MessageId first = commit("a", delivery)->id;
    commit("b", delivery);
    {
        auto drop = maildrop(4);
        ASSERT_THAT(drop->messages(), SizeIs(2));
        EXPECT_EQ(uidl(*drop, 0), "old-server!17");
        EXPECT_EQ(uidl(*drop, 1).size(), 16U) << "a taken UIDL is replaced";
        EXPECT_TRUE(remove(*drop, {first}));
    }
    reopen();
    commit("c", delivery);
    auto drop = maildrop(4);
    EXPECT_NE(uidl(*drop, 1), "old-server!17") << "a UIDL is never used again";
    delivery.uidl = "with blank";
    EXPECT_EQ(commit("d", delivery).error().kind, ErrorKind::invalid);
}

// Dovecot's UIDLs are 16 hexadecimal digits like ours, and a server that is moved to is empty at first.
TEST_F(StoreTest, KeepsAnImportedUidlThatLooksLikeOneOfOurs) {
    Delivery delivery;
    delivery.maildrops = {4};
    delivery.uidl = "000000016b025e69";
    commit("a", delivery);
    delivery.uidl = "7fffffffffffffff";
    commit("b", delivery);
    auto drop = maildrop(4);
    EXPECT_EQ(uidl(*drop, 0), "000000016b025e69");
    EXPECT_NE(uidl(*drop, 1), "7fffffffffffffff") << "it may be made later";
}

TEST_F(StoreTest, RefusesBadDeliveries) {
    EXPECT_EQ(commit("a", {}).error().kind, ErrorKind::invalid);
    Delivery delivery;
    delivery.maildrops = {1};
    delivery.prefix = std::string(70'000, 'x');
    EXPECT_EQ(commit("a", delivery).error().kind, ErrorKind::invalid);
    delivery.prefix.clear();
    delivery.delivery_id = std::string(5'000, 'x');
    EXPECT_EQ(commit("a", delivery).error().kind, ErrorKind::invalid);
}

TEST_F(StoreTest, RemovesAWholeMaildrop) {
    put("a", {5, 6});
    put("b", {5});
    ASSERT_TRUE(store_->remove_maildrop(5));
    put("c", {5});
    for (int round = 0; round < 2; ++round, reopen()) {
        EXPECT_EQ(store_->size_of(5)->messages, 1U);
        EXPECT_EQ(store_->size_of(6)->messages, 1U);
    }
}

TEST_F(StoreTest, ReadsOneMessageWithoutALease) {
    const MessageId id = put(text_of(80'000), {kOriginals});
    EXPECT_EQ(store_->read_message(kOriginals, id, 1'000'000)->size(), 80'020U);
    EXPECT_EQ(*store_->read_message(kOriginals, id, 11), "Return-Path");
    EXPECT_EQ(store_->read_message(kOriginals, id + 1, 10).error().kind, ErrorKind::not_found);
    EXPECT_EQ(store_->read_message(77, id, 10).error().kind, ErrorKind::not_found);
}

TEST_F(StoreTest, NeverUsesANumberAgainWhenTheClockWasSetBack) {
    const std::string first = text_of(60'000);
    const MessageId id = put(first, {1});
    store_.reset();
    ManualClock past(clock_.now() - std::chrono::hours(1));
    IdSource ids(past);
    store_ = std::move(*open_store(options_, *files_, past, ids, null_log()));
    for (int i = 0; i < 3; ++i) EXPECT_GT(put(text_of(60'000, 'b'), {1}), id);
    {
        auto drop = maildrop(1);
        ASSERT_THAT(drop->messages(), SizeIs(4));
        EXPECT_EQ(read_all(*drop, drop->messages()[0]), "Return-Path: <a@b>\r\n" + first);
    }
    store_.reset();  // before the clock goes
}

TEST_F(StoreTest, AnswersManyWritersAndReadersAtOnce) {
    constexpr int kWriters = 8;
    constexpr int kEach = 60;
    std::vector<std::thread> threads;
    std::atomic<int> stored{0};
    for (int w = 0; w < kWriters; ++w) {
        threads.emplace_back([&, w] {
            for (int i = 0; i < kEach; ++i) {
                Delivery delivery;
                delivery.maildrops = {w % 3 + 1, 10};
                if (i % 4 == 0) delivery.delivery_id = std::to_string(i);  // the same for all writers
                auto done = commit(text_of(static_cast<std::size_t>(i) * 1'100), delivery);
                if (done && !done->duplicate) ++stored;
            }
        });
    }
    threads.emplace_back([&] {
        for (int i = 0; i < 40; ++i) {
            auto drop = store_->open_maildrop(i % 3 + 1);
            if (!drop || (*drop)->messages().empty()) continue;
            const Entry& entry = (*drop)->messages().front();
            EXPECT_EQ(read_all(**drop, entry).size(), entry.size);
            EXPECT_TRUE(remove(**drop, {entry.id}));
        }
    });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(stored, kWriters * kEach * 3 / 4 + kEach / 4);
    for (int round = 0; round < 2; ++round, reopen()) {
        EXPECT_EQ(store_->size_of(10)->messages, static_cast<std::uint64_t>(stored.load()));
    }
    EXPECT_EQ(store_->statistics().index_lag, 0U);
}

TEST_F(StoreTest, ItsOwnMaildropsNeedNoLease) {
    const MessageId first = put("a", {kOutgoing}), second = put("b", {kOutgoing, 5});
    auto listed = store_->list(kOutgoing);
    ASSERT_TRUE(listed);
    ASSERT_THAT(*listed, SizeIs(2));
    char bytes[100];
    const auto got = store_->read(kOutgoing, store_->find(kOutgoing, second).value(), 20, bytes);
    ASSERT_TRUE(got);
    EXPECT_EQ(std::string(bytes, *got), "b");
    ASSERT_TRUE(store_->remove_messages(kOutgoing, {first, 12345}));
    reopen();
    EXPECT_EQ(store_->find(kOutgoing, first).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(store_->remove_messages(kOutgoing, {second}));
    EXPECT_THAT(*store_->list(kOutgoing), SizeIs(0));
    EXPECT_EQ(store_->size_of(5)->messages, 1U) << "the other maildrop keeps its copy";
}

TEST_F(StoreTest, AnswersUnavailableWhenClosed) {
    put("a", {5});
    auto drop = maildrop(5);
    auto draft = store_->create_draft();
    store_.reset();
    EXPECT_EQ(read_all(*drop, drop->messages()[0]), "Return-Path: <a@b>\r\na");
    EXPECT_EQ(remove(*drop, {drop->messages()[0].id}).error().kind, ErrorKind::unavailable);
    EXPECT_TRUE((*draft)->append(text_of(100'000)));
}

TEST_F(StoreTest, RefusesToOpenTwice) {
    auto second = open_store(options_, *files_, clock_, ids_, null_log());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::busy);
}

}  // namespace
}  // namespace restante::store
