#pragma once
// A large message in a file of its own: room for a header and the prefix in front, the message, the checksums.
//
// The prefix is known last and the draft's bytes come first, so the file starts with kBigRoom octets, of which the
// prefix takes the end. Cells are those of the file's own offsets.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace restante::store {

inline constexpr std::uint64_t kBigRoom = 65'536;
inline constexpr std::uint64_t kBigHeaderBytes = 64;
/// Longest prefix of any delivery.
inline constexpr std::size_t kMaxPrefixBytes = kBigRoom - kBigHeaderBytes;

struct BigHeader {
    std::uint64_t number = 0;  // the checksums' owner
    std::uint64_t start = 0;   // offset of the message's first octet
    std::uint64_t size = 0;    // octets of the message
};

std::string encode(const BigHeader& header);
/// Errors: corrupt, newer_version.
Result<BigHeader> decode_big_header(std::string_view bytes);

}  // namespace restante::store
