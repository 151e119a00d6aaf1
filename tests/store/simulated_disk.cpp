#include "store/simulated_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace restante::store {
namespace {
constexpr std::size_t kSector = 512;

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
tl::unexpected<Error> failed(int number, const std::string& what) { return fail(errno_error(number, what)); }
}  // namespace

class SimulatedFile final : public File {
public:
    SimulatedFile(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Inode> inode)
        : disk_(disk), inode_(std::move(inode)), generation_(disk.generation_) {}

    Result<std::size_t> read(std::uint64_t offset, std::span<const iovec> into) override {
        const std::lock_guard lock(disk_.mutex_);
        if (dead() || disk_.happens(disk_.faults_.read_error)) return failed(EIO, "read");
        std::size_t total = 0;
        for (const iovec& piece : into) {
            if (offset >= inode_->content.size()) break;
            const std::size_t count =
                std::min(piece.iov_len, inode_->content.size() - static_cast<std::size_t>(offset));
            std::memcpy(piece.iov_base, inode_->content.data() + offset, count);
            offset += count;
            total += count;
        }
        return total;
    }
    Result<std::size_t> read_cached(std::uint64_t offset, std::span<const iovec> into) override {
        {
            const std::lock_guard lock(disk_.mutex_);
            if (disk_.random() % 2 == 0) return fail(ErrorKind::busy, "not in memory");
        }
        return read(offset, into);
    }
    Result<void> write(std::uint64_t offset, std::span<const iovec> from) override {
        const std::lock_guard lock(disk_.mutex_);
        if (dead()) return failed(EIO, "write");
        std::string bytes;
        for (const iovec& piece : from) bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
        int error = 0;
        if (disk_.cut_now()) error = EIO;
        if (disk_.happens(disk_.faults_.write_error)) error = EIO;
        const std::uint64_t end = offset + bytes.size();
        const std::uint64_t growth = end > inode_->content.size() ? end - inode_->content.size() : 0;
        if (growth > 0 && disk_.used() + growth > disk_.faults_.capacity) error = ENOSPC;
        if (error != 0 && !bytes.empty()) bytes.resize(disk_.random() % bytes.size());
        if (error == ENOSPC && disk_.used() + bytes.size() > disk_.faults_.capacity) bytes.clear();
        disk_.write(*inode_, offset, std::move(bytes));
        if (error != 0) return failed(error, "write");
        return {};
    }
    Result<void> truncate(std::uint64_t size) override {
        const std::lock_guard lock(disk_.mutex_);
        if (dead() || disk_.cut_now() || disk_.happens(disk_.faults_.write_error)) return failed(EIO, "truncate");
        SimulatedDisk::Change change{true, size, {}};
        disk_.apply(inode_->content, change);
        inode_->unsynced.push_back(std::move(change));
        return {};
    }
    Result<void> sync() override {
        const std::lock_guard lock(disk_.mutex_);
        if (dead()) return failed(EIO, "sync");
        if (disk_.cut_now()) return failed(EIO, "sync");  // power_off() decides what has arrived
        const bool fails = disk_.happens(disk_.faults_.sync_error);
        for (const auto& change : inode_->unsynced) {
            if (!fails) {
                disk_.apply(inode_->durable, change);
            } else {
                disk_.apply_partly(inode_->durable, change);
            }
        }
        inode_->unsynced.clear();
        if (fails) return failed(EIO, "sync");
        return {};
    }
    Result<std::uint64_t> size() override {
        const std::lock_guard lock(disk_.mutex_);
        if (dead()) return failed(EIO, "stat");
        return inode_->content.size();
    }

private:
    bool dead() const { return generation_ != disk_.generation_ || disk_.off_; }

    SimulatedDisk& disk_;
    const std::shared_ptr<SimulatedDisk::Inode> inode_;
    const std::uint64_t generation_;
};

SimulatedDisk::SimulatedDisk(std::uint64_t seed) : random_(seed) { vfs_name_ = register_vfs(*this); }
SimulatedDisk::~SimulatedDisk() { unregister_vfs(vfs_name_); }

std::uint64_t SimulatedDisk::random() {
    const std::lock_guard lock(mutex_);
    return random_();
}

