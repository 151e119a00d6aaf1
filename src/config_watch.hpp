#pragma once
// Keys that every mail service has about what is written down of its sessions.
#include "config_binding.hpp"

namespace restante::config_table {

/// What every mail service has: protocol log (S2.28 to S2.32) and transcripts of failed sessions.
template <class Access>
std::vector<ConfigKey> with_watch(std::vector<ConfigKey> keys, Access access) {
#define WATCHED(field) \
    [access](auto& config) -> auto& { return access(config).field; }
    using namespace config_binding;
    for (ConfigKey& key : std::vector<ConfigKey>{
             flag("protocol_log", "Write down what is said in every session, without passwords.", WATCHED(log.enabled)),
             text("protocol_log_folder", "Where to; empty: `protocol-log` in the data directory.", WATCHED(log.folder)),
             choice("protocol_log_rotation", "When a new file begins, by UTC.", WATCHED(log.rotation),
                    {"hourly", "daily", "weekly", "monthly"}),
             size("protocol_log_file_size", "A new file begins at this size, too; 0: by time only.",
                  WATCHED(log.file_bytes), "0", "64GiB"),
             size("protocol_log_quota", "Of all its files; the oldest are removed; 0: no limit.",
                  WATCHED(log.total_bytes), "0", "64TiB"),
             duration("protocol_log_keep", "How long files are kept; 0: for ever.", WATCHED(log.keep), "0", "3650d"),
             size("protocol_log_queue", "Rows waiting for the disk; what comes beyond is lost, and counted.",
                  WATCHED(log.queue_bytes), "64KiB", "1GiB"),
             number("failed_sessions", "Failed sessions of which transcripts are kept in memory; 0: none.",
                    WATCHED(failed_sessions), 0, 100'000),
             size("transcript_size", "Of one such transcript.", WATCHED(transcript_bytes), "256", "1MiB")})
        keys.push_back(std::move(key));
#undef WATCHED
    return keys;
}

}  // namespace restante::config_table
