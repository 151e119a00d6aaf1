// Deleting with a way back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/maintenance.hpp"
#include "store/record.hpp"
#include "store/store_fixture.hpp"

namespace restante::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class HiddenTest : public StoreFixture {
protected:
    HiddenTest() {
        options_.purge_interval = std::chrono::seconds(0);
        options_.segment_bytes = 20'000;
        options_.compaction_live_percent = 0;
        store_.reset();
        open();
    }
    RetirementId retire(MaildropId id, std::vector<std::size_t> which,
                        std::chrono::seconds keep = std::chrono::days(7)) {
        auto drop = maildrop(id);
        std::vector<MessageId> ids;
        for (const std::size_t index : which) ids.push_back(drop->messages()[index].id);
        std::promise<Result<RetirementId>> answer;
        drop->retire_messages(ids, {"me@example.org", "192.0.2.7"}, keep,
                              [&](Result<RetirementId> result) { answer.set_value(std::move(result)); });
        auto result = answer.get_future().get();
        EXPECT_TRUE(result) << result.error().detail;
        return result.value_or(0);
    }
    std::vector<std::string> bodies(MaildropId id) {
        std::vector<std::string> out;
        auto drop = maildrop(id);
        for (const Entry& entry : drop->messages()) out.push_back(read_all(*drop, entry).substr(20));
        return out;
    }
    std::vector<std::string> uidls(MaildropId id) {
        std::vector<std::string> out;
        auto drop = maildrop(id);
        for (std::size_t i = 0; i < drop->messages().size(); ++i) out.push_back(uidl(*drop, i));
        return out;
    }
    void lose_index() {
        store_.reset();
        ASSERT_TRUE(remove_index(*files_, options_.directory));
        open();
    }
};

