#pragma once
// Content transfer encodings (RFC 2045 6), read leniently and written strictly. Pure functions, linear time.
#include <cstddef>
#include <string>
#include <string_view>

namespace restante::message {

/// Skips what is not base64 (RFC 2045 6.8); padding in the middle ends a group, not the data. Stops at max_bytes.
std::string decode_base64(std::string_view text, std::size_t max_bytes);

/// Soft breaks and trailing blanks removed, bad escapes kept as they stand (RFC 2045 6.7). Stops at max_bytes.
/// With `underscore_is_blank` the Q encoding of encoded words (RFC 2047 4.2).
std::string decode_quoted_printable(std::string_view text, std::size_t max_bytes, bool underscore_is_blank = false);

/// By the value of Content-Transfer-Encoding; 7bit, 8bit, binary and unknown ones are taken as they stand.
std::string decode_transfer_encoding(std::string_view body, std::string_view encoding, std::size_t max_bytes);

/// UTF-8 text with LF lines as quoted-printable with CRLF lines of at most 76 characters. Lines that start with "From "
/// or "." are escaped too, so that no hop needs to change them.
std::string encode_quoted_printable(std::string_view text);

}  // namespace restante::message
