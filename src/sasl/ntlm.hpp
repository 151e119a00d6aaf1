#pragma once
// Internal to sasl: NTLM version 2 (MS-NLMP) inside SASL. Version 1 is refused on both sides: its answers can be turned
// back into passwords. Needs the password in clear on the server, so accounts have to opt in.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sasl/client.hpp"
#include "sasl/server.hpp"

namespace restante::sasl {

namespace ntlm {
inline constexpr std::uint32_t unicode = 0x1, oem = 0x2, request_target = 0x4, ntlm = 0x200, always_sign = 0x8000,
                               target_is_server = 0x20000, extended_security = 0x80000, has_target_info = 0x800000;

/// UTF-8 to UTF-16LE; nothing if it is not UTF-8.
std::optional<std::string> to_utf16(std::string_view text);
std::optional<std::string> from_utf16(std::string_view text);
/// One to one, as Windows does it.
std::string upper_utf16(std::string_view text);

/// NTOWFv2 (MS-NLMP 3.3.2). user and domain in UTF-16LE, password in UTF-8.
std::string password_key(std::string_view password, std::string_view user, std::string_view domain);
/// NTProofStr. temp: what the client adds.
std::string proof(std::string_view key, std::string_view challenge, std::string_view temp);

std::uint32_t number_at(std::string_view message, std::size_t offset, std::size_t octets);
void append_number(std::string& out, std::uint64_t value, std::size_t octets);
/// What the length and offset at `field` point to; nothing if that is not within the message.
std::optional<std::string_view> payload(std::string_view message, std::size_t field);
/// Signature and type fit, and it has this many octets at least.
bool is_message(std::string_view message, std::uint32_t type, std::size_t least);
/// Value of an AV pair (MS-NLMP 2.2.2.1), if it is there.
std::optional<std::string_view> av_pair(std::string_view target_info, std::uint16_t id);
void append_av_pair(std::string& out, std::uint16_t id, std::string_view value);
}  // namespace ntlm

std::unique_ptr<ServerMechanism> make_ntlm_server(const ServerOptions& options);
std::unique_ptr<ClientMechanism> make_ntlm_client(ClientLogin login);

}  // namespace restante::sasl
