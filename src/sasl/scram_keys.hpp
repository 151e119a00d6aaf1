#pragma once
// What a server keeps of a password to speak SCRAM (RFC 5802 3, RFC 7677): no password, and nothing to log in with.
#include <cstdint>
#include <string>
#include <string_view>

namespace restante::sasl {

enum class ScramHash { sha1, sha256 };

/// RFC 5802 4: fewer rounds are not allowed.
inline constexpr std::uint32_t kScramLeastIterations = 4096;

/// Raw octets. Whoever steals them can guess passwords at the price of `iterations` HMACs a guess, and can pose as the
/// server; but cannot log in.
struct ScramKeys {
    std::string salt;
    std::uint32_t iterations = 0;
    std::string stored_key, server_key;
};

/// Of the digest: 20 or 32 octets.
std::size_t scram_key_octets(ScramHash hash);

/// The password in the form that both sides compute with (SASLprep, RFC 4013); as it is if it has no such form.
std::string prepared_password(std::string_view password);

/// Pure; takes as long as `iterations` HMACs. password: UTF-8, prepared here.
ScramKeys make_scram_keys(ScramHash hash, std::string_view password, std::string salt, std::uint32_t iterations);

}  // namespace restante::sasl
