#pragma once
// What domains say about TLS to their mail hosts: MTA-STS policies, fetched over HTTPS and remembered.
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "db/database.hpp"
#include "net/resolver.hpp"
#include "net/work_pool.hpp"
#include "relay/sts.hpp"
#include "relay/tls_session.hpp"
#include "relay/types.hpp"

namespace restante::relay {

/// Thread-safe.
class Policies {
public:
    struct Parts {
        db::Database& database;
        net::Resolver& resolver;
        net::WorkPool& work;
        const Clock& clock;
        Log& log;
    };
    /// Blocking: makes its table.
    static Result<std::unique_ptr<Policies>> open(const Parts& parts);

    struct Found {
        std::optional<StsPolicy> policy;
        std::optional<TlsFault> fault;  // there is no policy though the domain announces one (RFC 8460 4.3.2.2)
    };
    /// The domain's policy. One that cannot be fetched anew holds until it expires (RFC 8461 3.3, 5.1); none is none.
    net::Task<Found> find(std::string domain, Options options);

private:
    explicit Policies(const Parts& parts) : parts_(parts) {}
    struct Known {
        std::string id, text;
        Timestamp expires_at{};
    };
    Result<std::optional<Known>> load(const std::string& domain);
    Result<void> keep(const std::string& domain, const Known& known);
    net::Task<Result<std::string>> fetch(std::string domain, Options options);
    net::Task<std::optional<TlsFault>> renew(std::string name, std::string id, Options options,
                                             std::optional<Known>& known);

    const Parts parts_;
};

}  // namespace restante::relay
