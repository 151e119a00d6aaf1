#pragma once
// The end of the body log: appends batches of records, each made durable by one sync, and undoes what failed.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/draft.hpp"
#include "store/record.hpp"
#include "store/store_files.hpp"

namespace restante::store {

/// Where a record begins, or where the log ends.
struct Position {
    std::uint32_t segment = 0;
    std::uint64_t offset = 0;
    auto operator<=>(const Position&) const = default;
};

/// A record to be written, with the message's bytes if it has any. The id is filled in by whoever orders the batch.
struct Outgoing {
    Record record;
    std::string prefix;                   // first part of the body
    std::unique_ptr<SpooledDraft> draft;  // second part, unless it is a file of its own
    std::vector<std::uint32_t> sums;      // checksums of the body's cells, not sealed
    std::string raw;                      // instead of all these: body and sealed checksums, copied from elsewhere

    // Set by LogWriter::append.
    Position at;
    std::uint64_t body_offset = 0;
    std::uint64_t length = 0;
};

/// Used by one thread.
class LogWriter {
public:
    struct Limits {
        std::uint64_t segment_bytes;
    };
    LogWriter(StoreFiles& files, const Clock& clock, Log& log, Limits limits);

    /// Goes on behind what was found at start: `end` is where the durable log ends; segment 0: there is none yet.
    /// `highest_number`: no new segment may have this number or a lower one.
    Result<void> resume(Position end, std::uint32_t highest_number, MessageId highest_id);

    /// All of `batch` durable, or none of it in the log now and after any crash. After an error later calls may
    /// succeed, unless accepting() turned false: then the disk failed in a way that could not be undone, and the fate
    /// of that one batch shows at the next start.
    Result<void> append(std::span<Outgoing* const> batch);

    /// Starts a new segment, unless the current one is empty.
    Result<void> close_segment();

    bool accepting() const { return accepting_; }
    Position end() const { return {number_, end_}; }
    std::uint64_t syncs() const { return syncs_; }
    MessageId highest_id() const { return highest_id_; }

private:
    Result<void> start_segment();
    Result<void> create_segment(std::uint32_t number, std::uint64_t salt);
    Result<void> write_batch(std::span<Outgoing* const> batch, std::uint64_t& end);
    Error undo(Error cause, bool sync_failed);

    StoreFiles& files_;
    const Clock& clock_;
    Log& log_;
    const Limits limits_;
    std::unique_ptr<File> file_;
    std::uint32_t number_ = 0;
    std::uint32_t highest_number_ = 0;
    std::uint64_t salt_ = 0;
    std::uint64_t end_ = 0;  // durable end of the current segment
    MessageId highest_id_ = 0;
    std::uint64_t syncs_ = 0;
    bool accepting_ = true;
    bool old_format_ = false;  // of the current segment: nothing new may be put into it
};

}  // namespace restante::store
