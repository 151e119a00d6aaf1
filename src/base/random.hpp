#pragma once
// Bytes nobody can guess, and comparison without a timing hint.
#include <string>
#include <string_view>

namespace restante {

/// From the kernel's generator. Throws std::runtime_error if it fails (it does not on Linux >= 3.17).
std::string random_bytes(std::size_t count);

/// Time depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

/// SHA-256 digest (32 raw bytes) and HMAC-SHA-256 (32 raw bytes).
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace restante
