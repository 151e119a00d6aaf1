#pragma once
// Reverse-paths and forward-paths in commands (RFC 5321 4.1.2), read strictly: what passes here can stand in a log
// line, a header field or another server's command without being able to break it.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "message/envelope.hpp"

namespace restante::smtp {

/// Octets. RFC 5321 4.5.3.1.1-3 asks for at least 64, 255 and 256; VERP and SRS senders need more than 64.
struct PathLimits {
    std::size_t local_part = 128;
    std::size_t domain = 255;
    std::size_t path = 256;  // with the angle brackets and a source route
    bool utf8 = false;       // UTF-8 is taken in both parts (RFC 6531 3.3); the domain is turned into A-labels
};

enum class PathFault {
    none,
    syntax,    // 501
    too_long,  // 501
    utf8,      // 553 5.6.7: would need SMTPUTF8
};

/// One path read from the front of a command's argument.
struct PathRead {
    PathFault fault = PathFault::none;
    std::optional<message::Address> address;  // empty with no fault: the null reverse-path "<>"
    bool utf8 = false;                        // had octets beyond ASCII
    std::string_view rest;                    // what follows the closing bracket
};

/// "<...>" for MAIL FROM: the null path is taken; a source route is read and ignored (RFC 5321 4.1.1.3).
PathRead read_reverse_path(std::string_view text, const PathLimits& limits = {});
/// "<...>" for RCPT TO: "<postmaster>" in any case is taken, "<>" is not.
PathRead read_forward_path(std::string_view text, const PathLimits& limits = {});

/// Domain name: labels of letters, digits, '-' and (tolerated) '_', at most 63 octets each. utf8: U-labels too,
/// up to 63 octets of UTF-8.
bool valid_domain(std::string_view domain, bool utf8 = false);
/// "[192.0.2.1]", "[IPv6:2001:db8::1]".
bool valid_address_literal(std::string_view literal);

/// RFC 3461 4 xtext: "+41" for 'A'. Empty optional if it is malformed or holds a control byte.
std::optional<std::string> decode_xtext(std::string_view text);

}  // namespace restante::smtp
