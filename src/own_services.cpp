#include "own_services.hpp"

#include "base/text.hpp"

namespace restante {
namespace {

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

probe::OwnServices own_services(const std::map<std::string, std::vector<std::string>>& listeners) {
    return {first_of(listeners, "pop3_tls", "pop3"), first_of(listeners, "smtp.submission_tls", "smtp.submission")};
}

}  // namespace restante
