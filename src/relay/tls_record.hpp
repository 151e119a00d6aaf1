#pragma once
// Where a domain wants its TLS reports: the record at _smtp._tls.<domain> (RFC 8460 3). Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace restante::relay {

struct ReportTarget {
    enum class Kind { mail, https };
    Kind kind = Kind::mail;
    std::string uri;      // as published
    std::string address;  // mail: "tlsrpt@example.org", ASCII
    std::string host;     // https
    std::uint16_t port = 443;
    std::string target;  // path and query
};

/// texts: all TXT records there. Empty: the domain wants none, or none that can be sent: there is not exactly one
/// record of version 1 (RFC 8460 3), or none of its URIs is of use here. At most 10.
std::vector<ReportTarget> tls_report_targets(const std::vector<std::string>& texts);

}  // namespace restante::relay
