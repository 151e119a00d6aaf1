#pragma once
// The Authentication-Results field (RFC 8601): ours, and those that others forge in our name. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "mailauth/arc.hpp"
#include "mailauth/dkim.hpp"
#include "mailauth/dmarc.hpp"
#include "mailauth/spf.hpp"

namespace restante::mailauth {

/// What was found out about one message.
struct Report {
    SpfVerdict spf;
    std::string spf_sender;  // "anna@example.org", or the HELO name
    bool spf_of_helo = false;
    std::vector<DkimVerdict> dkim;
    ArcVerdict arc;
    DmarcVerdict dmarc;
};

/// "Authentication-Results: mx.ours.test; spf=pass ...CRLF", folded.
std::string results_field(std::string_view authserv_id, const Report& report);

/// Who wrote an Authentication-Results field, from its value; empty for a malformed one.
std::string authserv_id_of(std::string_view value);

/// Fields of a message from elsewhere that claim to be ours, or that could be taken for ours as they are malformed
/// (RFC 8601 5). In the order of the header.
std::vector<const RawField*> forged_results(const HeaderFields& header, std::string_view authserv_id);

}  // namespace restante::mailauth
