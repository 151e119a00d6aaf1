#pragma once
// Gives the space of deleted messages back: copies what lives in a mostly dead segment to the end of the log, then
// removes the segment.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>

#include "base/log.hpp"
#include "store/index.hpp"
#include "store/log_queue.hpp"
#include "store/log_reader.hpp"

namespace restante::store {

/// Lives on the index's thread, between transactions: so nothing it decides on is changed under it except by records
/// that are in the log already, and those the log's queue looks at (see LogQueue::prepare).
class Compactor {
public:
    struct Limits {
        unsigned live_percent;           // segments with less are copied
        std::uint64_t bytes_per_second;  // of log read; 0: no limit
    };
    using Rest = std::optional<std::chrono::milliseconds>;

    Compactor(StoreFiles& files, LogQueue& log_queue, Log& log, Limits limits)
        : files_(files), log_queue_(log_queue), log_(log), limits_(limits) {}

    /// A short piece of work. `all_indexed`: the index has everything that is in the log. Returns how long to rest
    /// before the next one; nullopt: until something changes. After an error try again later. `live_percent` overrides
    /// the limit.
    Result<Rest> step(Index& index, bool all_indexed, std::optional<unsigned> live_percent = std::nullopt);
    /// True while step() is between two pieces of one segment.
    bool busy() const { return phase_ != Phase::idle; }
    /// Octets of removed segments, less what was copied out of them.
    std::uint64_t freed_bytes() const { return freed_bytes_; }

private:
    enum class Phase {
        idle,
        copying,   // going over the segment
        settling,  // everything is copied: waiting for the index to have it
        removing,  // the index forgot the segment: waiting for that to be durable
    };
    std::optional<SegmentUse> choose(Index& index, bool all_indexed, unsigned live_percent);
    Result<void> begin(const SegmentUse& use);
    void start_pass();
    Result<void> copy_some(Index& index);
    Result<std::optional<Operation>> copy_of(Index& index, const LogItem& item);
    Result<std::optional<Operation>> copy_of_retirement(Index& index, const Logged& here);
    Result<void> finish(Index& index);
    Result<void> remove(Index& index);
    Result<void> cut_previous();
    void give_up(const std::string& why);
    std::uint64_t live_bytes(const SegmentUse& use) const;

    StoreFiles& files_;
    LogQueue& log_queue_;
    Log& log_;
    const Limits limits_;
    Phase phase_ = Phase::idle;
    std::uint32_t segment_ = 0;
    std::uint32_t oldest_ = 0;
    SegmentHeader header_;
    std::shared_ptr<File> file_;
    std::unique_ptr<LogReader> reader_;
    std::uint64_t size_ = 0;
    std::uint64_t read_ = 0;  // octets of log gone over in this piece
    int passes_ = 0;
    std::uint64_t copied_ = 0;          // octets of this segment's records written again
    std::set<std::uint32_t> hopeless_;  // damaged: kept as they are until the next start
    std::atomic<std::uint64_t> freed_bytes_{0};
};

}  // namespace restante::store
