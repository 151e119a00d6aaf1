#pragma once
// The one folder a server keeps everything in. Whoever holds a DataDirectory is alone in it: a lock file sees to that.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace restante {

class DataDirectory {
public:
    /// Makes the folder (0700, parents too) if it is not there, and locks it.
    /// Errors: busy (another process is using it; the detail names its id), denied, io, no_space.
    static Result<DataDirectory> open(const std::string& path);
    /// As open(), but a folder that is not there is not_found.
    static Result<DataDirectory> open_existing(const std::string& path);
    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&&) = delete;
    /// Unlocks.
    ~DataDirectory();

    const std::string& path() const { return path_; }
    std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

    /// The bytes of a key file, made of random ones (0600, synced) if it is not there. invalid if its length differs.
    Result<std::string> secret(std::string_view name, std::size_t bytes);
    /// Gives folder and content to another user; for a start as root.
    Result<void> give_to(std::uint32_t user, std::uint32_t group);

private:
    DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
    std::string path_;
    int lock_ = -1;
};

/// Whole file, at most `limit` bytes (too_large). not_found, denied, io.
Result<std::string> read_file(const std::string& path, std::size_t limit = 16 << 20);
/// Replaces or makes the file in one step, 0600, durable when this returns.
Result<void> write_private_file(const std::string& path, std::string_view bytes);

}  // namespace restante
