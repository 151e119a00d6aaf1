#pragma once
// Address fields (RFC 5322 3.4, 4.4): read by a loop without recursion, because nested groups bring down others.
#include <string>
#include <string_view>
#include <vector>

#include "message/envelope.hpp"
#include "message/limits.hpp"

namespace restante::message {

/// A mailbox of a header field with the name it was shown under.
struct Mailbox {
    std::string display_name;  // decoded, one clean line; may be empty
    Address address;

    bool operator==(const Mailbox&) const = default;
};

/// Groups are flattened; obsolete routes, comments and empty entries are skipped, what is no address is left out and
/// flagged. Local parts that RFC 5322 forbids but some hosts use (`a..b`, `a.`) are taken.
std::vector<Mailbox> parse_mailboxes(std::string_view raw, const Limits& limits, Oddities& oddities);

}  // namespace restante::message
