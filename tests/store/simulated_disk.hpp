#pragma once
// A disk in memory that forgets what was not synced, fails on demand and loses power.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "store/file_system.hpp"

namespace restante::store {

/// What the disk does wrong; probabilities of one call.
struct DiskFaults {
    double write_error = 0;  // a part of the data may have arrived
    double sync_error = 0;   // any part of what was to be synced is lost, though still readable until power is lost
    double read_error = 0;
    double other_error = 0;  // open, rename, remove, directory sync
    std::uint64_t capacity = UINT64_MAX;
};

/// Thread-safe. Files stay usable until power_off(); then every call on them fails.
class SimulatedDisk final : public FileSystem {
public:
    explicit SimulatedDisk(std::uint64_t seed);
    ~SimulatedDisk() override;

    void set_faults(const DiskFaults& faults);
    /// Power goes off by itself in the middle of the `count`th change from now (write, sync, rename, ...). What is lost
    /// is decided by power_off() all the same.
    void cut_power_after(std::uint64_t count);
    bool is_off();
    /// Everything open now fails for ever; of what was not synced any part is gone, down to single sectors and names.
    void power_off();
    /// The same without loss: the process was killed.
    void kill();

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
    Result<void> make_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& directory) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> link(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> sync_directory(const std::string& directory) override;
    Result<std::uint64_t> free_bytes(const std::string& directory) override;
    std::string sqlite_vfs() const override { return vfs_name_; }

    bool exists(const std::string& path);
    /// For tests that damage data: the bytes a reader sees, and what is on the disk, are changed.
    void flip_bit(const std::string& path, std::uint64_t offset);
    std::uint64_t size_of(const std::string& path);
    std::uint64_t random();

private:
    friend class SimulatedFile;
    struct Change {
        bool is_truncate = false;
        std::uint64_t offset = 0;  // new size of a truncate
        std::string bytes;
    };
    struct Inode {
        std::string content;
        std::string durable;
        std::vector<Change> unsynced;
    };
    using Names = std::map<std::string, std::shared_ptr<Inode>>;

    bool happens(double probability);
    bool cut_now();
    void apply(std::string& content, const Change& change);
    void apply_partly(std::string& content, const Change& change);
    void write(Inode& inode, std::uint64_t offset, std::string bytes);
    Result<void> check_other(const std::string& what);
    std::uint64_t used() const;

    std::recursive_mutex mutex_;
    std::mt19937_64 random_;
    DiskFaults faults_;
    Names names_;
    Names durable_names_;
    std::uint64_t generation_ = 0;
    std::uint64_t cut_after_ = 0;  // 0: never
    bool off_ = false;
    std::string vfs_name_;
};

/// Registers an SQLite VFS over `disk` under a new name, and takes it away again.
std::string register_vfs(SimulatedDisk& disk);
void unregister_vfs(const std::string& name);

}  // namespace restante::store
