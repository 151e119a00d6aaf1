#pragma once
// Internal to sasl: what may stand for a name.
#include <optional>
#include <string>
#include <string_view>

namespace restante::sasl {

/// Identities end up in look-ups, logs and headers: prepared (RFC 4013), no control characters, bounded. Nothing if it
/// cannot be one. An empty one stays empty.
std::optional<std::string> prepare_identity(std::string_view name, std::size_t longest);

}  // namespace restante::sasl
