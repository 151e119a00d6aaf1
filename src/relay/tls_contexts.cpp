#include "relay/tls_contexts.hpp"

namespace restante::relay {
namespace {
constexpr std::chrono::hours kLifetime{1};
}  // namespace

Result<std::shared_ptr<const net::TlsClientContext>> TlsContexts::get(const net::TlsClientOptions& options) {
    if (!options.pinned_sha256.empty() || !options.dane.empty()) return net::TlsClientContext::make(options);
    const std::string key = (options.insecure ? "any:" : "verified:") +
                            std::to_string(static_cast<int>(options.least)) + ":" + options.ca_file;
    const auto now = std::chrono::steady_clock::now();
    const std::scoped_lock lock(mutex_);
    Kept& kept = kept_[key];
    if (kept.context && now - kept.made < kLifetime) return kept.context;
    auto made = net::TlsClientContext::make(options);
    if (!made) return made;
    kept = {*made, now};
    return made;
}

}  // namespace restante::relay