bool SimulatedDisk::happens(double probability) {
    return probability > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

void SimulatedDisk::cut_power_after(std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    cut_after_ = count;
}

bool SimulatedDisk::is_off() {
    const std::lock_guard lock(mutex_);
    return off_;
}

bool SimulatedDisk::cut_now() {
    if (cut_after_ == 0 || --cut_after_ > 0) return false;
    off_ = true;
    return true;
}

void SimulatedDisk::set_faults(const DiskFaults& faults) {
    const std::lock_guard lock(mutex_);
    faults_ = faults;
}

void SimulatedDisk::apply(std::string& content, const Change& change) {
    if (change.is_truncate) {
        content.resize(static_cast<std::size_t>(change.offset), '\0');
        return;
    }
    const auto end = static_cast<std::size_t>(change.offset) + change.bytes.size();
    if (change.bytes.empty()) return;
    if (content.size() < end) content.resize(end, '\0');
    content.replace(static_cast<std::size_t>(change.offset), change.bytes.size(), change.bytes);
}

void SimulatedDisk::apply_partly(std::string& content, const Change& change) {
    const std::uint64_t fate = random_() % 4;
    if (fate == 0) return;
    if (fate == 1 || change.is_truncate) return apply(content, change);
    // Sectors arrive whole, but in any order and not all of them.
    for (std::size_t done = 0; done < change.bytes.size();) {
        const std::size_t at = static_cast<std::size_t>(change.offset) + done;
        const std::size_t part = std::min(kSector - at % kSector, change.bytes.size() - done);
        if (random_() % 2 == 0) apply(content, {false, at, change.bytes.substr(done, part)});
        done += part;
    }
}

void SimulatedDisk::write(Inode& inode, std::uint64_t offset, std::string bytes) {
    Change change{false, offset, std::move(bytes)};
    apply(inode.content, change);
    inode.unsynced.push_back(std::move(change));
}

void SimulatedDisk::power_off() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    off_ = false;
    cut_after_ = 0;
    std::set<std::string> paths;
    for (const auto& [path, inode] : names_) paths.insert(path);
    for (const auto& [path, inode] : durable_names_) paths.insert(path);
    Names left;
    for (const std::string& path : paths) {
        const auto now = names_.find(path);
        const auto before = durable_names_.find(path);
        const bool same = now != names_.end() && before != durable_names_.end() && now->second == before->second;
        const bool take_new = same || random_() % 2 == 0;
        const auto& from = take_new ? names_ : durable_names_;
        if (const auto found = from.find(path); found != from.end()) left[path] = found->second;
    }
    std::set<Inode*> seen;
    for (auto& [path, inode] : left) {
        if (!seen.insert(inode.get()).second) continue;
        for (const Change& change : inode->unsynced) apply_partly(inode->durable, change);
        inode->unsynced.clear();
        inode->content = inode->durable;
    }
    names_ = left;
    durable_names_ = left;
}

void SimulatedDisk::kill() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    off_ = false;
    cut_after_ = 0;
}

std::uint64_t SimulatedDisk::used() const {
    std::uint64_t sum = 0;
    for (const auto& [path, inode] : names_) sum += inode->content.size();
    return sum;
}

Result<void> SimulatedDisk::check_other(const std::string& what) {
    const bool changes = what != "open" && what != "list";
    if (off_ || (changes && cut_now()) || happens(faults_.other_error)) return failed(EIO, what);
    return {};
}

Result<std::unique_ptr<File>> SimulatedDisk::open(const std::string& path, OpenMode mode) {
    const std::lock_guard lock(mutex_);
    if (auto good = check_other("open"); !good) return fail(std::move(good.error()));
    const auto found = names_.find(path);
    if (mode == OpenMode::create) {
        if (found != names_.end()) return failed(EEXIST, "create " + path);
        auto inode = std::make_shared<Inode>();
        names_[path] = inode;
        return std::make_unique<SimulatedFile>(*this, inode);
    }
    if (found == names_.end()) return failed(ENOENT, "open " + path);
    return std::make_unique<SimulatedFile>(*this, found->second);
}

Result<void> SimulatedDisk::make_directory(const std::string&) { return {}; }

Result<std::vector<std::string>> SimulatedDisk::list(const std::string& directory) {
    const std::lock_guard lock(mutex_);
    if (auto good = check_other("list"); !good) return fail(std::move(good.error()));
    std::vector<std::string> out;
    for (const auto& [path, inode] : names_) {
        if (directory_of(path) == directory) out.push_back(path.substr(directory.size() + 1));
    }
    return out;
}

Result<void> SimulatedDisk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    if (auto good = check_other("rename"); !good) return good;
    const auto found = names_.find(from);
    if (found == names_.end()) return failed(ENOENT, "rename " + from);
    auto inode = found->second;
    names_.erase(found);
    names_[to] = std::move(inode);
    return {};
}

Result<void> SimulatedDisk::link(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    if (auto good = check_other("link"); !good) return good;
    const auto found = names_.find(from);
    if (found == names_.end()) return failed(ENOENT, "link " + from);
    if (random_() % 3 == 0) return fail(ErrorKind::unsupported, "another device");
    names_[to] = found->second;
    return {};
}

Result<void> SimulatedDisk::remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (auto good = check_other("remove"); !good) return good;
    if (names_.erase(path) == 0) return failed(ENOENT, "remove " + path);
    return {};
}

Result<void> SimulatedDisk::sync_directory(const std::string& directory) {
    const std::lock_guard lock(mutex_);
    if (auto good = check_other("sync directory"); !good) return good;
    std::erase_if(durable_names_, [&](const auto& name) { return directory_of(name.first) == directory; });
    for (const auto& [path, inode] : names_) {
        if (directory_of(path) == directory) durable_names_[path] = inode;
    }
    return {};
}

Result<std::uint64_t> SimulatedDisk::free_bytes(const std::string&) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t now = used();
    return now > faults_.capacity ? 0 : faults_.capacity - now;
}

bool SimulatedDisk::exists(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return names_.contains(path);
}

void SimulatedDisk::flip_bit(const std::string& path, std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    Inode& inode = *names_.at(path);
    inode.content.at(static_cast<std::size_t>(offset)) ^= 4;
    if (offset < inode.durable.size()) inode.durable[static_cast<std::size_t>(offset)] ^= 4;
}

std::uint64_t SimulatedDisk::size_of(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return names_.at(path)->content.size();
}

}  // namespace restante::store
