#include "store/record.hpp"

#include "store/bytes.hpp"
#include "store/cells.hpp"
#include "store/crc32c.hpp"

namespace restante::store {
namespace {

constexpr std::string_view kSegmentMagic = "RESTLOG\n";
constexpr std::uint32_t kRecordMagic = 0x74527352;  // "RsRt"
constexpr std::size_t kChecksummedFrom = 8;         // the head's magic and checksum are not part of the checksum

std::uint32_t head_checksum(std::string_view head, std::string_view meta, std::uint64_t salt) {
    std::string seed;
    put(seed, salt);
    return crc32c(meta, crc32c(head.substr(kChecksummedFrom), crc32c(seed)));
}

template <class T>
bool take_list(ByteReader& reader, std::vector<T>& out) {
    const auto count = reader.take<std::uint32_t>();
    if (count > reader.left() / sizeof(T)) return false;
    out.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) out.push_back(reader.take<T>());
    return reader.ok();
}

bool plausible(const Record& record) {
    switch (record.kind) {
        case RecordKind::delivery:
        case RecordKind::move:
            return record.id > 0 && !record.maildrops.empty() &&
                   (record.ids.empty() ||
                    (record.kind == RecordKind::move && record.ids.size() == record.maildrops.size()));
        case RecordKind::removal:
            return record.maildrops.size() == 1 && record.size == 0 && record.big == 0;
        case RecordKind::retirement:
        case RecordKind::restoration:
            return record.id > 0 && record.maildrops.size() == 1 && record.size == 0 && record.big == 0;
        case RecordKind::clearing:
            return record.maildrops.size() == 1 && record.size == 0 && record.big == 0 && record.ids.empty();
    }
    return false;
}

void put_text(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint16_t>(text.size()));
    out += text;
}

std::string_view take_text(ByteReader& reader) { return reader.take_bytes(reader.take<std::uint16_t>()); }

std::shared_ptr<const Deletion> take_deletion(ByteReader& reader) {
    auto out = std::make_shared<Deletion>();
    out->until = reader.take<std::int64_t>();
    out->size.messages = reader.take<std::uint64_t>();
    out->size.octets = reader.take<std::uint64_t>();
    out->login = take_text(reader);
    out->peer = take_text(reader);
    return out;
}

}  // namespace

std::string encode(const SegmentHeader& header) {
    std::string out(kSegmentMagic);
    put(out, header.version);
    put(out, header.number);
    put(out, header.salt);
    put(out, header.previous_end);
    put(out, header.previous);
    put(out, std::uint32_t{0});
    put(out, header.highest_id);
    put(out, header.created_at);
    out.resize(kSegmentHeaderBytes - 4, '\0');
    put(out, crc32c(out));
    return out;
}

Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
    if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic)) {
        return fail(ErrorKind::corrupt, "this is no log segment");
    }
    ByteReader reader(bytes.substr(kSegmentMagic.size(), kSegmentHeaderBytes - kSegmentMagic.size()));
    SegmentHeader header;
    header.version = reader.take<std::uint32_t>();
    header.number = reader.take<std::uint32_t>();
    header.salt = reader.take<std::uint64_t>();
    header.previous_end = reader.take<std::uint64_t>();
    header.previous = reader.take<std::uint32_t>();
    reader.take<std::uint32_t>();
    header.highest_id = reader.take<std::int64_t>();
    header.created_at = reader.take<std::int64_t>();
    reader.take_bytes(kSegmentHeaderBytes - 4 - 56);
    // The version comes before the checksum: a newer format may have put the checksum elsewhere.
    if (header.version > kFormatVersion) {
        return fail(ErrorKind::newer_version, "log segment " + std::to_string(header.number) + " has format version " +
                                                  std::to_string(header.version) + ", this program knows " +
                                                  std::to_string(kFormatVersion));
    }
    if (reader.take<std::uint32_t>() != crc32c(bytes.substr(0, kSegmentHeaderBytes - 4))) {
        return fail(ErrorKind::corrupt, "the segment's header fails its checksum");
    }
    return header;
}

