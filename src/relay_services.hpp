#pragma once
// What carries mail to other servers, put together: resolver, queue, smarthosts, relay.
#include <memory>
#include <string>

#include "config.hpp"
#include "data_directory.hpp"
#include "mailauth/dkim_keys.hpp"
#include "net/dns_resolver.hpp"
#include "relay/receipts.hpp"
#include "relay/relay.hpp"
#include "relay/tls_reporter.hpp"
#include "service_catalogue.hpp"

namespace restante {

/// Everything outlives it and its sessions in `group`.
struct RelayParts {
    db::Database& database;
    store::MessageStore& store;
    DataDirectory& data;
    net::IoPool& io;
    net::WorkPool& work;
    net::TaskGroup& group;
    const Clock& clock;
    IdSource& ids;
    Log& log;
    Metrics& metrics;
};

class RelayServices {
public:
    /// Blocking: makes tables, and recovers the queue.
    static Result<std::unique_ptr<RelayServices>> open(const RelayParts& parts, const Config& config,
                                                       const std::string& hostname);
    /// Before add_to(). The delivery agent takes what senders are told; TLS reports are signed with the keys.
    void build(mda::Mda& mda, const mailauth::DkimKeys& keys);
    /// From then on the catalogue starts, stops and changes it.
    void add_to(ServiceCatalogue& catalogue);

    relay::Queue& queue() { return *queue_; }
    relay::Receipts& receipts() { return receipts_; }
    relay::Smarthosts& smarthosts() { return *smarthosts_; }
    net::Resolver& resolver() { return resolver_; }
    /// After build().
    relay::TlsReporter& tls_reports() { return *tls_reporter_; }

private:
    struct Settings {
        relay::Options relay;
        net::DnsOptions dns;
    };
    /// What the catalogue starts and stops.
    class Agent;

    RelayServices(const RelayParts& parts, std::string hostname)
        : parts_(parts),
          hostname_(std::move(hostname)),
          outbox_(parts.database, parts.clock, parts.ids),
          receipts_(outbox_, parts.log, hostname_) {}

    const RelayParts parts_;
    const std::string hostname_;
    store::Outbox outbox_;
    relay::Receipts receipts_;
    net::LiveResolver resolver_;
    std::unique_ptr<relay::Queue> queue_;
    std::unique_ptr<relay::Smarthosts> smarthosts_;
    std::unique_ptr<relay::Policies> policies_;
    relay::TlsCounts tls_counts_;
    std::unique_ptr<relay::Relay> relay_;
    std::unique_ptr<relay::TlsReporter> tls_reporter_;
};

}  // namespace restante
