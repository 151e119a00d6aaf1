#pragma once
// Names of the store's files, and open descriptors of those that are read.
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/file_system.hpp"

namespace restante::store {

/// Thread-safe.
class StoreFiles {
public:
    StoreFiles(FileSystem& files, std::string directory, std::size_t open_limit);

    FileSystem& system() const { return files_; }
    const std::string& directory() const { return directory_; }
    std::string segment_path(std::uint32_t number) const;
    std::string big_path(std::uint64_t number) const;
    std::string draft_path(std::uint64_t number) const;
    std::string draft_directory() const { return directory_ + "/tmp"; }
    std::string index_path() const { return directory_ + "/index.db"; }

    static std::optional<std::uint32_t> segment_number(const std::string& name);
    static std::optional<std::uint64_t> big_number(const std::string& name);

    /// Opened for reading, shared and kept. Errors: not_found, io.
    Result<std::shared_ptr<File>> segment(std::uint32_t number) { return get({number, 0}); }
    Result<std::shared_ptr<File>> big(std::uint64_t number) { return get({0, number}); }
    /// Only if it is open already.
    std::shared_ptr<File> open_segment(std::uint32_t number) { return find({number, 0}); }
    std::shared_ptr<File> open_big(std::uint64_t number) { return find({0, number}); }
    /// Removes the file; who holds it open reads on.
    Result<void> remove_segment(std::uint32_t number) { return drop({number, 0}, segment_path(number)); }
    Result<void> remove_big(std::uint64_t number) { return drop({0, number}, big_path(number)); }

private:
    struct Key {
        std::uint32_t segment;
        std::uint64_t big;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const { return std::hash<std::uint64_t>{}(key.big * 31 + key.segment); }
    };
    struct Open {
        std::shared_ptr<File> file;
        std::list<Key>::iterator use;
    };
    Result<std::shared_ptr<File>> get(const Key& key);
    std::shared_ptr<File> find(const Key& key);
    Result<void> drop(const Key& key, const std::string& path);

    FileSystem& files_;
    const std::string directory_;
    const std::size_t open_limit_;
    std::mutex mutex_;
    std::list<Key> uses_;  // most recently used first
    std::unordered_map<Key, Open, Hash> open_;
};

}  // namespace restante::store
