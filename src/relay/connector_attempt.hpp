#pragma once
// Internal to Connector: what is known while it tries the hosts of one domain.
#include <memory>
#include <optional>
#include <string>

#include "relay/connector.hpp"

namespace restante::relay {

/// What must hold of the TLS of one host.
struct Connector::Security {
    smtp::ClientOptions::Tls tls = smtp::ClientOptions::Tls::if_offered;
    bool verified = false;
    net::TlsClientOptions rules{};
    std::shared_ptr<const net::TlsClientContext> context{};
    TlsPolicy policy{};               // what it follows from, for reports
    std::optional<TlsFault> fault{};  // of the policy itself: no session under it counts as a success
    bool observed = false;            // the certificate is looked at, but whatever it is the mail goes
};

struct Connector::Attempt {
    const Options& options;
    const std::string& domain;
    std::optional<Smarthosts::Use> smarthost;
    Purpose purpose = Purpose::mail;
    Policies::Found policy{};
    bool hosts_authenticated = false;
    std::size_t addresses_left = 0;
    Outcome outcome{};
    bool failed_for_now = false;  // at least one host may work later
};

}  // namespace restante::relay
