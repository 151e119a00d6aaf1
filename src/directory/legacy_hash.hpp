#pragma once
// Password hashes that other mail servers left behind, in Dovecot's notation "{SCHEME}text". Checked, never made.
#include <string>
#include <string_view>

namespace restante::directory {

/// SHA256, SSHA256, SHA512, SSHA512 (base64; with the suffix .HEX in hexadecimal), SHA256-CRYPT, SHA512-CRYPT,
/// BLF-CRYPT, CRYPT (of libcrypt's methods: SHA-crypt, bcrypt, yescrypt). False also if the cost is excessive.
bool is_legacy_hash(std::string_view hash);

/// False if it does not match or is no such hash. password: without NUL.
bool legacy_hash_matches(const std::string& hash, std::string_view password);

}  // namespace restante::directory
