#pragma once
// Internationalised domain names (RFC 5890, UTS 46).
#include <optional>
#include <string>
#include <string_view>

namespace restante::message {

/// The A-label form of a domain in UTF-8, in lower case: "bücher.example" is "xn--bcher-kva.example". Nothing if it is
/// no domain name.
std::optional<std::string> ascii_domain(std::string_view utf8);

}  // namespace restante::message
