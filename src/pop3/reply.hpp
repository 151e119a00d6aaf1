#pragma once
// First lines of POP3 responses, and the words this protocol machine itself says.
#include <cstdint>
#include <string>
#include <string_view>

namespace restante::pop3 {

/// RFC 2449 8, RFC 3206. Only ever on -ERR.
enum class ResponseCode : std::uint8_t { none, in_use, login_delay, auth, sys_temp, sys_perm };

/// "IN-USE", without brackets; empty for none.
std::string_view to_string(ResponseCode code);

/// "-ERR [AUTH] text"; the text must not start with '[' nor hold line ends (RFC 2449 8).
struct Refusal {
    ResponseCode code = ResponseCode::none;
    std::string_view text;
};

void append_ok(std::string& out, std::string_view text);
void append_refusal(std::string& out, const Refusal& refusal);
void append_number(std::string& out, std::uint64_t value);

/// What the machine refuses by itself. What an agent refuses is worded by the agent.
namespace says {
inline constexpr Refusal unknown_command{ResponseCode::none, "Unknown command"};
inline constexpr Refusal syntax_error{ResponseCode::none, "Syntax error in arguments"};
inline constexpr Refusal wrong_state{ResponseCode::none, "Command not allowed now"};
inline constexpr Refusal line_too_long{ResponseCode::none, "Line too long"};
inline constexpr Refusal too_many_errors{ResponseCode::none, "Too many errors, closing"};
inline constexpr Refusal tls_first{ResponseCode::none, "Passwords are taken under TLS only: use STLS first"};
inline constexpr Refusal binding_needed{ResponseCode::none,
                                        "Logins have to be bound to TLS here: use AUTH SCRAM-SHA-256-PLUS"};
inline constexpr Refusal tls_active{ResponseCode::none, "TLS is already active"};
inline constexpr Refusal tls_not_offered{ResponseCode::none, "TLS is not offered here"};
inline constexpr Refusal tls_before_utf8{ResponseCode::none, "STLS has to come before UTF8"};
inline constexpr Refusal unknown_language{ResponseCode::none, "This language is not available"};
inline constexpr Refusal unknown_mechanism{ResponseCode::none, "Mechanism not offered"};
inline constexpr Refusal bad_base64{ResponseCode::none, "Not base64"};
inline constexpr Refusal cancelled{ResponseCode::none, "Authentication cancelled"};
inline constexpr Refusal no_such_message{ResponseCode::none, "No such message"};
inline constexpr Refusal deleted_message{ResponseCode::none, "Message is marked as deleted"};
}  // namespace says

}  // namespace restante::pop3
