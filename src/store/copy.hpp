#pragma once
// Copies of files, for backup and restore.
#include <cstdint>
#include <limits>
#include <string>

#include "store/file_system.hpp"
#include "store/maintenance.hpp"

namespace restante::store {

/// Stands in a directory as long as its contents are incomplete.
inline constexpr const char* kUnfinished = "/unfinished";

/// The first `limit` octets, synced. `to` must not exist. Returns the octets copied.
Result<std::uint64_t> copy_file(FileSystem& files, const std::string& from, const std::string& to,
                                std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());

/// Creates the directory, or takes an empty one, and marks it as unfinished. Errors: already_exists.
Result<void> begin_directory(FileSystem& files, const std::string& directory);
/// Makes its contents durable and takes the mark away.
Result<void> finish_directory(FileSystem& files, const std::string& directory);

}  // namespace restante::store
