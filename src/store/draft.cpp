#include "store/draft.hpp"

#include <algorithm>
#include <cstring>

#include "store/big_file.hpp"

namespace restante::store {
namespace {
constexpr std::size_t kFirstBlock = 4'096;
constexpr std::size_t kLargestBlock = 65'536;
}  // namespace

SpooledDraft::SpooledDraft(std::shared_ptr<StoreFiles> files, std::size_t memory_bytes, std::uint64_t number)
    : files_(std::move(files)), memory_bytes_(memory_bytes), number_(number), sums_(kBigRoom) {}

SpooledDraft::~SpooledDraft() {
    // A file that cannot be removed now is swept at the next start.
    if (file_ && !kept_) (void)files_->system().remove(files_->draft_path(number_));
}

Result<void> SpooledDraft::append(std::string_view bytes) {
    if (!file_ && size_ + bytes.size() > memory_bytes_) {
        if (auto done = spill(); !done) return done;
    }
    while (!bytes.empty()) {
        if (blocks_.empty() || blocks_.back().size() == blocks_.back().capacity()) {
            if (file_ && !blocks_.empty()) {
                if (auto done = flush(); !done) return done;
            }
            const std::size_t next =
                blocks_.empty() ? (file_ ? kLargestBlock : kFirstBlock) : blocks_.back().capacity() * 4;
            blocks_.emplace_back().reserve(std::min(next, kLargestBlock));
        }
        std::string& block = blocks_.back();
        const auto part = bytes.substr(0, block.capacity() - block.size());
        block += part;
        size_ += part.size();
        bytes.remove_prefix(part.size());
    }
    return {};
}

Result<void> SpooledDraft::spill() {
    auto file = files_->system().open(files_->draft_path(number_), OpenMode::create);
    if (!file) return fail(std::move(file.error()));
    file_ = std::move(*file);
    return flush();
}

Result<void> SpooledDraft::flush() {
    std::vector<iovec> pieces;
    for (std::string& block : blocks_) pieces.push_back({block.data(), block.size()});
    std::uint64_t octets = 0;
    for (const std::string& block : blocks_) octets += block.size();
    if (auto done = file_->write(kBigRoom + in_file_, pieces); !done) return done;
    for (const std::string& block : blocks_) sums_.add(block);
    in_file_ += octets;
    blocks_.clear();
    return {};
}

Result<std::size_t> SpooledDraft::read_at(std::uint64_t offset, std::span<char> into) {
    if (offset >= size_ || into.empty()) return std::size_t{0};
    if (offset < in_file_) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), in_file_ - offset));
        return file_->read(kBigRoom + offset, into.first(count));
    }
    std::uint64_t skip = offset - in_file_;
    std::size_t copied = 0;
    for (const std::string& block : blocks_) {
        if (skip >= block.size()) {
            skip -= block.size();
            continue;
        }
        const std::size_t part =
            std::min<std::size_t>(block.size() - static_cast<std::size_t>(skip), into.size() - copied);
        std::memcpy(into.data() + copied, block.data() + skip, part);
        copied += part;
        skip = 0;
        if (copied == into.size()) break;
    }
    return copied;
}

Result<void> SpooledDraft::keep(std::string_view prefix) {
    if (auto done = flush(); !done) return done;
    const BigHeader header{number_, kBigRoom - prefix.size(), prefix.size() + size_};
    CellSums front(header.start);
    front.add(prefix);
    std::vector<std::uint32_t> sums = front.finish();
    // kBigRoom is a multiple of a cell, so prefix and draft share none.
    for (const std::uint32_t sum : sums_.finish()) sums.push_back(sum);
    std::uint64_t cell = header.start / kCellBytes;
    for (std::uint32_t& sum : sums) sum = seal_cell(sum, number_, cell++);
    const std::string_view tail(reinterpret_cast<const char*>(sums.data()), sums.size() * sizeof(std::uint32_t));
    if (auto done = file_->write(kBigRoom + size_, tail); !done) return done;
    if (auto done = file_->write(header.start, prefix); !done) return done;
    if (auto done = file_->write(0, encode(header)); !done) return done;
    if (auto done = file_->sync(); !done) return done;
    // From here on the draft's file must not be removed under its old name.
    if (auto done = files_->system().rename(files_->draft_path(number_), files_->big_path(number_)); !done) return done;
    kept_ = true;
    return files_->system().sync_directory(files_->directory());
}

}  // namespace restante::store
