#pragma once
// What stands behind a queued message in the store: its envelope, so that one commit makes both durable. Pure.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "message/envelope.hpp"

namespace restante::relay {

struct QueueRecord {
    message::Envelope envelope;
    Timestamp queued_at{};
};

/// To be appended to the message. Ends with kFooterOctets that say how long it is.
std::string encode_record(const QueueRecord& record);

inline constexpr std::size_t kFooterOctets = 24;

/// Octets of the whole record. corrupt: this is no footer, or it claims more than `total`, the octets that are stored.
Result<std::uint64_t> record_octets(std::string_view footer, std::uint64_t total);

/// corrupt: not what encode_record made.
Result<QueueRecord> decode_record(std::string_view record);

/// "rfc822;bob@example.org", and back; the empty text is none.
std::string to_text(const std::optional<message::OriginalRecipient>& orcpt);
std::optional<message::OriginalRecipient> original_recipient(std::string_view text);

/// A number for a table, and back.
std::int64_t to_number(const message::Notify& notify);
message::Notify notify_of(std::int64_t number);

}  // namespace restante::relay
