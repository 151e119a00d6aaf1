#include "own_services.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/text.hpp"
#include "moving/read_file.hpp"

namespace restante {
namespace {
constexpr std::size_t kMaxPem = 1U << 20;

bool is_self_signed(const net::TlsServerContext& context) {
    X509* const leaf = SSL_CTX_get0_certificate(context.native());
    return leaf != nullptr && X509_check_issued(leaf, leaf) == X509_V_OK;
}

// "0.0.0.0:995", "[::]:995", "192.0.2.1:995"; a unix socket is no place for a client.
probe::Endpoint endpoint(const std::string& address, probe::ConnectionType type) {
    const std::size_t colon = address.rfind(':');
    const auto port = colon == std::string::npos ? std::nullopt : parse_u64(address.substr(colon + 1));
    if (!port || *port > 65'535) return {};
    std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    return {host, static_cast<std::uint16_t>(*port), type};
}

probe::Endpoint first_of(const std::map<std::string, std::vector<std::string>>& listeners, const std::string& implicit, const std::string& explicit_) {
    for (const auto& [name, type] : {std::pair(implicit, probe::ConnectionType::ssl), std::pair(explicit_, probe::ConnectionType::tls)}) {
        const auto found = listeners.find(name);
        if (found == listeners.end()) continue;
        for (const std::string& address : found->second)
            if (auto out = endpoint(address, type); !out.host.empty()) return out;
    }
    return {};
}
}  // namespace

probe::OwnServices own_services(const std::map<std::string, std::vector<std::string>>& listeners, std::string ca_pem) {
    return {first_of(listeners, "pop3_tls", "pop3"), first_of(listeners, "smtp.submission_tls", "smtp.submission"),
            std::move(ca_pem)};
}

Result<std::string> trusted_pem(const Certificates& certificates, const std::string& host, const std::string& ca_file) {
    if (!ca_file.empty()) return moving::read_whole(ca_file, kMaxPem);
    for (const Certificates::Known& known : certificates.all()) {
        if (!known.loaded || !known.loaded->is_for(host)) continue;
        return is_self_signed(*known.loaded) ? moving::read_whole(known.files.certificate, kMaxPem) : std::string();
    }
    return std::string();
}

}  // namespace restante
