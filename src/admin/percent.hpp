#pragma once
// Percent-encoding of URLs (RFC 3986 2.1).
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace restante::admin {

/// nullopt: a '%' without two hex digits, a NUL, or bytes that are no UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// All but letters, digits, and "-._~".
std::string percent_encode(std::string_view text);
/// "a=1&b=two+words"; nullopt as above.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace restante::admin
