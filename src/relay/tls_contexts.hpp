#pragma once
// TLS settings that many sessions share. Making one reads the authorities of the system: milliseconds, and megabytes.
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "net/tls_context.hpp"

namespace restante::relay {

/// Thread-safe.
class TlsContexts {
public:
    /// The one for these options; made anew after an hour, as authorities change. Those with pins or TLSA records are
    /// for one host, and are not kept. Errors as net::TlsClientContext::make.
    Result<std::shared_ptr<const net::TlsClientContext>> get(const net::TlsClientOptions& options);

private:
    struct Kept {
        std::shared_ptr<const net::TlsClientContext> context;
        std::chrono::steady_clock::time_point made{};
    };
    std::mutex mutex_;
    std::map<std::string, Kept> kept_;  // few: by the file of authorities and how strict
};

}  // namespace restante::relay
