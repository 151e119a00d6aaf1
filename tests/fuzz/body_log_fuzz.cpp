// Arbitrary bytes as a log segment. The first octet chooses: bytes as they are, or with the checksums made good, so
// that what stands behind them is reached.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "store/big_file.hpp"
#include "store/log_reader.hpp"

namespace restante::store {
namespace {

class BytesFile final : public File {
public:
    explicit BytesFile(std::string_view bytes) : bytes_(bytes) {}
    Result<std::size_t> read(std::uint64_t offset, std::span<const iovec> into) override {
        std::size_t total = 0;
        for (const iovec& piece : into) {
            if (offset >= bytes_.size()) break;
            const std::size_t part = std::min(piece.iov_len, bytes_.size() - static_cast<std::size_t>(offset));
            std::memcpy(piece.iov_base, bytes_.data() + offset, part);
            offset += part;
            total += part;
        }
        return total;
    }
    Result<std::size_t> read_cached(std::uint64_t offset, std::span<const iovec> into) override {
        return read(offset, into);
    }
    Result<void> write(std::uint64_t, std::span<const iovec>) override { return fail(ErrorKind::denied, "read only"); }
    Result<void> truncate(std::uint64_t) override { return fail(ErrorKind::denied, "read only"); }
    Result<void> sync() override { return {}; }
    Result<std::uint64_t> size() override { return bytes_.size(); }

private:
    std::string_view bytes_;
};

void check(bool good) {
    if (!good) std::abort();
}

/// Walks a segment. Items must follow each other without gap and end at the end.
void walk(std::string_view segment, std::uint64_t salt) {
    BytesFile file(segment);
    LogReader reader(file, salt, kSegmentHeaderBytes, segment.size());
    std::uint64_t at = kSegmentHeaderBytes;
    for (;;) {
        auto item = reader.next();
        check(item.has_value());
        if (item->kind == LogItem::Kind::end) break;
        check(item->offset == at && item->end > at && item->end <= segment.size());
        at = item->end;
        if (item->kind != LogItem::Kind::record) continue;
        check(reader.body_is_good(*item).has_value());
        // What was understood says the same when it is written again.
        const std::string meta = encode_meta(item->record);
        const auto head = segment.substr(item->offset, kHeadBytes);
        check(meta == segment.substr(item->offset + kHeadBytes, item->head.meta_length));
        const std::string again = encode_head(item->record, meta, item->offset, item->head.durable, salt);
        check(again.substr(8, 4) == head.substr(8, 4) || head.substr(9, 3) != std::string_view("\0\0\0", 3));
    }
    check(at >= segment.size() || segment.size() < kSegmentHeaderBytes);
}

/// One record of arbitrary meta with a good checksum behind a good header, then the rest of the input as its body.
void walk_forged(std::string_view input) {
    if (input.size() < 4) return;
    SegmentHeader header;
    header.number = 1;
    header.salt = 42;
    std::string segment = encode(header);
    Record record;
    record.kind = static_cast<RecordKind>(static_cast<unsigned char>(input[0]) % 8);
    record.size = static_cast<unsigned char>(input[1]);
    const std::size_t meta_length = std::min<std::size_t>(static_cast<unsigned char>(input[2]), input.size() - 3);
    input.remove_prefix(3);
    segment += encode_head(record, input.substr(0, meta_length), segment.size(), 0, header.salt);
    segment += input.substr(meta_length);
    walk(segment, header.salt);
}

}  // namespace
}  // namespace restante::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace restante::store;
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 1) {
        walk_forged(input);
        return 0;
    }
    (void)decode_big_header(input);
    const auto header = decode_segment_header(input);
    walk(input, header ? header->salt : 0);
    return 0;
}
