#pragma once
// The store's only way to the disk, so that tests can put a disk under it that fails and forgets.
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace restante::store {

/// An open file. Thread-safe for reads; writes, truncate and sync belong to one thread at a time.
class File {
public:
    virtual ~File() = default;
    /// Returns the octets read: fewer than asked for only at the end of the file.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<const iovec> into) = 0;
    /// As read(), without waiting for the disk: busy if not everything is in memory.
    virtual Result<std::size_t> read_cached(std::uint64_t offset, std::span<const iovec> into) = 0;
    /// Writes everything; on an error any part of it may have been written.
    virtual Result<void> write(std::uint64_t offset, std::span<const iovec> from) = 0;
    virtual Result<void> truncate(std::uint64_t size) = 0;
    /// fdatasync: once it succeeds, contents and size survive a power loss. After it fails, what was written since the
    /// last success may be lost although it can still be read.
    virtual Result<void> sync() = 0;
    virtual Result<std::uint64_t> size() = 0;

    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) {
        const iovec one{into.data(), into.size()};
        return read(offset, std::span(&one, 1));
    }
    Result<void> write(std::uint64_t offset, std::string_view from) {
        const iovec one{const_cast<char*>(from.data()), from.size()};
        return write(offset, std::span(&one, 1));
    }
};

enum class OpenMode {
    read,    // must exist
    write,   // must exist; reads too
    create,  // must not exist; reads too
};

/// Paths are as open(2) takes them. Thread-safe. Errors: not_found, already_exists, denied, no_space, io, ...
class FileSystem {
public:
    virtual ~FileSystem() = default;
    virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
    /// A directory that is there already is no error. Parents must exist.
    virtual Result<void> make_directory(const std::string& path) = 0;
    /// Names of plain files, unordered.
    virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
    /// Atomic; replaces `to`.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// A second name for the same bytes; unsupported where the file system cannot (other device).
    virtual Result<void> link(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove(const std::string& path) = 0;
    /// Makes creations, renames and removals in the directory durable.
    virtual Result<void> sync_directory(const std::string& directory) = 0;
    virtual Result<std::uint64_t> free_bytes(const std::string& directory) = 0;
    /// Name of the SQLite VFS that reaches the same disk; empty: SQLite's own.
    virtual std::string sqlite_vfs() const { return {}; }
};

/// The operating system's.
std::unique_ptr<FileSystem> posix_file_system();

}  // namespace restante::store
