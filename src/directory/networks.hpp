#pragma once
// Networks that a password works from. Pure.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace restante::directory {

/// "192.0.2.0/24", "2001:db8::/32" or one address; returned as it is stored, with bits behind the prefix cleared.
Result<std::string> checked_network(std::string_view text);

/// Bits of the longest prefix among `networks` that the address lies in, counted as for IPv6 (192.0.2.0/24 has 120); 0
/// for an empty list, which is everyone; nothing if it lies in none. address, networks: as in is_in_networks().
std::optional<std::size_t> bits_in_common(std::string_view address, const std::vector<std::string>& networks);

/// address: text of an IP address; IPv4 inside IPv6 (::ffff:192.0.2.1) counts as IPv4. networks: checked ones. False
/// for anything else, such as "unix".
bool is_in_networks(std::string_view address, const std::vector<std::string>& networks);

}  // namespace restante::directory
