#pragma once
// Password hashes that other mail servers left behind, in Dovecot's notation "{SCHEME}text". Checked, never made.
#include <string>
#include <string_view>

namespace restante::directory {

/// SHA, SHA1, SSHA, SHA256, SSHA256, SHA512, SSHA512, PLAIN-MD5, LDAP-MD5, SMD5 (base64, PLAIN-MD5 hexadecimal; the
/// suffixes .HEX and .B64 say otherwise); PBKDF2 (of SHA-1, as Dovecot writes it); ARGON2I; SHA256-CRYPT, SHA512-CRYPT,
/// BLF-CRYPT, MD5-CRYPT, MD5, CRYPT (of libcrypt's methods: MD5-crypt, SHA-crypt, bcrypt, yescrypt; not traditional
/// DES, which knows eight characters only). False also if the cost is excessive.
bool is_legacy_hash(std::string_view hash);

/// False if it does not match or is no such hash. password: without NUL.
bool legacy_hash_matches(const std::string& hash, std::string_view password);

/// "$argon2id$..." or "$argon2i$...": is its form right, and its cost such that it cannot stall the server?
bool is_sane_argon2(std::string_view encoded);

}  // namespace restante::directory
