#pragma once
// Walks over the records of one segment, and over damage between them.
#include <cstdint>
#include <optional>
#include <vector>

#include "store/file_system.hpp"
#include "store/record.hpp"

namespace restante::store {

/// What stands at one place of a segment.
struct LogItem {
    enum class Kind { record, damage, end };
    Kind kind = Kind::end;
    std::uint64_t offset = 0;
    std::uint64_t end = 0;  // of the record, or where the next good record or the end of the segment is
    Head head;              // of a record; after damage: of the next good record, if there is one
    Record record;
};

/// Reads [kSegmentHeaderBytes, end) of a segment, heads and metas only. Memory is bounded whatever the bytes are.
class LogReader {
public:
    LogReader(File& file, std::uint64_t salt, std::uint64_t begin, std::uint64_t end);
    /// Errors: io only; wrong bytes are items.
    Result<LogItem> next();
    /// Does the body of `item` fit its checksums? false also if it is cut off. Errors: io.
    Result<bool> body_is_good(const LogItem& item);

private:
    Result<std::optional<LogItem>> record_at(std::uint64_t offset);
    Result<LogItem> damage_at(std::uint64_t offset);
    /// `length` octets at `offset`, fewer at the end; valid until the next call.
    Result<std::string_view> window(std::uint64_t offset, std::size_t length);

    File& file_;
    const std::uint64_t salt_;
    std::uint64_t position_;
    const std::uint64_t end_;
    std::vector<char> window_;
    std::uint64_t window_offset_ = 0;
    std::size_t window_size_ = 0;
};

}  // namespace restante::store
