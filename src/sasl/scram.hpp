#pragma once
// Internal to sasl: what both sides of SCRAM share (RFC 5802).
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasl/client.hpp"
#include "sasl/hash.hpp"
#include "sasl/scram_keys.hpp"
#include "sasl/server.hpp"

namespace restante::sasl {

inline Hash digest_of(ScramHash hash) { return hash == ScramHash::sha1 ? Hash::sha1 : Hash::sha256; }

struct ScramSecrets {
    std::string client_key, stored_key, server_key;
};
ScramSecrets scram_secrets(Hash hash, std::string_view salted_password);

/// "a=value" (RFC 5802 5.1); value may hold '='.
struct Attribute {
    char name = 0;
    std::string_view value;
};
/// Parts between commas; nothing if one of them is not an attribute.
std::optional<std::vector<Attribute>> parse_attributes(std::string_view text);

/// saslname: "=2C" for a comma and "=3D" for "="; nothing if another "=" is there, or nothing at all.
std::optional<std::string> decode_saslname(std::string_view text);
std::string encode_saslname(std::string_view name);

/// Printable ASCII without comma, 1 to 255 octets.
bool is_nonce(std::string_view text);
std::string make_nonce();

std::string xor_bytes(std::string_view a, std::string_view b);  // of equal length

struct ScramName {
    ScramHash hash;
    bool plus;
};
/// "SCRAM-SHA-256-PLUS" and the like, without case.
std::optional<ScramName> scram_name(std::string_view mechanism);

std::unique_ptr<ServerMechanism> make_scram_server(ScramName name, const ServerOptions& options);
std::unique_ptr<ClientMechanism> make_scram_client(ScramName name, ClientLogin login);

}  // namespace restante::sasl
