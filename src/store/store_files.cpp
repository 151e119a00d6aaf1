#include "store/store_files.hpp"

#include <cinttypes>
#include <cstdio>

#include "base/text.hpp"

namespace restante::store {
namespace {

std::string numbered(const std::string& directory, std::uint64_t number, const char* suffix) {
    char name[40];
    std::snprintf(name, sizeof name, "/%010" PRIu64 "%s", number, suffix);
    return directory + name;
}

std::optional<std::uint64_t> number_of(std::string_view name, std::string_view suffix) {
    if (!name.ends_with(suffix)) return std::nullopt;
    name.remove_suffix(suffix.size());
    return name.size() < 10 ? std::nullopt : parse_u64(name);
}

}  // namespace

StoreFiles::StoreFiles(FileSystem& files, std::string directory, std::size_t open_limit)
    : files_(files), directory_(std::move(directory)), open_limit_(open_limit < 1 ? 1 : open_limit) {}

std::string StoreFiles::segment_path(std::uint32_t number) const { return numbered(directory_, number, ".log"); }
std::string StoreFiles::big_path(std::uint64_t number) const { return numbered(directory_, number, ".big"); }
std::string StoreFiles::draft_path(std::uint64_t number) const { return numbered(draft_directory(), number, ".draft"); }

std::optional<std::uint32_t> StoreFiles::segment_number(const std::string& name) {
    const auto number = number_of(name, ".log");
    if (!number || *number == 0 || *number > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

std::optional<std::uint64_t> StoreFiles::big_number(const std::string& name) { return number_of(name, ".big"); }

std::shared_ptr<File> StoreFiles::find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(key);
    if (found == open_.end()) return nullptr;
    uses_.splice(uses_.begin(), uses_, found->second.use);
    return found->second.file;
}

Result<std::shared_ptr<File>> StoreFiles::get(const Key& key) {
    if (auto file = find(key)) return file;
    auto opened = files_.open(key.segment != 0 ? segment_path(key.segment) : big_path(key.big), OpenMode::read);
    if (!opened) return fail(std::move(opened.error()));
    std::shared_ptr<File> file = std::move(*opened);
    const std::lock_guard lock(mutex_);
    if (const auto found = open_.find(key); found != open_.end()) return found->second.file;
    uses_.push_front(key);
    open_.emplace(key, Open{file, uses_.begin()});
    if (open_.size() > open_limit_) {
        open_.erase(uses_.back());
        uses_.pop_back();
    }
    return file;
}

Result<void> StoreFiles::drop(const Key& key, const std::string& path) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = open_.find(key); found != open_.end()) {
            uses_.erase(found->second.use);
            open_.erase(found);
        }
    }
    return files_.remove(path);
}

}  // namespace restante::store
