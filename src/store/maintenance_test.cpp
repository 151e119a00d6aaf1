#include "store/maintenance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "store/store_fixture.hpp"

namespace restante::store {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class MaintenanceTest : public StoreFixture {
protected:
    std::string segment(int number) const {
        return options_.directory + "/000000000" + std::to_string(number) + ".log";
    }
    static void overwrite(const std::string& path, std::streamoff offset, const std::string& bytes) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        ASSERT_TRUE(file.is_open()) << path;
        file.seekp(offset);
        file << bytes;
    }
    static std::string slurp(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    VerifyReport verified() {
        auto report = verify(*store_, {});
        EXPECT_TRUE(report) << report.error().detail;
        return report ? *report : VerifyReport{};
    }
    std::vector<std::string> bodies(MaildropId id) {
        std::vector<std::string> out;
        auto drop = maildrop(id);
        for (const Entry& entry : drop->messages()) out.push_back(read_all(*drop, entry));
        return out;
    }
    void small_segments() {
        options_.segment_bytes = 20'000;
        options_.compaction_live_percent = 0;
        reopen();
    }
};

TEST_F(MaintenanceTest, FindsNothingWrongWithAGoodStore) {
    small_segments();
    for (int i = 0; i < 20; ++i) put(text_of(3'000), {1, 2});
    put(text_of(200'000), {1});
    const auto report = verified();
    EXPECT_THAT(report.faults, IsEmpty());
    EXPECT_TRUE(report.index_compared);
    EXPECT_EQ(report.messages, 41U);
    EXPECT_EQ(report.records, 21U);
    EXPECT_EQ(report.big_files, 1U);
    EXPECT_GE(report.segments, 3U);
}

TEST_F(MaintenanceTest, FindsADamagedMessageAndServesTheRest) {
    put("first", {1});
    put(text_of(30'000), {1});
    put("third", {1});
    store_.reset();
    const std::string all = slurp(segment(1));
    overwrite(segment(1), static_cast<std::streamoff>(all.find("abcdefghij", 20'000)), "X");
    open();
    const auto report = verified();
    EXPECT_EQ(report.fault_count, 1U);
    EXPECT_THAT(report.faults, Contains(HasSubstr("fails its checksum")));
    auto drop = maildrop(1);
    ASSERT_THAT(drop->messages(), SizeIs(3));
    EXPECT_EQ(read_all(*drop, drop->messages()[0]), "Return-Path: <a@b>\r\nfirst");
    EXPECT_EQ(read_all(*drop, drop->messages()[2]), "Return-Path: <a@b>\r\nthird");
    std::string room(60'000, '\0');
    EXPECT_EQ(drop->read(drop->messages()[1], 0, room).error().kind, ErrorKind::corrupt);
    EXPECT_TRUE(remove(*drop, {drop->messages()[1].id})) << "it can be deleted all the same";
}

TEST_F(MaintenanceTest, FindsDamageBetweenRecords) {
    put("first", {1});
    put("second", {1});
    put("third", {1});
    store_.reset();
    const std::string all = slurp(segment(1));
    const auto second = all.find("RsRt", all.find("RsRt") + 4);
    ASSERT_NE(second, std::string::npos);
    overwrite(segment(1), static_cast<std::streamoff>(second + 20), "XXXX");
    open();
    const auto report = verified();
    EXPECT_THAT(report.faults, Contains(HasSubstr("octets are damaged")));
    EXPECT_THAT(bodies(1), SizeIs(3)) << "the index still knows where it is";
    // Made anew from the log, the index knows only the other two.
    store_.reset();
    ASSERT_TRUE(remove_index(*files_, options_.directory));
    open();
    EXPECT_THAT(bodies(1), SizeIs(2));
}

TEST_F(MaintenanceTest, NamesAMissingSegmentAndServesTheRest) {
    small_segments();
    for (int i = 0; i < 12; ++i) put(text_of(4'000), {1});
    store_.reset();
    std::filesystem::remove(segment(2));
    open();
    EXPECT_THAT(verified().faults, Contains(HasSubstr("segment 2 is missing")));
    int readable = 0;
    auto drop = maildrop(1);
    ASSERT_THAT(drop->messages(), SizeIs(12));
    std::string room(100, '\0');
    for (const Entry& entry : drop->messages()) {
        auto got = drop->read(entry, 0, room);
        readable += got ? 1 : 0;
        if (got) continue;
        EXPECT_THAT(got.error().detail, HasSubstr("missing"));
    }
    EXPECT_GT(readable, 5);
    EXPECT_LT(readable, 12);
}

TEST_F(MaintenanceTest, GoesOnAfterTheLastSegmentWasLost) {
    small_segments();
    for (int i = 0; i < 8; ++i) put(text_of(4'000), {1});
    store_.reset();
    std::filesystem::remove(segment(2));
    open();
    put("later", {2});
    reopen();
    EXPECT_EQ(bodies(2).at(0), "Return-Path: <a@b>\r\nlater");
}

TEST_F(MaintenanceTest, RefusesANewerStore) {
    put("first", {1});
    store_.reset();
    overwrite(segment(1), 8, std::string("\x03\0\0\0", 4));
    auto opened = open_store(options_, *files_, clock_, ids_, null_log());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::newer_version);
    overwrite(segment(1), 8, std::string("\x02\0\0\0", 4));
    open();
    EXPECT_THAT(bodies(1), SizeIs(1));
}

TEST_F(MaintenanceTest, GivesSpaceBack) {
    small_segments();
    std::vector<MessageId> ids;
    for (int i = 0; i < 30; ++i) ids.push_back(put(text_of(4'000, static_cast<char>('a' + i % 4)), {1, 2}));
    const auto expected = bodies(1);
    auto before = maildrop(1);  // its snapshot stays readable
    {
        auto drop = maildrop(2);
        EXPECT_TRUE(remove(*drop, ids));
    }
    EXPECT_LT(*compact(*store_, {}), 2'000U) << "every message still has a maildrop";
    before.reset();
    std::vector<MessageId> most;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i % 10 != 0) most.push_back(ids[i]);
    }
    EXPECT_TRUE(remove(*maildrop(1), most));
    before = maildrop(1);
    EXPECT_GT(*compact(*store_, {}), 100'000U);
    EXPECT_FALSE(std::filesystem::exists(segment(1)));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(read_all(*before, before->messages()[i]), expected[i * 10]);
    before.reset();
    EXPECT_THAT(verified().faults, IsEmpty());
    for (int round = 0; round < 3; ++round) {
        EXPECT_THAT(bodies(1), testing::ElementsAre(expected[0], expected[10], expected[20]));
        EXPECT_THAT(bodies(2), IsEmpty());
        if (round == 1) {
            store_.reset();
            ASSERT_TRUE(remove_index(*files_, options_.directory));
            open();
        } else {
            reopen();
        }
    }
}

TEST_F(MaintenanceTest, CompactsByItselfInTheBackground) {
    options_.segment_bytes = 20'000;
    options_.compaction_bytes_per_second = 0;
    reopen();
    std::vector<MessageId> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(put(text_of(4'000), {1}));
    put("last", {1});
    EXPECT_TRUE(remove(*maildrop(1), ids));
    for (int i = 0; i < 500 && std::filesystem::exists(segment(1)); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_FALSE(std::filesystem::exists(segment(1)));
    EXPECT_THAT(bodies(1), testing::ElementsAre("Return-Path: <a@b>\r\nlast"));
}

TEST_F(MaintenanceTest, BacksUpWhileServing) {
    small_segments();
    for (int i = 0; i < 10; ++i) put(text_of(4'000), {1});
    put(text_of(150'000), {1});
    Delivery delivery;
    delivery.maildrops = {1};
    delivery.delivery_id = "once";
    ASSERT_TRUE(commit("once", delivery));
    std::atomic<bool> stop{false};
    std::thread busy([&] {
        while (!stop) put(text_of(2'000), {2});
    });
    const auto before = bodies(1);
    auto report = backup(*store_, clock_, directory_ + "/copy", {});
    stop = true;
    busy.join();
    ASSERT_TRUE(report) << report.error().detail;
    EXPECT_GT(report->linked, 0U);
    EXPECT_EQ(backup(*store_, clock_, directory_ + "/copy", {}).error().kind, ErrorKind::already_exists);
    const std::string original = options_.directory;
    put("after the backup", {1});
    store_.reset();

    ASSERT_TRUE(restore(*files_, directory_ + "/copy", directory_ + "/restored", {}));
    options_.directory = directory_ + "/restored";
    open();
    EXPECT_EQ(bodies(1), before);
    EXPECT_THAT(verified().faults, IsEmpty());
    EXPECT_TRUE(commit("once", delivery)->duplicate);
    put("into the restored one", {1});
    options_.directory = original;
    reopen();
    EXPECT_EQ(bodies(1).size(), before.size() + 1) << "the original is untouched";
}

TEST_F(MaintenanceTest, RestoresOnlyFinishedBackups) {
    put("x", {1});
    EXPECT_EQ(restore(*files_, directory_, directory_ + "/r", {}).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(backup(*store_, clock_, directory_ + "/copy", {}));
    EXPECT_EQ(restore(*files_, directory_ + "/copy", options_.directory, {}).error().kind, ErrorKind::already_exists);
    std::ofstream(directory_ + "/copy/unfinished").put('x');
    EXPECT_EQ(restore(*files_, directory_ + "/copy", directory_ + "/r", {}).error().kind, ErrorKind::corrupt);
    // A restore that was interrupted is no store.
    ASSERT_TRUE(files_->make_directory(directory_ + "/half"));
    std::ofstream(directory_ + "/half/unfinished").put('x');
    options_.directory = directory_ + "/half";
    EXPECT_EQ(open_store(options_, *files_, clock_, ids_, null_log()).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace restante::store
