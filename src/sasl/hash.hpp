#pragma once
// Digests of the mechanisms, over OpenSSL. Raw bytes in, raw bytes out. Throws std::runtime_error if OpenSSL refuses a
// digest (a FIPS build without MD5).
#include <cstdint>
#include <string>
#include <string_view>

namespace restante::sasl {

enum class Hash { md5, sha1, sha256 };

std::size_t hash_size(Hash hash);  // octets
std::string digest(Hash hash, std::string_view bytes);
std::string hmac(Hash hash, std::string_view key, std::string_view bytes);  // RFC 2104
/// PBKDF2 with HMAC, as long as one digest: Hi() of RFC 5802 2.2.
std::string pbkdf2(Hash hash, std::string_view password, std::string_view salt, std::uint32_t iterations);
/// RFC 1320. OpenSSL 3 has it in its legacy provider only, which need not be installed.
std::string md4(std::string_view bytes);

}  // namespace restante::sasl
