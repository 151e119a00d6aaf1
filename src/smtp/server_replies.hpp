#pragma once
// Every reply that the server machine chooses by itself. What depends on mailboxes, rights or disks is the agent's.
#include "smtp/command.hpp"
#include "smtp/reply.hpp"
#include "smtp/server_options.hpp"

namespace restante::smtp::replies {

/// A reply whose text is a literal.
struct Fixed {
    std::uint16_t code;
    EnhancedCode enhanced;
    const char* text;

    operator Reply() const { return {code, enhanced, text}; }  // NOLINT: meant to convert
};

inline constexpr Fixed reset{250, {2, 0, 0}, "Reset"};
inline constexpr Fixed noop{250, {2, 0, 0}, "OK"};
inline constexpr Fixed vrfy{252, {2, 5, 2}, "Cannot verify, but will take a message and try to deliver it"};
inline constexpr Fixed help{214, {2, 0, 0}, "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY STARTTLS AUTH HELP QUIT"};
inline constexpr Fixed chunk_taken{250, {2, 0, 0}, "Chunk taken"};
inline constexpr Fixed bad_chunk_size{501, {5, 5, 4}, "Syntax: BDAT octets [LAST]; closing, as octets may follow"};
inline constexpr Fixed message_begun{503, {5, 5, 1}, "A message was begun with BDAT: send the rest of it, or RSET"};
inline constexpr Fixed binary_needs_bdat{503, {5, 5, 1}, "A message with BODY=BINARYMIME comes by BDAT"};
inline constexpr Fixed name_is_no_domain{
    501, {5, 5, 4}, "Give your host's full domain name or its address in brackets"};
inline constexpr Fixed starttls{220, {2, 0, 0}, "Go ahead"};
inline constexpr Fixed auth_cancelled{501, {5, 7, 0}, "Authentication cancelled"};
inline constexpr Fixed auth_not_base64{501, {5, 5, 2}, "That is not base64"};
inline constexpr Fixed auth_unknown{504, {5, 5, 4}, "Unknown authentication mechanism"};
inline constexpr Fixed auth_needs_tls{538, {5, 7, 11}, "Encryption required: send STARTTLS first"};
inline constexpr Fixed auth_done{503, {5, 5, 1}, "Already authenticated"};
inline constexpr Fixed auth_line_too_long{500, {5, 5, 6}, "Authentication line too long"};
inline constexpr Fixed auth_required{530, {5, 7, 0}, "Authentication required"};
inline constexpr Fixed tls_required{530, {5, 7, 0}, "Send STARTTLS first, then authenticate"};
inline constexpr Fixed tls_first{530, {5, 7, 0}, "Must issue a STARTTLS command first"};
inline constexpr Fixed tls_active{503, {5, 5, 1}, "TLS is already in use"};
inline constexpr Fixed not_offered{502, {5, 5, 1}, "Command not offered here"};
inline constexpr Fixed not_implemented{502, {5, 5, 1}, "Command not implemented"};
inline constexpr Fixed unknown_command{500, {5, 5, 2}, "Unknown command"};
inline constexpr Fixed control_bytes{500, {5, 5, 2}, "Control bytes in a command"};
inline constexpr Fixed line_too_long{500, {5, 5, 2}, "Line too long"};
inline constexpr Fixed bare_newline{500, {5, 5, 2}, "Lines must end with CR LF; a bare CR or LF is not taken; closing"};
inline constexpr Fixed not_http{554, {5, 7, 0}, "This is a mail server, not a web server; closing"};
inline constexpr Fixed tls_unexpected{554, {5, 7, 0}, "TLS starts here only after STARTTLS; closing"};
inline constexpr Fixed early_talker{554, {5, 5, 0}, "Spoke before the greeting; closing"};
inline constexpr Fixed no_argument{501, {5, 5, 4}, "This command takes no argument"};
inline constexpr Fixed argument_missing{501, {5, 5, 4}, "Argument missing"};
inline constexpr Fixed bad_client_name{501, {5, 5, 4}, "Give a domain name or an address literal"};
inline constexpr Fixed hello_first{503, {5, 5, 1}, "Send EHLO or HELO first"};
inline constexpr Fixed lhlo_first{503, {5, 5, 1}, "Send LHLO first"};
inline constexpr Fixed too_large{552, {5, 3, 4}, "Message larger than this server takes"};
inline constexpr Fixed message_bare_newline{
    554, {5, 6, 0}, "Message refused: it has a CR or LF that is not part of a CR LF pair"};
inline constexpr Fixed too_many_recipients{452, {4, 5, 3}, "Too many recipients; send the rest in another message"};

std::string greeting(const ServerOptions& options);
/// The whole EHLO reply as it goes over the wire.
std::string ehlo(const ServerOptions& options, bool tls, std::string_view mechanisms);
Reply helo(const ServerOptions& options);
Reply goodbye(const ServerOptions& options);
Reply too_many_errors(const ServerOptions& options);
Reply shutting_down(const ServerOptions& options);
Reply bad_argument(ArgumentFault fault, Verb verb);

}  // namespace restante::smtp::replies
