#pragma once
// The protocol log of one service: what was said in every session, as CSV, in files that roll over (Exchange's fields).
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "watch/log_files.hpp"

namespace restante::watch {

struct ProtocolLogOptions {
    bool enabled = false;
    std::string folder;                      // made when missing
    std::string rotation = "daily";          // hourly, daily, weekly, monthly; by UTC
    std::uint64_t file_bytes = 10U << 20;    // a new file at this size, too; 0: by time only
    std::uint64_t total_bytes = 1ULL << 30;  // of all files of the service, the oldest go; 0: no limit
    std::chrono::hours keep{30 * 24};        // files that ended longer ago go; 0: for ever
    std::size_t queue_bytes = 4U << 20;      // rows waiting for the disk; what comes beyond is lost, and counted
    bool operator==(const ProtocolLogOptions&) const = default;
};

/// event: + connected, - disconnected, > sent, < received, * noted.
struct ProtocolRow {
    Timestamp at{};
    std::string_view session;
    std::uint64_t sequence = 0;
    std::string_view local, remote;
    char event = '*';
    std::string_view data, context;
};

/// The row as a line of CSV with its end: control characters as \xNN, so that a row is one line.
std::string encode_row(std::string_view connector, const ProtocolRow& row);

/// Thread-safe. Writes on a thread of its own, which runs only while the log is enabled.
class ProtocolLog {
public:
    /// service: connector-id of the rows and beginning of the files' names. All else must outlive it.
    ProtocolLog(std::string service, const Clock& clock, Log& log, Metrics& metrics);
    ~ProtocolLog();
    ProtocolLog(const ProtocolLog&) = delete;
    ProtocolLog& operator=(const ProtocolLog&) = delete;

    /// Takes effect with the next row. Blocks while a log that is switched off writes what waits.
    void set(ProtocolLogOptions options);
    bool enabled() const { return enabled_; }
    /// Never waits for the disk: the row is lost when too many wait already.
    void add(const ProtocolRow& row);
    /// Blocking: everything added before is in the files (tests).
    void flush();

private:
    void run();
    void write(const std::vector<std::string>& rows, const ProtocolLogOptions& options);
    std::string lost_row(std::uint64_t lost) const;

    const std::string service_;
    const Clock& clock_;
    Log& log_;
    Counter& dropped_;
    std::atomic<bool> enabled_{false};

    std::mutex changes_;  // one set() at a time
    std::mutex mutex_;
    std::condition_variable arrived_, written_;
    ProtocolLogOptions options_;
    std::vector<std::string> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t added_ = 0, done_ = 0;
    bool stopping_ = false;
    std::thread thread_;

    LogFiles files_;        // of the thread
    bool failing_ = false;  // told once
};

}  // namespace restante::watch
