#pragma once
// Small pure helpers on byte strings. All case rules are ASCII only, whatever the locale.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace restante {

char ascii_lower(char c);
std::string to_lower(std::string_view s);
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view s, std::string_view prefix);

/// Without leading and trailing blanks, tabs, CR and LF.
std::string_view trim(std::string_view s);
/// "a,b,,c" by ',' gives four parts; an empty input gives one empty part.
std::vector<std::string_view> split(std::string_view s, char separator);

std::string to_hex(std::string_view bytes);  // lower case
std::string base64_encode(std::string_view bytes);
/// Strict (RFC 4648 4): alphabet, length and padding must be right, no white space.
std::optional<std::string> base64_decode(std::string_view text);
/// RFC 4648 5 without padding.
std::string base64url_encode(std::string_view bytes);
/// RFC 4648 6, lower case, without padding: safe in local parts, which some hosts fold to lower case.
std::string base32_lower(std::string_view bytes);

/// Whole string must be a decimal number without sign or blanks and fit.
std::optional<std::uint64_t> parse_u64(std::string_view s);

/// Control bytes, ESC, DEL and invalid UTF-8 as \xNN, so that a peer cannot forge log lines or drive a terminal.
std::string escape_for_log(std::string_view s, std::size_t max_length = 256);

/// "12.3 KiB"
std::string human_bytes(std::uint64_t bytes);

bool is_valid_utf8(std::string_view s);

}  // namespace restante
