#pragma once
// Settings of the embedded message store, and how it is opened.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "store/file_system.hpp"
#include "store/store.hpp"

namespace restante::store {

struct Options {
    std::string directory;                         // holds nothing but the store; created when missing
    std::uint64_t segment_bytes = 256ULL << 20;    // a log segment is closed once it is this long
    std::size_t draft_memory_bytes = 1U << 20;     // of one draft in memory; the rest goes to a file
    std::size_t batch_bytes = 8U << 20;            // at most this much shares one write and sync (at least one record)
    std::size_t queue_bytes = 128U << 20;          // commits waiting for the disk; beyond: unavailable
    std::uint64_t free_bytes = 32U << 20;          // with less free disk space commits fail with no_space
    std::size_t index_batch_records = 16'384;      // log records per index transaction
    std::chrono::milliseconds index_delay{1'000};  // an index transaction waits this long for more records
    std::size_t index_backlog_records = 500'000;   // records not yet indexed; beyond: commits fail, unavailable
    int index_cache_kib = 32'768;                  // page cache of the index
    std::size_t index_log_bytes = 32U << 20;       // the index's own write-ahead log before it is folded in
    std::size_t cache_bytes = 64U << 20;           // maildrops kept in memory, least recently used go first
    std::size_t open_files = 256;                  // descriptors of segments and large messages kept open
    std::chrono::hours delivery_memory{365 * 24};  // how long delivery ids are remembered
    std::chrono::seconds purge_interval{600};      // how often deleted mail whose time has passed is removed
    unsigned compaction_live_percent = 50;         // a closed segment with less live data is copied; 0: never
    std::uint64_t compaction_bytes_per_second = 32U << 20;  // read rate of the background copy
};

/// Opens the store, replays what the index lacks and starts the store's threads. Blocking. `files`, `clock`, `ids`
/// and `log` must outlive it; `ids` is moved past every id ever stored.
/// Destroying the store drains its queues and closes it cleanly. Drafts and maildrops may outlive it: they then answer
/// unavailable to everything that would change the store.
/// Errors: newer_version, corrupt, busy (another process has it open), no_space, io, denied.
Result<std::unique_ptr<MessageStore>> open_store(Options options, FileSystem& files, const Clock& clock, IdSource& ids,
                                                 Log& log);

}  // namespace restante::store
