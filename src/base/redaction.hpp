#pragma once
// The parts that the redaction of all protocols has in common.
#include <string>
#include <string_view>

namespace restante {

/// "<password, 12 octets>": what stood there, without it.
std::string hidden(std::string_view what, std::size_t octets);

/// The name of a SASL mechanism if it is a known one; anything else might be a secret in the wrong place and is hidden.
std::string shown_mechanism(std::string_view name);

}  // namespace restante
