#pragma once
// One request to a web server of a foreign domain: its MTA-STS policy (RFC 8461 3.3), or where it wants reports
// (RFC 8460 5.4).
#include <chrono>
#include <functional>
#include <string>

#include "net/resolver.hpp"
#include "net/work_pool.hpp"

namespace restante::relay {

struct HttpsRequest {
    std::string host;  // A-labels
    std::uint16_t port = 443;
    std::string method = "GET";
    std::string target = "/";  // path and query
    std::string content_type;  // empty: no body
    std::string body;
    std::string ca_file;                // empty: the system's authorities
    bool any_certificate = false;       // the answer is not believed
    std::size_t most_octets = 65'536;   // of the answer's body
    std::chrono::seconds patience{60};  // for each address
    bool allow_internal = false;        // as Options::allow_internal
};

struct HttpsReply {
    unsigned status = 0;
    std::string content_type, body;
};

/// Tries the host's addresses until one answers. Redirects are answers. Errors: tls (the certificate among them),
/// unavailable, timeout, protocol, io.
net::Task<Result<HttpsReply>> ask_https(net::Resolver& resolver, net::WorkPool& work, HttpsRequest request);

}  // namespace restante::relay