TEST_F(HiddenTest, HidesListsAndGivesBack) {
    for (const char* text : {"one", "two", "three"}) put(text, {1});
    const auto before = uidls(1);
    const RetirementId retirement = retire(1, {0, 2});
    EXPECT_THAT(bodies(1), ElementsAre("two"));
    EXPECT_EQ(store_->size_of(1)->messages, 1U);
    const auto listed = *store_->retirements(1);
    ASSERT_THAT(listed, SizeIs(1));
    EXPECT_EQ(listed[0].id, retirement);
    EXPECT_EQ(listed[0].by.login, "me@example.org");
    EXPECT_EQ(listed[0].by.peer, "192.0.2.7");
    EXPECT_GT(listed[0].until, clock_.now() + std::chrono::days(6));
    EXPECT_LE(listed[0].at, clock_.now());
    EXPECT_EQ(listed[0].deleted.messages, 2U);
    EXPECT_EQ(listed[0].left.octets, 48U);
    const auto hidden = *store_->hidden_messages(1, retirement);
    ASSERT_THAT(hidden, SizeIs(2));
    EXPECT_EQ(hidden[1].uidl, before[2]);

    EXPECT_EQ(store_->restore(1, retirement, {hidden[0].id, 12345}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(store_->restore(2, retirement, {}).error().kind, ErrorKind::not_found) << "another's maildrop";
    EXPECT_EQ(store_->restore(1, retirement, {hidden[1].id})->messages, 1U);
    EXPECT_THAT(bodies(1), ElementsAre("two", "three"));
    EXPECT_EQ(store_->restore(1, retirement, {})->messages, 1U);
    EXPECT_EQ(store_->restore(1, retirement, {}).error().kind, ErrorKind::not_found) << "only once";
    for (int round = 0; round < 2; ++round, reopen()) {
        EXPECT_THAT(bodies(1), ElementsAre("one", "two", "three")) << "in their old order";
        EXPECT_EQ(uidls(1), before);
    }
}

TEST_F(HiddenTest, KeepsImportedUidlsAndDeliveryIds) {
    Delivery delivery;
    delivery.prefix = "Return-Path: <a@b>\r\n";
    delivery.maildrops = {1};
    delivery.uidl = "old-server!17";
    delivery.delivery_id = "once";
    const MessageId id = commit("imported", delivery)->id;
    const RetirementId retirement = retire(1, {0});
    EXPECT_TRUE(commit("again", delivery)->duplicate) << "hidden is not forgotten";
    delivery.delivery_id = "other";
    commit("same uidl", delivery);
    EXPECT_NE(uidls(1)[0], "old-server!17");
    ASSERT_TRUE(store_->restore(1, retirement, {}));
    EXPECT_EQ(uidls(1)[0], "old-server!17");
    EXPECT_EQ(maildrop(1)->messages()[0].id, id);
}

TEST_F(HiddenTest, HidesInOneMaildropOnly) {
    const MessageId id = put(text_of(60'000), {1, 2});
    retire(1, {0});
    EXPECT_THAT(bodies(1), IsEmpty());
    EXPECT_THAT(bodies(2), SizeIs(1));
    EXPECT_TRUE(remove(*maildrop(2), {id}));
    reopen();
    ASSERT_TRUE(store_->restore(1, store_->retirements(1)->front().id, {}));
    EXPECT_THAT(bodies(1), ElementsAre(text_of(60'000))) << "its file is still there";
}

TEST_F(HiddenTest, SurvivesCompactionAndTheLossOfTheIndex) {
    for (int i = 0; i < 30; ++i) put(text_of(4'000, static_cast<char>('a' + i % 4)), {1, 2});
    const auto all = bodies(1);
    const auto names = uidls(1);
    const RetirementId first = retire(1, {0, 1, 20});
    const RetirementId second = retire(1, {0});  // the third of the maildrop
    ASSERT_TRUE(store_->restore(1, first, {store_->hidden_messages(1, first)->at(1).id}));
    {
        auto drop = maildrop(2);
        std::vector<MessageId> ids;
        for (const Entry& entry : drop->messages()) ids.push_back(entry.id);
        EXPECT_TRUE(remove(*drop, ids));
    }
    {
        auto drop = maildrop(1);
        std::vector<MessageId> ids;
        for (std::size_t i = 1; i < drop->messages().size(); ++i) ids.push_back(drop->messages()[i].id);
        EXPECT_TRUE(remove(*drop, ids));
    }
    for (int round = 0; round < 4; ++round) {
        ASSERT_TRUE(compact(*store_, {}));
        EXPECT_THAT(bodies(1), ElementsAre(all[1])) << round;
        const auto listed = *store_->retirements(1);
        ASSERT_THAT(listed, SizeIs(2));
        EXPECT_EQ(listed[0].id, second);
        EXPECT_EQ(listed[0].left.messages, 1U);
        EXPECT_EQ(listed[1].left.messages, 2U);
        EXPECT_EQ(listed[1].deleted.messages, 3U);
        EXPECT_EQ(listed[1].by.login, "me@example.org");
        EXPECT_THAT(verify(*store_, {})->faults, IsEmpty());
        if (round == 1) lose_index();
        if (round == 2) put("makes it move", {3});
    }
    ASSERT_TRUE(store_->restore(1, first, {}));
    ASSERT_TRUE(store_->restore(1, second, {}));
    lose_index();
    EXPECT_THAT(bodies(1), ElementsAre(all[0], all[1], all[2], all[20]));
    EXPECT_THAT(uidls(1), ElementsAre(names[0], names[1], names[2], names[20]));
}

TEST_F(HiddenTest, IsDeletedWhenItsTimeHasPassed) {
    put(text_of(200'000), {1});
    put("stays", {1});
    retire(1, {0}, std::chrono::seconds(0));
    retire(1, {0});
    for (int i = 0; i < 500 && store_->retirements(1)->size() > 1; ++i) put("lets time pass", {2});
    const auto listed = *store_->retirements(1);
    ASSERT_THAT(listed, SizeIs(1));
    EXPECT_EQ(listed[0].left.messages, 1U);
    reopen();
    for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
        EXPECT_NE(entry.path().extension(), ".big");
    }
    EXPECT_THAT(verify(*store_, {})->faults, IsEmpty());
}

TEST_F(HiddenTest, GoesWithItsMaildrop) {
    put("one", {1});
    retire(1, {0});
    ASSERT_TRUE(store_->remove_maildrop(1));
    EXPECT_THAT(*store_->retirements(1), IsEmpty());
    lose_index();
    EXPECT_THAT(*store_->retirements(1), IsEmpty());
    EXPECT_THAT(bodies(1), IsEmpty());
}

TEST_F(HiddenTest, PutsNothingNewIntoASegmentOfTheOldFormat) {
    put("old", {1});
    store_.reset();
    const std::string path = options_.directory + "/0000000001.log";
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    std::string bytes(kSegmentHeaderBytes, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    SegmentHeader header = *decode_segment_header(bytes);
    header.version = 1;
    file.seekp(0);
    file << encode(header);
    file.close();
    open();
    const auto size = std::filesystem::file_size(path);
    EXPECT_THAT(bodies(1), ElementsAre("old"));
    retire(1, {0});
    EXPECT_EQ(std::filesystem::file_size(path), size);
    EXPECT_TRUE(std::filesystem::exists(options_.directory + "/0000000002.log"));
}

}  // namespace
}  // namespace restante::store
