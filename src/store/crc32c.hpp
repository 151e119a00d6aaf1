#pragma once
// CRC-32C (Castagnoli), as in RFC 3720 appendix B.4. Uses the processor's instruction where there is one.
#include <cstdint>
#include <string_view>

namespace restante::store {

/// `before` is the checksum of what came before, 0 at the start: crc32c(b, crc32c(a)) == crc32c(a + b).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

/// The same from a table, for processors without the instruction.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before = 0);

}  // namespace restante::store