std::uint64_t record_length(std::uint64_t meta_length, std::uint64_t body_length) {
    return align8(kHeadBytes + meta_length + body_length + 4 * cell_count(0, body_length));
}

std::uint64_t Head::end() const { return offset + record_length(meta_length, body_length); }

std::string encode_meta(const Record& record) {
    std::string out;
    out.reserve(64 + 8 * (record.maildrops.size() + record.ids.size()) + record.uidl.size() +
                record.delivery_id.size());
    put(out, record.id);
    put(out, record.received_at);
    put(out, record.size);
    put(out, record.big);
    put(out, static_cast<std::uint32_t>(record.maildrops.size()));
    for (const MaildropId maildrop : record.maildrops) put(out, maildrop);
    put(out, static_cast<std::uint32_t>(record.ids.size()));
    for (const MessageId id : record.ids) put(out, id);
    put_text(out, record.uidl);
    put_text(out, record.delivery_id);
    if (record.kind != RecordKind::retirement) return out;
    put(out, record.deletion->until);
    put(out, record.deletion->size.messages);
    put(out, record.deletion->size.octets);
    put_text(out, record.deletion->login);
    put_text(out, record.deletion->peer);
    return out;
}

std::string encode_head(const Record& record, std::string_view meta, std::uint64_t offset, std::uint64_t durable,
                        std::uint64_t salt) {
    std::string head;
    head.reserve(kHeadBytes + meta.size());
    put(head, kRecordMagic);
    put(head, std::uint32_t{0});
    put(head, static_cast<std::uint8_t>(record.kind));
    put(head, std::uint8_t{0});
    put(head, std::uint16_t{0});
    put(head, static_cast<std::uint32_t>(meta.size()));
    put(head, record.body_length());
    put(head, offset);
    put(head, durable);
    const std::uint32_t checksum = head_checksum(head, meta, salt);
    std::memcpy(head.data() + 4, &checksum, sizeof checksum);
    head += meta;
    return head;
}

std::optional<Head> decode_head(std::string_view bytes, std::uint64_t offset) {
    if (bytes.size() < kHeadBytes) return std::nullopt;
    ByteReader reader(bytes);
    if (reader.take<std::uint32_t>() != kRecordMagic) return std::nullopt;
    Head head;
    head.checksum = reader.take<std::uint32_t>();
    head.kind = static_cast<RecordKind>(reader.take<std::uint8_t>());
    reader.take_bytes(3);
    head.meta_length = reader.take<std::uint32_t>();
    head.body_length = reader.take<std::uint64_t>();
    head.offset = reader.take<std::uint64_t>();
    head.durable = reader.take<std::uint64_t>();
    if (head.offset != offset || head.meta_length > kMaxMetaBytes || head.body_length > (std::uint64_t{1} << 48)) {
        return std::nullopt;
    }
    return head;
}

std::optional<Record> decode_record(const Head& head, std::string_view head_bytes, std::string_view meta,
                                    std::uint64_t salt) {
    if (meta.size() != head.meta_length || head_bytes.size() < kHeadBytes) return std::nullopt;
    if (head_checksum(head_bytes.substr(0, kHeadBytes), meta, salt) != head.checksum) return std::nullopt;
    Record record;
    record.kind = head.kind;
    ByteReader reader(meta);
    record.id = reader.take<std::int64_t>();
    record.received_at = reader.take<std::int64_t>();
    record.size = reader.take<std::uint64_t>();
    record.big = reader.take<std::uint64_t>();
    if (!take_list(reader, record.maildrops) || !take_list(reader, record.ids)) return std::nullopt;
    record.uidl = take_text(reader);
    record.delivery_id = take_text(reader);
    if (record.kind == RecordKind::retirement) record.deletion = take_deletion(reader);
    if (!reader.ok() || reader.left() != 0 || !plausible(record)) return std::nullopt;
    if (record.body_length() != head.body_length) return std::nullopt;
    return record;
}

}  // namespace restante::store
