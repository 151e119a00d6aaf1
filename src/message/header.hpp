#pragma once
// The header section: found and bounded before anything else looks at it. Pure functions, linear time.
#include <string>
#include <string_view>
#include <vector>

#include "message/limits.hpp"

namespace restante::message {

/// One header field as it stands in the message.
struct Field {
    std::string name;  // as written, without blanks before the colon
    std::string raw;   // what follows the colon, folds kept, without the final line end

    /// Unfolded, encoded words decoded, one line of clean UTF-8.
    std::string decoded() const;
};

struct HeaderSection {
    std::vector<Field> fields;    // in the order of the message
    std::size_t body_offset = 0;  // where the body starts in the scanned bytes
    Oddities oddities;

    /// The first field of that name, or nullptr.
    const Field* find(std::string_view name) const;
};

/// Reads the header section at the start of bytes. Lines may end in CRLF or LF. Bytes that do not start with a field
/// have no header: body_offset is 0 then (flagged no_header unless they start with an empty line).
HeaderSection scan_header(std::string_view bytes, const Limits& limits);

/// Without line ends and NUL: folds become one blank, a bare CR a blank, NUL U+FFFD; trimmed. Bytes otherwise kept.
std::string unfold(std::string_view raw);

/// RFC 2047 encoded words to UTF-8, leniently (also inside quoted strings, also over 75 characters); characters split
/// over adjacent words are joined. Unencoded 8-bit text is taken as UTF-8 or windows-1252. One clean line.
std::string decode_words(std::string_view value);

/// The Message-IDs of Message-ID, In-Reply-To or References, without angle brackets, in order, each up to 250 octets.
/// Over `most` the first and last halves are kept.
std::vector<std::string> parse_message_ids(std::string_view raw, std::size_t most);

}  // namespace restante::message
