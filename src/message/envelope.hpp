#pragma once
// Mail addresses and the SMTP envelope (RFC 5321 2.3.1, 2.3.11, 4.1.2). Plain values, pure functions.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace restante::message {

/// A mailbox `local_part@domain`. The local part is stored unquoted with its case kept (only the receiving domain may
/// interpret it); the domain is stored with ASCII letters in lower case, so that addresses compare with ==.
struct Address {
    std::string local_part;
    std::string domain;  // empty only for "postmaster" without a domain (RFC 5321 4.1.1.3); may be "[192.0.2.1]"

    /// `bob@Example.ORG`, `"b b"@x.org`, `bob@[192.0.2.1]`, `postmaster`; UTF-8 is taken (RFC 6531), whether it is
    /// allowed is the caller's question. No angle brackets, source routes, comments or display names.
    /// Local part up to 128 octets, domain up to 255, labels up to 63. ErrorKind::invalid otherwise.
    static Result<Address> parse(std::string_view text);

    /// The form for SMTP commands and header fields, without angle brackets; the local part quoted where it must be.
    std::string to_string() const;

    bool operator==(const Address&) const = default;
    auto operator<=>(const Address&) const = default;
};

/// As people mean it: the local part too without regard to ASCII case. For comparing a sender with a known person,
/// never for finding a mailbox (that is the directory's decision).
bool same_mailbox(const Address& a, const Address& b);

/// `name` without the part from the first separator: "reply+abc" gives {"reply", "abc"}. No separator: {name, nullopt}.
struct PlusParts {
    std::string base;
    std::optional<std::string> detail;
};
PlusParts split_plus(std::string_view local_part, char separator = '+');

/// True if the text is a domain name as this program takes them: labels of letters, digits, '-', '_' or UTF-8.
bool is_domain_name(std::string_view text);

/// When the sender wants a delivery status notification (RFC 3461 4.1). Nothing set: the parameter was not given,
/// which means failure, and delay as the server likes.
struct Notify {
    bool never = false;  // alone
    bool success = false, failure = false, delay = false;

    bool given() const { return never || success || failure || delay; }
    bool operator==(const Notify&) const = default;
};

/// Who the sender wrote to, however often it was readdressed since (RFC 3461 4.2), decoded.
struct OriginalRecipient {
    std::string type = "rfc822";  // or "utf-8" (RFC 6533 3)
    std::string address;          // printable ASCII or UTF-8, without control characters

    bool operator==(const OriginalRecipient&) const = default;
};

/// One forward-path and what belongs to it alone.
struct Recipient {
    Address address;
    Notify notify{};
    std::optional<OriginalRecipient> orcpt{};

    bool operator==(const Recipient&) const = default;
};

/// How much of the message a failure notification returns (RFC 3461 4.3).
enum class Ret : std::uint8_t { unspecified, full, hdrs };

/// What the sender says of the text (RFC 6152, RFC 3030).
enum class Body : std::uint8_t { unspecified, seven_bit, eight_bit_mime, binary_mime };

/// What SMTP says about a message, as opposed to what its header says.
struct Envelope {
    std::optional<Address> reverse_path;  // nullopt: the null reverse-path <>
    std::vector<Recipient> recipients;    // in the order of RCPT
    Ret ret = Ret::unspecified;
    std::string envid{};  // RFC 3461 4.4, decoded; empty: none
    Body body = Body::unspecified;
    bool smtputf8 = false;     // RFC 6531 3.4: the message or an address needs it
    bool require_tls = false;  // RFC 8689

    bool operator==(const Envelope&) const = default;
};

}  // namespace restante::message
