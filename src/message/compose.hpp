#pragma once
// Writing a message: header fields folded and encoded (RFC 5322 2.2.3, 2047), bodies as quoted-printable UTF-8.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "message/address_list.hpp"

namespace restante::message {

/// What a program of ours wants to say. All texts are UTF-8; control characters and line ends in one-line values become
/// blanks, so that no value can start a header field of its own.
struct Outgoing {
    Mailbox from;
    std::vector<Mailbox> to;
    std::vector<Mailbox> reply_to;
    std::string subject;
    Timestamp date;
    std::string message_id;                // without angle brackets, e.g. "token.id@domain"
    std::vector<std::string> in_reply_to;  // without angle brackets
    std::vector<std::string> references;   // the first and the last 19 are sent
    std::string list_id;                   // "Website relaunch <42.projects.example.org>"; empty: no List-Id
    std::string list_unsubscribe;          // one or more <URI>; empty: none
    bool auto_submitted = true;  // Auto-Submitted: auto-generated and X-Auto-Response-Suppress: All (RFC 3834 5)
    std::vector<std::pair<std::string, std::string>>
        extra;         // further fields, unstructured; names without structure here
    std::string text;  // LF or CRLF lines
    std::string html;  // empty: text only; otherwise a multipart/alternative of both
};

/// The message with CRLF lines of at most 998 octets. ErrorKind::invalid: no recipient, a name that is no field name,
/// or an address or Message-ID that cannot stand in a header field.
Result<std::string> compose(const Outgoing& outgoing);

/// One unstructured field `Name: value` with its CRLF: folded at 78 where there are blanks, non-ASCII as encoded words.
std::string format_field(std::string_view name, std::string_view value);

/// One address field with its CRLF, e.g. `To: "Bob, B." <bob@x.org>,` and a fold between mailboxes.
std::string format_mailboxes(std::string_view name, const std::vector<Mailbox>& mailboxes);

}  // namespace restante::message
