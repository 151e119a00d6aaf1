#pragma once
// What an administrator does to a store: check it, give space back, copy it. All blocking, all thread-safe, all while
// the store serves unless said.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/file_system.hpp"
#include "store/options.hpp"
#include "store/store.hpp"

namespace restante::store {

/// Called now and then on the caller's thread: octets done of about `total`.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct VerifyReport {
    std::uint64_t segments = 0, records = 0, octets = 0, big_files = 0;
    std::uint64_t messages = 0;   // in all maildrops
    bool index_compared = false;  // false: the store changed meanwhile, so only checksums were looked at
    std::uint64_t fault_count = 0;
    std::vector<std::string> faults;  // the first hundred, one sentence each
};

/// Reads everything: every checksum, the index, and whether each says what the other says. Errors: io, unavailable.
Result<VerifyReport> verify(MessageStore& store, const Progress& progress);

/// Closes the current segment and gives back all dead space. Returns the octets freed. Errors: busy (a backup runs),
/// no_space, io.
Result<std::uint64_t> compact(MessageStore& store, const Progress& progress);

struct BackupReport {
    std::uint64_t files = 0, linked = 0, copied_octets = 0;
    Timestamp reaches{};  // everything confirmed before this is in it, nothing confirmed after
};

/// A consistent copy into `directory`, which must be empty or not exist. Closed segments never change and become second
/// names of the same bytes where the file system can do that. Errors: already_exists, no_space, io.
Result<BackupReport> backup(MessageStore& store, const Clock& clock, const std::string& directory,
                            const Progress& progress);

/// Makes a store out of a backup, independent of it. `directory` must be empty or not exist. Errors: already_exists,
/// not_found, corrupt (the backup was not finished), no_space, io.
Result<void> restore(FileSystem& files, const std::string& backup, const std::string& directory,
                     const Progress& progress);

/// Removes the index of a store that is not open; the next start makes it anew from the log. Delivery ids and imported
/// UIDLs of messages that are gone are forgotten.
Result<void> remove_index(FileSystem& files, const std::string& directory);

}  // namespace restante::store
