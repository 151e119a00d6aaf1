#pragma once
// Asks name servers that resolve (recursive ones) over UDP and TCP, with c-ares.
#include <memory>
#include <mutex>

#include "net/dns_options.hpp"
#include "net/resolver.hpp"

namespace restante::net {

class DnsResolver final : public Resolver {
public:
    /// Starts its thread. Errors: invalid (an address of a server), unavailable.
    static Result<std::unique_ptr<DnsResolver>> make(DnsOptions options);
    ~DnsResolver() override;
    Task<DnsAnswer> ask(DnsQuestion question) override;

private:
    struct Engine;
    explicit DnsResolver(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
    const std::shared_ptr<Engine> engine_;
};

/// A resolver whose settings can change while it is asked.
class LiveResolver final : public Resolver {
public:
    /// Blocking for a moment. On an error nothing has changed.
    Result<> set(DnsOptions options);
    /// servfail before the first set().
    Task<DnsAnswer> ask(DnsQuestion question) override;

private:
    std::mutex mutex_;
    std::shared_ptr<DnsResolver> now_;
};

}  // namespace restante::net
