#include "relay/tls_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace restante::relay {
namespace {
constexpr std::array<std::pair<TlsPolicy::Type, const char*>, 3> kTypes{
    {{TlsPolicy::Type::none, "no-policy-found"}, {TlsPolicy::Type::sts, "sts"}, {TlsPolicy::Type::tlsa, "tlsa"}}};

constexpr std::array<std::pair<TlsResult, const char*>, 11> kResults{
    {{TlsResult::success, "success"},
     {TlsResult::starttls_not_supported, "starttls-not-supported"},
     {TlsResult::certificate_host_mismatch, "certificate-host-mismatch"},
     {TlsResult::certificate_expired, "certificate-expired"},
     {TlsResult::certificate_not_trusted, "certificate-not-trusted"},
     {TlsResult::validation_failure, "validation-failure"},
     {TlsResult::tlsa_invalid, "tlsa-invalid"},
     {TlsResult::dnssec_invalid, "dnssec-invalid"},
     {TlsResult::sts_policy_fetch_error, "sts-policy-fetch-error"},
     {TlsResult::sts_policy_invalid, "sts-policy-invalid"},
     {TlsResult::sts_webpki_invalid, "sts-webpki-invalid"}}};

template <class Table, class Value>
const char* name_in(const Table& table, Value value) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == value; });
    return found == table.end() ? "" : found->second;
}

template <class Value, std::size_t n>
std::optional<Value> value_in(const std::array<std::pair<Value, const char*>, n>& table, std::string_view name) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.second == name; });
    if (found == table.end()) return std::nullopt;
    return found->first;
}

std::string upper_hex(std::string_view bytes) {
    std::string out = to_hex(bytes);
    for (char& c : out)
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
    return out;
}
}  // namespace

const char* to_string(TlsPolicy::Type type) { return name_in(kTypes, type); }
std::optional<TlsPolicy::Type> parse_tls_policy_type(std::string_view text) { return value_in(kTypes, text); }
const char* to_string(TlsResult result) { return name_in(kResults, result); }
std::optional<TlsResult> parse_tls_result(std::string_view text) { return value_in(kResults, text); }

std::vector<std::string> policy_lines(const std::vector<net::TlsaRecord>& records) {
    std::vector<std::string> out;
    for (const net::TlsaRecord& record : records)
        out.push_back(std::to_string(record.usage) + " " + std::to_string(record.selector) + " " +
                      std::to_string(record.matching) + " " + upper_hex(record.data));
    std::sort(out.begin(), out.end());  // name servers turn them round: it is one policy all the same
    return out;
}

std::optional<TlsFault> fault_of(const net::CertificateVerdict& verdict) {
    using Fault = net::CertificateVerdict::Fault;
    switch (verdict.fault) {
        case Fault::none:
            return std::nullopt;
        case Fault::other_name:
            return TlsFault{TlsResult::certificate_host_mismatch, ""};
        case Fault::expired:
            return TlsFault{TlsResult::certificate_expired, ""};
        case Fault::untrusted:
            return TlsFault{TlsResult::certificate_not_trusted, verdict.text};
        case Fault::no_tlsa_match:
            return TlsFault{TlsResult::validation_failure, verdict.text};
    }
    return std::nullopt;
}

}  // namespace restante::relay
