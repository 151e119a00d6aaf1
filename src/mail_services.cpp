#include "mail_services.hpp"

namespace restante {
namespace {

mta::Parts mta_parts(const MailParts& parts, net::LiveTlsContext& tls, watch::SessionWatch& watch) {
    return {parts.io,    parts.work, parts.group, parts.directory, parts.mda, parts.store,
            parts.clock, parts.ids,  parts.log,   parts.metrics,   &tls,      &parts.passwords,
            &watch};
}

void set_login_type(smtp::ServerOptions& protocol, const Config::Service& service) {
    protocol.auth_without_tls = service.login_type == "PlainTextLogin";
    protocol.login_needs_tls = service.login_type == "SecureLogin";
}

watch::WatchOptions watched(const Config& config, watch::WatchOptions options) {
    if (options.log.folder.empty()) options.log.folder = config.server.data_directory + "/protocol-log";
    return options;
}

mta::Options mx_options(const Config& config, const std::string& hostname) {
    mta::Options options = config.smtp;
    options.protocol.kind = smtp::ServerOptions::Kind::mx;
    options.protocol.host_name = hostname;
    options.listen = config.smtp_mx.listen;
    options.listen_tls.clear();
    options.watch = watched(config, config.smtp_mx.watch);
    return options;
}

mta::Options submission_options(const Config& config, const std::string& hostname) {
    mta::Options options = mx_options(config, hostname);
    options.protocol.kind = smtp::ServerOptions::Kind::submission;
    options.listen = config.smtp_submission.listen;
    options.listen_tls = config.smtp_submission.listen_tls;
    set_login_type(options.protocol, config.smtp_submission.service);
    options.watch = watched(config, config.smtp_submission.watch);
    options.login = config.login;
    return options;
}

popd::Options pop3_options(const Config& config, const std::string& hostname) {
    popd::Options options = config.pop3;
    options.watch = watched(config, config.pop3.watch);
    options.login = config.login;
    options.host_name = hostname;
    options.protocol.allow_plaintext_login = config.pop3_service.login_type == "PlainTextLogin";
    options.protocol.login_needs_tls = config.pop3_service.login_type == "SecureLogin";
    return options;
}

template <class Options, class Service, class Make>
std::unique_ptr<ServiceAgent> agent_of(Service& service, Make make) {
    return std::make_unique<AgentOf<Service, Options>>(service, make);
}
}  // namespace

MailServices::MailServices(const MailParts& parts, const Config& config, const std::string& hostname)
    : hostname_(hostname),
      mx_watch_("mx", parts.clock, parts.ids, parts.log, parts.metrics),
      submission_watch_("submission", parts.clock, parts.ids, parts.log, parts.metrics),
      pop3_watch_("pop3", parts.clock, parts.ids, parts.log, parts.metrics),
      mx_(mta_parts(parts, *tls_.mx, mx_watch_), mx_options(config, hostname)),
      submission_(mta_parts(parts, *tls_.submission, submission_watch_), submission_options(config, hostname)),
      pop3_({parts.io, parts.group, parts.work, parts.passwords, parts.directory, parts.store, parts.log, parts.metrics, tls_.pop3,
             parts.alerts, &pop3_watch_, parts.views},
            pop3_options(config, hostname)) {}

void MailServices::adopt_from(const net::PassedSockets& passed) {
    mx_.adopt_from(passed);
    submission_.adopt_from(passed);
    pop3_.adopt_from(passed);
}

void MailServices::add_to(ServiceCatalogue& catalogue) {
    catalogue.add({.name = "mx",
                   .about = "Mail from other hosts, for local recipients",
                   .list = "smtp.mx",
                   .sections = {"smtp", "smtp.mx"},
                   .settings = [](Config& config) -> Config::Service& { return config.smtp_mx.service; },
                   .tls = tls_.mx,
                   .agent = agent_of<mta::Options>(mx_, [host = hostname_](const Config& c) { return mx_options(c, host); })});
    catalogue.add({.name = "submission",
                   .about = "Mail from our own users",
                   .list = "smtp.submission",
                   .sections = {"smtp", "smtp.submission", "login"},
                   .settings = [](Config& config) -> Config::Service& { return config.smtp_submission.service; },
                   .tls = tls_.submission,
                   .agent = agent_of<mta::Options>(submission_,
                                                   [host = hostname_](const Config& c) { return submission_options(c, host); })});
    catalogue.add({.name = "pop3",
                   .about = "Mailboxes for POP3 clients",
                   .list = "pop3",
                   .sections = {"pop3", "login"},
                   .settings = [](Config& config) -> Config::Service& { return config.pop3_service; },
                   .tls = tls_.pop3,
                   .agent = agent_of<popd::Options>(pop3_, [host = hostname_](const Config& c) { return pop3_options(c, host); })});
}

}  // namespace restante
