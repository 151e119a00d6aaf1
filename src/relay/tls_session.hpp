#pragma once
// What is counted of a session's TLS, for the reports its recipients' domain may ask for (RFC 8460 4). Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/dns.hpp"
#include "net/stream.hpp"

namespace restante::relay {

/// What was asked of the session (RFC 8460 4.2).
struct TlsPolicy {
    enum class Type : std::uint8_t { none, sts, tlsa };
    Type type = Type::none;
    std::vector<std::string> lines;  // "policy-string" of RFC 8460 4.4: the TLSA records, or the lines of the policy
    bool operator==(const TlsPolicy&) const = default;
};
/// "no-policy-found", "sts", "tlsa", and back.
const char* to_string(TlsPolicy::Type type);
std::optional<TlsPolicy::Type> parse_tls_policy_type(std::string_view text);

/// RFC 8460 4.3; the names are those of the registry. dane-required is missing: nothing here asks for DANE where the
/// domain has none.
enum class TlsResult : std::uint8_t {
    success,
    starttls_not_supported,
    certificate_host_mismatch,
    certificate_expired,
    certificate_not_trusted,
    validation_failure,
    tlsa_invalid,
    dnssec_invalid,
    sts_policy_fetch_error,
    sts_policy_invalid,
    sts_webpki_invalid,
};
const char* to_string(TlsResult result);
std::optional<TlsResult> parse_tls_result(std::string_view text);

/// Why a session does not count as a success.
struct TlsFault {
    TlsResult result = TlsResult::validation_failure;
    std::string reason;  // "failure-reason-code" of RFC 8460 4.4; never a peer's words. Empty: the result says it all
};

struct TlsSession {
    std::string domain;  // of the recipients, A-labels
    TlsPolicy policy;
    std::string host;  // the MX
    TlsResult result = TlsResult::success;
    std::string reason;                    // as in TlsFault
    std::string sending_ip, receiving_ip;  // empty: there was no connection
};

/// "3 1 1 0D6FCE13...": as RFC 6698 2.2 writes them.
std::vector<std::string> policy_lines(const std::vector<net::TlsaRecord>& records);

/// nullopt: nothing is wrong with it.
std::optional<TlsFault> fault_of(const net::CertificateVerdict& verdict);

}  // namespace restante::relay
