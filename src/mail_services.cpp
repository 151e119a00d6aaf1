#include "mail_services.hpp"

#include "connector_rules.hpp"

namespace restante {
namespace {

watch::WatchOptions watched(const Config& config, watch::WatchOptions options) {
    if (options.log.folder.empty()) options.log.folder = config.server.data_directory + "/protocol-log";
    return options;
}

mta::Options mx_options(const Config& config, const std::string& hostname) {
    return connector_options(config, config.smtp_mx, "mx", hostname);
}

mta::Options submission_options(const Config& config, const std::string& hostname) {
    return connector_options(config, config.smtp_submission, "submission", hostname);
}

using ConnectorSettings = const Config::SmtpConnector& (*)(const Config&);

/// An SMTP service, whose settings have to go together.
std::unique_ptr<ServiceAgent> connector_agent(mta::Service& service, const std::string& name, const std::string& hostname,
                                              ConnectorSettings settings) {
    const auto options = [=](const Config& config) -> Result<mta::Options> {
        const Config::SmtpConnector& connector = settings(config);
        if (auto good = check_connector(connector, config.smtp); !good) return fail(std::move(good.error()));
        return connector_options(config, connector, name, hostname);
    };
    return std::make_unique<AgentOf<mta::Service, mta::Options>>(service, options);
}

popd::Options pop3_options(const Config& config, const std::string& hostname) {
    popd::Options options = config.pop3;
    options.watch = watched(config, config.pop3.watch);
    options.login = config.login;
    options.host_name = hostname;
    options.protocol.allow_plaintext_login = config.pop3_service.login_type == "PlainTextLogin";
    options.protocol.login_needs_tls = config.pop3_service.login_type == "SecureLogin";
    options.mechanisms = login::under_protection(options.mechanisms, config.pop3_service.extended_protection);
    options.protocol.mechanisms_only = config.pop3_service.extended_protection == "require";
    if (options.protocol.mechanisms_only) options.apop = false;
    return options;
}

template <class Options, class Service, class Make>
std::unique_ptr<ServiceAgent> agent_of(Service& service, Make make) {
    return std::make_unique<AgentOf<Service, Options>>(service, make);
}
}  // namespace

MailServices::MailServices(const MailParts& parts, const Config& config, const std::string& hostname)
    : parts_(parts),
      hostname_(hostname),
      config_(config),
      senders_(parts.work, parts.alerts, parts.log),
      mx_watch_("mx", parts.clock, parts.ids, parts.log, parts.metrics),
      submission_watch_("submission", parts.clock, parts.ids, parts.log, parts.metrics),
      connectors_watch_("connectors", parts.clock, parts.ids, parts.log, parts.metrics),
      pop3_watch_("pop3", parts.clock, parts.ids, parts.log, parts.metrics),
      mx_(mta_parts(*tls_.mx, mx_watch_), mx_options(config, hostname)),
      submission_(mta_parts(*tls_.submission, submission_watch_), submission_options(config, hostname)),
      pop3_({parts.io, parts.group, parts.work, parts.passwords, parts.directory, parts.guard, parts.store, parts.log, parts.metrics, tls_.pop3,
             parts.alerts, &pop3_watch_, parts.views, parts.pop_logins},
            pop3_options(config, hostname)) {}

mta::Parts MailServices::mta_parts(net::LiveTlsContext& tls, watch::SessionWatch& watch) {
    mta::Parts out{parts_.io,    parts_.work, parts_.group, parts_.directory, parts_.mda, parts_.store,
                   parts_.clock, parts_.ids,  parts_.log,   parts_.metrics,   parts_.guard, &tls, &parts_.passwords,
                   &watch};
    out.authenticator = parts_.authenticator;
    out.spam_check = parts_.spam_check;
    out.switchboard = &switchboard_;
    out.senders = &senders_;
    out.send_as = parts_.send_as;
    out.pop_logins = parts_.pop_logins;
    out.pop_uses = parts_.pop_uses;
    return out;
}

void MailServices::adopt_from(const net::PassedSockets& passed) {
    mx_.adopt_from(passed);
    submission_.adopt_from(passed);
    pop3_.adopt_from(passed);
}

void MailServices::add_to(ServiceCatalogue& catalogue) {
    catalogue.add({.name = "mx",
                   .about = "Mail from other hosts, for local recipients",
                   .list = "smtp.mx",
                   .sections = {"smtp", "smtp.mx", "mailauth"},
                   .settings = [](Config& config) -> Config::Service& { return config.smtp_mx.service; },
                   .tls = tls_.mx,
                   .agent = connector_agent(
                       mx_, "mx", hostname_, [](const Config& c) -> const Config::SmtpConnector& { return c.smtp_mx; }),
                   .connector = true});
    catalogue.add({.name = "submission",
                   .about = "Mail from our own users",
                   .list = "smtp.submission",
                   .sections = {"smtp", "smtp.submission", "mailauth", "login"},
                   .settings = [](Config& config) -> Config::Service& { return config.smtp_submission.service; },
                   .tls = tls_.submission,
                   .agent = connector_agent(
                       submission_, "submission", hostname_,
                       [](const Config& c) -> const Config::SmtpConnector& { return c.smtp_submission; }),
                   .connector = true});
    catalogue.make_connectors([this](const std::string& name) { return connector_part(name); });
    catalogue.add({.name = "pop3",
                   .about = "Mailboxes for POP3 clients",
                   .list = "pop3",
                   .sections = {"pop3", "login"},
                   .settings = [](Config& config) -> Config::Service& { return config.pop3_service; },
                   .tls = tls_.pop3,
                   .agent = agent_of<popd::Options>(pop3_, [host = hostname_](const Config& c) { return pop3_options(c, host); })});
}

/// All of them share one protocol log and one list of failed sessions, whose settings are those of [smtp.connector].
ServicePart MailServices::connector_part(const std::string& name) {
    connectors_.push_back(std::make_unique<Connector>());
    Connector& connector = *connectors_.back();
    connector.service = std::make_unique<mta::Service>(mta_parts(*connector.tls, connectors_watch_),
                                                       connector_options(config_, config_.smtp_connector, name, hostname_));
    ServicePart part{.name = name,
                     .about = "A connector made by an administrator",
                     .list = "smtp.connector." + name,
                     .sections = {"smtp", "smtp.connector", "mailauth"},
                     .settings = [](Config& config) -> Config::Service& { return config.smtp_connector.service; },
                     .tls = connector.tls,
                     .agent = connector_agent(
                         *connector.service, name, hostname_,
                         [](const Config& c) -> const Config::SmtpConnector& { return c.smtp_connector; }),
                     .connector = true};
    part.without = {"protocol_log", "failed_sessions", "transcript_size"};
    return part;
}

}  // namespace restante
