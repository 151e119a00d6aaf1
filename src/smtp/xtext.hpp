#pragma once
// xtext: how any text stands in an ESMTP parameter (RFC 3461 4). Pure.
#include <string>
#include <string_view>

namespace restante::smtp {

/// Every byte that is not printable ASCII, and '+' and '=', as "+HH".
std::string encode_xtext(std::string_view text);

}  // namespace restante::smtp
