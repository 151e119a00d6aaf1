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
    lhlo,
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
    bdat,
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

/// What was announced to this client; parameters of anything else are unknown.
struct Offered {
    bool auth = false;  // AUTH= (RFC 4954 5) is read and dropped: no client is trusted with another one's identity here
    bool size = true;
    bool eight_bit_mime = true;
    bool binary_mime = false;
    bool dsn = false;
    bool smtp_utf8 = false;
    bool require_tls = false;
};

struct MailArgument {
    ArgumentFault fault = ArgumentFault::none;
    std::optional<std::uint64_t> size;  // SIZE= (RFC 1870)
    message::Envelope envelope;         // without recipients
};

/// argument: what follows "MAIL ". UTF-8 in the address needs SMTPUTF8 among the parameters.
MailArgument parse_mail(std::string_view argument, const Offered& offered, const PathLimits& limits);

struct RcptArgument {
    ArgumentFault fault = ArgumentFault::none;
    message::Recipient recipient;
};
/// utf8: the transaction was begun with SMTPUTF8.
RcptArgument parse_rcpt(std::string_view argument, const Offered& offered, bool utf8, const PathLimits& limits);

/// "n" or "n LAST" (RFC 3030 2); nothing if it is malformed or no number of octets that could be.
struct BdatArgument {
    std::uint64_t size = 0;
    bool last = false;
};
std::optional<BdatArgument> parse_bdat(std::string_view argument);

/// EHLO and HELO: one printable ASCII word up to 255 octets. More is not asked of it (RFC 5321 4.1.4).
bool valid_client_name(std::string_view name);

}  // namespace restante::smtp
