#pragma once
// Content-Type and Content-Disposition with their parameters (RFC 2045 5, 2183, 2231), over GMime.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace restante::message {

/// A value such as `text/plain; charset=utf-8`, names in lower case. Continuations and charsets of RFC 2231 are
/// resolved; values are UTF-8 without control characters.
struct ParameterValue {
    std::string value;  // "text/plain", "attachment", lower case
    std::vector<std::pair<std::string, std::string>> parameters;

    /// The first parameter of that (lower case) name, or empty.
    std::string_view parameter(std::string_view name) const;
    bool is_multipart() const { return value.rfind("multipart/", 0) == 0; }
};

/// An unusable value reads as text/plain (RFC 2045 5.2). `raw` should be bounded by Limits::max_field_bytes.
ParameterValue parse_content_type(std::string_view raw);

/// An unusable value reads as "attachment".
ParameterValue parse_content_disposition(std::string_view raw);

/// A file name for display and storage: the last path component only, no control, quote, wildcard or text-direction
/// characters, no leading dots, at most 150 octets with its extension kept. May be empty.
std::string safe_file_name(std::string_view name);

}  // namespace restante::message
