#pragma once
// Checksums of a message's bytes, one per cell, so that any part can be checked without reading the rest.
#include <cstdint>
#include <string_view>
#include <vector>

#include "store/record.hpp"

namespace restante::store {

/// Cells of the range [start, start + length) on a grid of kCellBytes.
constexpr std::uint64_t cell_count(std::uint64_t start, std::uint64_t length) {
    return length == 0 ? 0 : (start + length - 1) / kCellBytes - start / kCellBytes + 1;
}

/// A stored checksum is bound to its owner (message id or file number) and cell: bytes of another message, reached
/// through a wrong offset, fail the check instead of being shown to a stranger.
std::uint32_t seal_cell(std::uint32_t crc, std::uint64_t owner, std::uint64_t cell);

/// Collects the checksums of bytes as they come. The first cell ends at the next multiple of kCellBytes after `start`.
class CellSums {
public:
    explicit CellSums(std::uint64_t start = 0) : position_(start) {}
    void add(std::string_view bytes);
    /// Plain CRCs, not sealed. Ends the last cell.
    std::vector<std::uint32_t> finish();

private:
    std::uint64_t position_;
    std::uint32_t crc_ = 0;
    bool open_ = false;
    std::vector<std::uint32_t> done_;
};

}  // namespace restante::store
