// Hundreds of short random lives of a store on a disk that forgets and fails; before a change of the store, try thousands.
// RESTANTE_STORE_SEEDS: how many of each kind; RESTANTE_STORE_FIRST_SEED: where to begin, to repeat one.
#include <gtest/gtest.h>

#include <cstdlib>

#include "store/store_run.hpp"

namespace restante::store {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

/// `must_happen`: events without which the seeds would prove nothing.
void run_seeds(const RunProfile& profile, std::uint64_t usual_count, const std::vector<std::string>& must_happen) {
    EventCounts events;
    const std::uint64_t first = from_environment("RESTANTE_STORE_FIRST_SEED", 1);
    const std::uint64_t count = from_environment("RESTANTE_STORE_SEEDS", usual_count);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        StoreRun run(seed, profile, events);
        const std::string wrong = run.run();
        ASSERT_EQ(wrong, "") << "repeat with RESTANTE_STORE_FIRST_SEED=" << seed << " RESTANTE_STORE_SEEDS=1";
    }
    for (const auto& [event, count_of] : events.counts) std::printf("    %-28s %d\n", event.c_str(), count_of);
    for (const std::string& event : must_happen) EXPECT_TRUE(count < usual_count || events.counts[event] > 0) << event;
}

TEST(StoreCrash, SurvivesBeingKilled) {
    RunProfile profile;
    profile.power_loss = false;
    run_seeds(profile, 100, {"store.compaction_ended", "store.opened"});
}

TEST(StoreCrash, SurvivesPowerLoss) {
    run_seeds({}, 200, {"store.compaction_ended", "store.tail_cut", "restored", "store.purged"});
}

TEST(StoreCrash, SurvivesTheLossOfItsIndex) {
    RunProfile profile;
    profile.index_loss = true;
    run_seeds(profile, 100, {"store.compaction_ended", "store.tail_cut", "restored", "store.purged"});
}

TEST(StoreCrash, SurvivesWriteFaults) {
    RunProfile profile;
    profile.faults.write_error = 0.05;
    profile.fault_time = 0.5;
    run_seeds(profile, 100, {"store.compaction_ended", "store.compaction_waits"});
}

TEST(StoreCrash, SurvivesSyncFaults) {
    RunProfile profile;
    profile.faults.sync_error = 0.1;
    profile.fault_time = 0.5;
    run_seeds(profile, 100, {"store.segment_abandoned", "store.index_failed"});
}

TEST(StoreCrash, SurvivesEveryFault) {
    RunProfile profile;
    profile.faults = {0.03, 0.03, 0.01, 0.03, UINT64_MAX};
    profile.fault_time = 0.4;
    run_seeds(profile, 100, {"store.segment_abandoned", "store.stopped_accepting"});
}

TEST(StoreCrash, SurvivesAFullDisk) {
    RunProfile profile;
    profile.faults.capacity = 150'000;
    profile.fault_time = 0.5;
    run_seeds(profile, 75, {"store.index_waits"});
}

}  // namespace
}  // namespace restante::store
