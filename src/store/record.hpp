#pragma once
// The body log's format, version 2 (1 had no retirements). Pure: bytes in, values out.
//
// A segment is a header of kSegmentHeaderBytes and records, each starting at a multiple of 8:
//   head   40 octets: magic, checksum, kind, lengths, own offset, durable offset; then `meta_length` octets of meta
//   body   `body_length` octets of message (none if the message lies in a file of its own)
//   sums   one checksum for every kCellBytes of body
//   zeros  up to the next multiple of 8
// The head's checksum starts from the segment's random salt, so that no message can contain a valid record.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace restante::store {

inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kHeadBytes = 40;
inline constexpr std::uint64_t kMaxMetaBytes = 64ULL << 20;
inline constexpr std::uint64_t kCellBytes = 16'384;

struct SegmentHeader {
    std::uint32_t version = kFormatVersion;
    std::uint32_t number = 0;
    std::uint64_t salt = 0;
    /// The segment before this one and where its valid data ends: what lies behind was never confirmed. 0: none.
    std::uint32_t previous = 0;
    std::uint64_t previous_end = 0;
    MessageId highest_id = 0;  // of everything in the log before this segment
    std::int64_t created_at = 0;
};

std::string encode(const SegmentHeader& header);
/// Errors: corrupt, newer_version.
Result<SegmentHeader> decode_segment_header(std::string_view bytes);

enum class RecordKind : std::uint8_t {
    delivery = 1,     // a message for maildrops
    removal = 2,      // ids of maildrops.front() are deleted
    clearing = 3,     // everything in maildrops.front() up to id is deleted
    move = 4,         // a delivery copied forward: the maildrops that still have it, and in ids whether they show it
    retirement = 5,   // ids of maildrops.front() are hidden, by a retirement called id
    restoration = 6,  // ids of maildrops.front() are shown again, if the retirement called id hides them
};

/// What a retirement says beside its ids.
struct Deletion {
    std::int64_t until = 0;  // microseconds
    MaildropSize size;       // of what it hid at first
    std::string login, peer;
};

/// A hidden message as the index has it.
struct HiddenRow {
    Entry entry;
    std::string uidl;  // empty: made from the id
};

/// What a record says, without the message itself.
struct Record {
    RecordKind kind = RecordKind::delivery;
    MessageId id = 0;
    std::int64_t received_at = 0;
    std::uint64_t size = 0;  // octets of the message
    std::uint64_t big = 0;   // number of the file that holds the message; 0: it is in the record
    std::vector<MaildropId> maildrops;
    /// Of a move: for each maildrop the retirement that hides the message there, 0 where it shows; none: it shows in
    /// all.
    std::vector<MessageId> ids;
    std::string uidl;
    std::string delivery_id;
    std::shared_ptr<const Deletion> deletion;  // of a retirement, and only there
    /// Not in the log: where the messages of a new restoration lie, for those who read the log in memory.
    std::shared_ptr<const std::vector<HiddenRow>> restored;

    std::uint64_t body_length() const { return big == 0 ? size : 0; }
    /// Of the retirement that hides it in maildrops[index], 0: it shows there.
    RetirementId hidden_by(std::size_t index) const { return has_message() && !ids.empty() ? ids[index] : 0; }
    bool has_message() const { return kind == RecordKind::delivery || kind == RecordKind::move; }
};

/// The fixed part of a record's head.
struct Head {
    RecordKind kind = RecordKind::delivery;
    std::uint32_t checksum = 0;
    std::uint32_t meta_length = 0;
    std::uint64_t body_length = 0;
    std::uint64_t offset = 0;
    std::uint64_t durable = 0;  // everything before this offset was durable when the record was written

    std::uint64_t body_offset() const { return offset + kHeadBytes + meta_length; }
    std::uint64_t end() const;
};

std::string encode_meta(const Record& record);
/// Head and meta of a record that is to start at `offset`.
std::string encode_head(const Record& record, std::string_view meta, std::uint64_t offset, std::uint64_t durable,
                        std::uint64_t salt);
/// nullopt: not the head of a record at this offset. The checksum is not looked at yet.
std::optional<Head> decode_head(std::string_view bytes, std::uint64_t offset);
/// nullopt: checksum or contents are wrong. `head_bytes` are the kHeadBytes that decode_head() took.
std::optional<Record> decode_record(const Head& head, std::string_view head_bytes, std::string_view meta,
                                    std::uint64_t salt);

constexpr std::uint64_t align8(std::uint64_t n) { return (n + 7) & ~std::uint64_t{7}; }
/// Octets of a whole record on disk.
std::uint64_t record_length(std::uint64_t meta_length, std::uint64_t body_length);

}  // namespace restante::store
