#pragma once
// Command lines: the verb, and the arguments of MAIL and RCPT (RFC 5321 4.1).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "message/envelope.hpp"
#include "smtp/path.hpp"

namespace restante::smtp {

enum class Verb {
    ehlo,
    helo,
    mail,
    rcpt,
    data,
    rset,
    noop,
    quit,
    vrfy,
    help,
    expn,
    starttls,
    auth,
    bdat,           // refused, and the connection closed: message octets follow it
    unimplemented,  // known from an RFC, not done here
    http,           // a web client was made to talk to us
    unknown,
};

/// A line without its CRLF, split at the first blank; the argument without blanks around it.
struct Command {
    Verb verb = Verb::unknown;
    std::string_view argument;
};
Command parse_command(std::string_view line);

/// What is wrong with a MAIL or RCPT argument.
enum class ArgumentFault {
    none,
    syntax,             // 501 5.5.4
    path_syntax,        // 501 5.1.7 or 5.1.3
    path_too_long,      // 501 5.1.7 or 5.1.3
    path_utf8,          // 553 5.6.7
    unknown_parameter,  // 555 5.5.4
    bad_parameter,      // 501 5.5.4
};

struct MailArgument {
    ArgumentFault fault = ArgumentFault::none;
    std::optional<message::Address> reverse_path;  // empty: the null reverse-path
    std::optional<std::uint64_t> size;             // SIZE= (RFC 1870)
    bool eight_bit = false;                        // BODY=8BITMIME (RFC 6152)
};

/// argument: what follows "MAIL ". auth_known: AUTH is offered, so AUTH= is read (RFC 4954 5) and, since no client is
/// trusted with another one's identity here, dropped.
MailArgument parse_mail(std::string_view argument, bool auth_known, const PathLimits& limits);

struct RcptArgument {
    ArgumentFault fault = ArgumentFault::none;
    message::Address forward_path;
};
RcptArgument parse_rcpt(std::string_view argument, const PathLimits& limits);

/// EHLO and HELO: one printable ASCII word up to 255 octets. More is not asked of it (RFC 5321 4.1.4).
bool valid_client_name(std::string_view name);

}  // namespace restante::smtp
