#pragma once
// Names and passwords as they are to be compared (SASLprep, RFC 4013).
#include <optional>
#include <string>
#include <string_view>

namespace restante::sasl {

/// Nothing if the text is not UTF-8 or holds what RFC 4013 2.3 forbids (control characters, unassigned code points of
/// Unicode 3.2, ...). ASCII without control characters comes back as it is.
std::optional<std::string> prepare(std::string_view text);

}  // namespace restante::sasl
