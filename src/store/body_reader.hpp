#pragma once
// Reads messages where they lie and checks every octet before handing it out.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "store/store.hpp"
#include "store/store_files.hpp"

namespace restante::store {

/// Segment number of an Entry whose message lies in a file of its own; `offset` is then the file's number.
inline constexpr std::uint32_t kBigSegment = 0;

/// Not thread-safe; remembers the message read last.
class BodyReader {
public:
    explicit BodyReader(StoreFiles& files) : files_(files) {}
    enum class Wait { disk, no };
    /// Returns the octets read, at least one unless at the end or `into` is empty; often fewer than asked for.
    /// Errors: busy (Wait::no), not_found (the file is gone: the message may have moved), corrupt, io.
    Result<std::size_t> read(const Entry& entry, std::uint64_t offset, std::span<char> into, Wait wait);

private:
    struct Place {
        std::shared_ptr<File> file;
        std::uint64_t owner = 0;  // of the cell checksums
        std::uint64_t start = 0;  // of the message in the file
        std::uint64_t grid = 0;   // position of the message's first octet on the grid of cells
        std::uint64_t size = 0;
    };
    Result<Place> find(const Entry& entry, Wait wait);
    Result<void> load_sums(Wait wait);
    Result<std::size_t> read_cells(std::uint64_t offset, std::span<char> into, Wait wait);
    Result<std::size_t> read_through_buffer(std::uint64_t offset, std::span<char> into, Wait wait);
    Result<void> fetch(std::uint64_t position, std::span<char> into, Wait wait);

    StoreFiles& files_;
    Entry entry_;
    Place place_;
    bool have_place_ = false;
    std::vector<std::uint32_t> sums_;
    std::vector<char> cell_;  // one checked cell, for readers with small buffers
    std::uint64_t cell_number_ = 0;
};

}  // namespace restante::store
