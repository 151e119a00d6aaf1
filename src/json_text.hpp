#pragma once
// A JSON string literal (RFC 8259 7), quotes included. Bytes that are not UTF-8 become U+FFFD.
#include <string>
#include <string_view>

namespace restante {

std::string json_text(std::string_view text);

}  // namespace restante
