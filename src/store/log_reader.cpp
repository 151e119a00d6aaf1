#include "store/log_reader.hpp"

#include <algorithm>

#include "store/cells.hpp"
#include "store/crc32c.hpp"

namespace restante::store {
namespace {
constexpr std::size_t kWindow = 65'536;
}

LogReader::LogReader(File& file, std::uint64_t salt, std::uint64_t begin, std::uint64_t end)
    : file_(file), salt_(salt), position_(align8(std::max<std::uint64_t>(begin, kSegmentHeaderBytes))), end_(end) {}

Result<std::string_view> LogReader::window(std::uint64_t offset, std::size_t length) {
    if (offset >= end_) return std::string_view{};
    length = static_cast<std::size_t>(std::min<std::uint64_t>(length, end_ - offset));
    if (offset < window_offset_ || offset + length > window_offset_ + window_size_) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(length, kWindow), end_ - offset));
        window_.resize(wanted);
        window_size_ = 0;
        auto got = file_.read(offset, std::span(window_));
        if (!got) return fail(std::move(got.error()));
        window_offset_ = offset;
        window_size_ = *got;
    }
    const std::string_view all(window_.data(), window_size_);
    const auto skip = static_cast<std::size_t>(offset - window_offset_);
    return skip >= all.size() ? std::string_view{} : all.substr(skip, length);
}

Result<LogItem> LogReader::next() {
    if (position_ >= end_) return LogItem{LogItem::Kind::end, position_, position_, {}, {}};
    auto found = record_at(position_);
    if (!found) return fail(std::move(found.error()));
    auto item = *found ? Result<LogItem>(std::move(**found)) : damage_at(position_);
    if (item) position_ = item->end;
    return item;
}

Result<std::optional<LogItem>> LogReader::record_at(std::uint64_t offset) {
    auto bytes = window(offset, kHeadBytes);
    if (!bytes) return fail(std::move(bytes.error()));
    const auto head = decode_head(*bytes, offset);
    if (!head || head->end() > end_ || head->end() <= offset) return std::optional<LogItem>{};
    auto all = window(offset, kHeadBytes + head->meta_length);
    if (!all) return fail(std::move(all.error()));
    if (all->size() < kHeadBytes + head->meta_length) return std::optional<LogItem>{};
    auto record = decode_record(*head, all->substr(0, kHeadBytes), all->substr(kHeadBytes), salt_);
    if (!record) return std::optional<LogItem>{};
    return std::optional<LogItem>(LogItem{LogItem::Kind::record, offset, head->end(), *head, std::move(*record)});
}

Result<LogItem> LogReader::damage_at(std::uint64_t offset) {
    for (std::uint64_t at = offset + 8; at < end_; at += 8) {
        auto found = record_at(at);
        if (!found) return fail(std::move(found.error()));
        if (*found) return LogItem{LogItem::Kind::damage, offset, at, (*found)->head, {}};
    }
    return LogItem{LogItem::Kind::damage, offset, end_, {}, {}};
}

Result<bool> LogReader::body_is_good(const LogItem& item) {
    const std::uint64_t start = item.head.body_offset();
    const std::uint64_t length = item.head.body_length;
    const std::uint64_t cells = cell_count(0, length);
    std::vector<char> room(kCellBytes);
    for (std::uint64_t cell = 0; cell < cells; ++cell) {
        const std::uint64_t from = cell * kCellBytes;
        const auto part = static_cast<std::size_t>(std::min(kCellBytes, length - from));
        auto got = file_.read(start + from, std::span(room).first(part));
        if (!got) return fail(std::move(got.error()));
        std::uint32_t sum = 0;
        auto got_sum = file_.read(start + length + 4 * cell, std::span(reinterpret_cast<char*>(&sum), sizeof sum));
        if (!got_sum) return fail(std::move(got_sum.error()));
        if (*got < part || *got_sum < sizeof sum) return false;
        if (seal_cell(crc32c({room.data(), part}), static_cast<std::uint64_t>(item.record.id), cell) != sum)
            return false;
    }
    return true;
}

}  // namespace restante::store
