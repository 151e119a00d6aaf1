#pragma once
// The services that take and give mail, built from the configuration: mail exchange, submission, POP3.
#include <memory>
#include <string>

#include "config.hpp"
#include "mta/service.hpp"
#include "popd/service.hpp"
#include "service_catalogue.hpp"

namespace restante {

/// Everything outlives the services and their sessions in `group`.
struct MailParts {
    net::IoPool& io;
    net::WorkPool& work;
    net::WorkPool& passwords;
    net::TaskGroup& group;
    directory::Directory& directory;
    login::GuessGuard& guard;
    mda::Mda& mda;
    store::MessageStore& store;
    const Clock& clock;
    IdSource& ids;
    Log& log;
    Metrics& metrics;
    directory::Alerts* alerts = nullptr;
    popd::ClientViews* views = nullptr;
    mta::Authenticator* authenticator = nullptr;
    mta::SpamCheck* spam_check = nullptr;
    const directory::SendAs* send_as = nullptr;
    directory::PopLogins* pop_logins = nullptr;
    directory::PopUses* pop_uses = nullptr;
};

class MailServices {
public:
    /// Of options only: addresses and certificates come with add_to().
    MailServices(const MailParts& parts, const Config& config, const std::string& hostname);
    /// Lets them take over sockets that another program has bound. Must outlive the services; before their start.
    void adopt_from(const net::PassedSockets& passed);
    /// From then on the catalogue starts, stops and changes them.
    void add_to(ServiceCatalogue& catalogue);
    directory::Pop3Settings pop3_defaults() const { return pop3_.account_defaults(); }
    std::vector<watch::SessionWatch*> watches() { return {&mx_watch_, &submission_watch_, &connectors_watch_, &pop3_watch_}; }

private:
    struct Tls {
        std::shared_ptr<net::LiveTlsContext> mx = std::make_shared<net::LiveTlsContext>(nullptr);
        std::shared_ptr<net::LiveTlsContext> submission = std::make_shared<net::LiveTlsContext>(nullptr);
        std::shared_ptr<net::LiveTlsContext> pop3 = std::make_shared<net::LiveTlsContext>(nullptr);
    };
    /// A connector made by an administrator; stays when it is removed, for the last of its sessions.
    struct Connector {
        std::shared_ptr<net::LiveTlsContext> tls = std::make_shared<net::LiveTlsContext>(nullptr);
        std::unique_ptr<mta::Service> service;
    };
    mta::Parts mta_parts(net::LiveTlsContext& tls, watch::SessionWatch& watch);
    ServicePart connector_part(const std::string& name);

    const MailParts parts_;
    const std::string hostname_;
    const Config config_;
    Tls tls_;
    mta::Switchboard switchboard_;
    mta::SenderLimits senders_;
    watch::SessionWatch mx_watch_, submission_watch_, connectors_watch_, pop3_watch_;
    mta::Service mx_;
    mta::Service submission_;
    popd::Service pop3_;
    std::vector<std::unique_ptr<Connector>> connectors_;
};

}  // namespace restante
