#include "store/body_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "store/big_file.hpp"
#include "store/cells.hpp"
#include "store/crc32c.hpp"

namespace restante::store {
namespace {

Result<void> read_exactly(File& file, std::uint64_t position, std::span<char> into, BodyReader::Wait wait) {
    const iovec one{into.data(), into.size()};
    const std::span<const iovec> vectors(&one, 1);
    auto got = wait == BodyReader::Wait::disk ? file.read(position, vectors) : file.read_cached(position, vectors);
    if (!got) return fail(std::move(got.error()));
    if (*got < into.size()) return fail(ErrorKind::corrupt, "the message's file is too short");
    return {};
}

}  // namespace

Result<BodyReader::Place> BodyReader::find(const Entry& entry, Wait wait) {
    const bool is_big = entry.segment == kBigSegment;
    std::shared_ptr<File> file = is_big ? files_.open_big(entry.offset) : files_.open_segment(entry.segment);
    if (!file) {
        // Opening a file may wait for the disk.
        if (wait == Wait::no) return fail(ErrorKind::busy, "the message's file is not open");
        auto opened = is_big ? files_.big(entry.offset) : files_.segment(entry.segment);
        if (!opened) return fail(std::move(opened.error()));
        file = std::move(*opened);
    }
    if (!is_big) {
        return Place{std::move(file), static_cast<std::uint64_t>(entry.id), entry.offset, 0, entry.size};
    }
    char header[kBigHeaderBytes];
    if (auto done = read_exactly(*file, 0, header, wait); !done) return fail(std::move(done.error()));
    auto big = decode_big_header(std::string_view(header, sizeof header));
    if (!big) return fail(std::move(big.error()));
    if (big->number != entry.offset || big->size != entry.size) {
        return fail(ErrorKind::corrupt, "the large message's file holds another message");
    }
    return Place{std::move(file), big->number, big->start, big->start, big->size};
}

Result<void> BodyReader::fetch(std::uint64_t position, std::span<char> into, Wait wait) {
    return read_exactly(*place_.file, position, into, wait);
}

Result<void> BodyReader::load_sums(Wait wait) {
    if (!sums_.empty()) return {};
    std::vector<std::uint32_t> sums(cell_count(place_.grid, place_.size));
    const std::span<char> raw(reinterpret_cast<char*>(sums.data()), sums.size() * sizeof(std::uint32_t));
    if (auto done = fetch(place_.start + place_.size, raw, wait); !done) return done;
    sums_ = std::move(sums);
    return {};
}

Result<std::size_t> BodyReader::read(const Entry& entry, std::uint64_t offset, std::span<char> into, Wait wait) {
    if (offset >= entry.size || into.empty()) return std::size_t{0};
    if (!have_place_ || entry_.id != entry.id || entry_.segment != entry.segment || entry_.offset != entry.offset) {
        have_place_ = false;
        sums_.clear();
        cell_.clear();
        auto place = find(entry, wait);
        if (!place) return fail(std::move(place.error()));
        place_ = std::move(*place);
        entry_ = entry;
        have_place_ = true;
    }
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), entry.size - offset)));
    const bool at_cell_start = offset == 0 || (place_.grid + offset) % kCellBytes == 0;
    const std::uint64_t to_next = kCellBytes - (place_.grid + offset) % kCellBytes;
    const bool whole_cell = into.size() >= to_next || offset + into.size() == entry.size;
    auto got = at_cell_start && whole_cell ? read_cells(offset, into, wait) : read_through_buffer(offset, into, wait);
    // An idle session should not keep what it has read to the end.
    if (got && offset + *got == entry.size) std::vector<char>().swap(cell_);
    return got;
}

Result<std::size_t> BodyReader::read_cells(std::uint64_t offset, std::span<char> into, Wait wait) {
    const std::uint64_t position = place_.grid + offset;
    std::uint64_t end = position + into.size();
    if (offset + into.size() != place_.size) end -= end % kCellBytes;
    const std::size_t length = static_cast<std::size_t>(end - position);
    const std::size_t total = cell_count(place_.grid, place_.size);
    if (sums_.empty() && length == place_.size && total <= 64) {
        // The usual case, a whole message at once: its checksums stand right behind it.
        std::vector<std::uint32_t> sums(total);
        const iovec both[2] = {{into.data(), length}, {sums.data(), total * sizeof(std::uint32_t)}};
        auto got =
            wait == Wait::disk ? place_.file->read(place_.start, both) : place_.file->read_cached(place_.start, both);
        if (!got) return fail(std::move(got.error()));
        if (*got < length + total * sizeof(std::uint32_t))
            return fail(ErrorKind::corrupt, "the message's file is too short");
        sums_ = std::move(sums);
    } else {
        if (auto done = load_sums(wait); !done) return fail(std::move(done.error()));
        if (auto done = fetch(place_.start + offset, into.first(length), wait); !done)
            return fail(std::move(done.error()));
    }
    const std::uint64_t first_cell = place_.grid / kCellBytes;
    for (std::size_t done = 0; done < length;) {
        const std::uint64_t cell = (position + done) / kCellBytes;
        const std::size_t part = std::min<std::size_t>(length - done, kCellBytes - (position + done) % kCellBytes);
        const std::uint32_t crc = crc32c({into.data() + done, part});
        if (seal_cell(crc, place_.owner, cell) != sums_[cell - first_cell]) {
            return fail(ErrorKind::corrupt, "message " + std::to_string(entry_.id) + " fails its checksum");
        }
        done += part;
    }
    return length;
}

Result<std::size_t> BodyReader::read_through_buffer(std::uint64_t offset, std::span<char> into, Wait wait) {
    const std::uint64_t position = place_.grid + offset;
    const std::uint64_t cell = position / kCellBytes;
    const std::uint64_t from = std::max(cell * kCellBytes, place_.grid);
    const std::uint64_t to = std::min((cell + 1) * kCellBytes, place_.grid + place_.size);
    if (cell_.empty() || cell_number_ != cell) {
        std::vector<char> room = std::move(cell_);
        cell_.clear();
        room.resize(static_cast<std::size_t>(to - from));
        if (auto done = read_cells(from - place_.grid, room, wait); !done) return fail(std::move(done.error()));
        cell_ = std::move(room);
        cell_number_ = cell;
    }
    const std::size_t skip = static_cast<std::size_t>(position - from);
    const std::size_t count = std::min(into.size(), cell_.size() - skip);
    std::memcpy(into.data(), cell_.data() + skip, count);
    return count;
}

}  // namespace restante::store
