// Does the simulated disk forget what it should? A crash test proves nothing over a disk that never loses anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/simulated_disk.hpp"

namespace restante::store {
namespace {

TEST(SimulatedDisk, KeepsWhatWasSyncedAndForgetsTheRest) {
    int lost = 0;
    int torn = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SimulatedDisk disk(seed);
        auto file = *disk.open("/d/a", OpenMode::create);
        ASSERT_TRUE(file->write(0, "synced"));
        ASSERT_TRUE(file->sync());
        ASSERT_TRUE(disk.sync_directory("/d"));
        ASSERT_TRUE(file->write(6, std::string(5'000, 'x')));
        disk.power_off();
        EXPECT_FALSE(file->write(0, "dead"));
        auto again = *disk.open("/d/a", OpenMode::read);
        std::string room(6'000, '?');
        const std::size_t got = *again->read(0, room);
        room.resize(got);
        EXPECT_EQ(room.substr(0, 6), "synced");
        const auto kept = static_cast<std::size_t>(std::count(room.begin(), room.end(), 'x'));
        lost += kept == 0 ? 1 : 0;
        torn += kept > 0 && kept < 5'000 ? 1 : 0;
    }
    EXPECT_GT(lost, 5);
    EXPECT_GT(torn, 5);
}

TEST(SimulatedDisk, ForgetsNamesThatWereNotSynced) {
    int gone = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SimulatedDisk disk(seed);
        auto file = *disk.open("/d/a", OpenMode::create);
        ASSERT_TRUE(file->sync());
        disk.power_off();
        gone += disk.exists("/d/a") ? 0 : 1;
    }
    EXPECT_GT(gone, 10);
    EXPECT_LT(gone, 40);
}

TEST(SimulatedDisk, LosesDataBehindAFailedSync) {
    int lost = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SimulatedDisk disk(seed);
        auto file = *disk.open("/d/a", OpenMode::create);
        ASSERT_TRUE(disk.sync_directory("/d"));
        ASSERT_TRUE(file->write(0, "12345678"));
        DiskFaults faults;
        faults.sync_error = 1;
        disk.set_faults(faults);
        EXPECT_FALSE(file->sync());
        disk.set_faults({});
        EXPECT_TRUE(file->sync()) << "a second sync has nothing left to report";
        EXPECT_EQ(disk.size_of("/d/a"), 8U) << "and what was lost can still be read";
        disk.power_off();
        lost += disk.size_of("/d/a") < 8 ? 1 : 0;
    }
    EXPECT_GT(lost, 10);
}

TEST(SimulatedDisk, IsFullAtItsCapacity) {
    SimulatedDisk disk(1);
    DiskFaults faults;
    faults.capacity = 100;
    disk.set_faults(faults);
    auto file = *disk.open("/d/a", OpenMode::create);
    EXPECT_TRUE(file->write(0, std::string(90, 'x')));
    EXPECT_EQ(*disk.free_bytes("/d"), 10U);
    EXPECT_EQ(file->write(90, std::string(20, 'x')).error().kind, ErrorKind::no_space);
    EXPECT_LE(disk.size_of("/d/a"), 100U);
}

}  // namespace
}  // namespace restante::store
