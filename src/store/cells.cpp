#include "store/cells.hpp"

#include <algorithm>

#include "store/crc32c.hpp"

namespace restante::store {

std::uint32_t seal_cell(std::uint32_t crc, std::uint64_t owner, std::uint64_t cell) {
    // Finalizer of splitmix64: every bit of owner and cell changes about half of the result.
    std::uint64_t x = owner + 0x9E3779B97F4A7C15ULL * (cell + 1);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return crc ^ static_cast<std::uint32_t>(x ^ (x >> 31));
}

void CellSums::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::uint64_t room = kCellBytes - position_ % kCellBytes;
        const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size())));
        crc_ = crc32c(part, crc_);
        open_ = true;
        position_ += part.size();
        bytes.remove_prefix(part.size());
        if (position_ % kCellBytes == 0) {
            done_.push_back(crc_);
            crc_ = 0;
            open_ = false;
        }
    }
}

std::vector<std::uint32_t> CellSums::finish() {
    if (open_) done_.push_back(crc_);
    open_ = false;
    crc_ = 0;
    return std::move(done_);
}

}  // namespace restante::store
