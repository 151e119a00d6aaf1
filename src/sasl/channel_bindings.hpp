#pragma once
#include <string>

namespace restante::sasl {

/// What ties an exchange to the TLS connection it runs over. Both empty: there is none, or it cannot be tied.
struct ChannelBindings {
    std::string exporter;          // "tls-exporter" (RFC 9266), 32 octets; TLS 1.3 only
    std::string server_end_point;  // "tls-server-end-point" (RFC 5929 4.1)
    bool empty() const { return exporter.empty() && server_end_point.empty(); }
};

}  // namespace restante::sasl
