#pragma once
// Settings of the HTTP server.
#include <chrono>
#include <cstddef>

namespace restante::admin {

struct HttpOptions {
    std::size_t header_limit = 16 * 1024;              // bytes of request line and header fields
    std::size_t body_limit = 10 * 1024 * 1024;         // bytes, after chunked decoding
    std::chrono::milliseconds idle_timeout{75'000};    // between requests, and for the TLS handshake
    std::chrono::milliseconds header_timeout{15'000};  // from a request's first byte to the end of its header
    std::chrono::milliseconds body_timeout{60'000};    // for the whole body
    std::chrono::milliseconds write_timeout{60'000};   // for the whole response
    std::size_t requests_per_connection = 10'000;
};

}  // namespace restante::admin
