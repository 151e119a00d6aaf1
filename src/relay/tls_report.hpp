#pragma once
// A TLS report: what came of a day's sessions with one domain, as JSON (RFC 8460 4). Pure.
#include <string>
#include <vector>

#include "relay/tls_counts.hpp"

namespace restante::relay {

struct TlsReport {
    std::string organization;
    std::string contact;    // an address
    std::string submitter;  // the domain that reports (RFC 8460 5.3)
    std::string domain;     // the policy domain: A-labels
    ReportDay day = 0;
    std::vector<TlsCount> counts;  // all of that day and domain
};

/// Unique and the same each time: a receiver recognises a report that came twice (RFC 8460 5.3). Without angle
/// brackets.
std::string report_id(const TlsReport& report);

/// RFC 8460 4.4.
std::string write_tls_report(const TlsReport& report);

/// "sender.example!example.org!1479859200!1479945599.json.gz" (RFC 8460 5.1).
std::string report_file_name(const TlsReport& report);

struct TlsReportMail {
    const TlsReport& report;
    std::string from, to;    // addresses, ASCII
    std::string compressed;  // the report, gzip
    std::string message_id;  // without angle brackets
    std::string boundary;
    Timestamp now{};
};

/// The message, CRLF lines, still without a signature (RFC 8460 5.3).
std::string write_tls_report_mail(const TlsReportMail& mail);

}  // namespace restante::relay
