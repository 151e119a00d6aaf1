#include "mail_services.hpp"

#include <fmt/format.h>

namespace restante {
namespace {
using Listeners = std::map<std::string, std::vector<std::string>>;

mta::Parts mta_parts(const MailParts& parts) {
    return {parts.io,    parts.work, parts.group, parts.directory, parts.mda,      parts.store,
            parts.clock, parts.ids,  parts.log,   parts.metrics,   parts.tls.get(), &parts.passwords};
}

mta::Options mx_options(const Config& config, const std::string& hostname) {
    mta::Options options = config.smtp;
    options.protocol.kind = smtp::ServerOptions::Kind::mx;
    options.protocol.host_name = hostname;
    options.listen = config.smtp_mx.listen;
    options.listen_tls.clear();
    return options;
}

mta::Options submission_options(const Config& config, const std::string& hostname) {
    mta::Options options = mx_options(config, hostname);
    options.protocol.kind = smtp::ServerOptions::Kind::submission;
    options.listen = config.smtp_submission.listen;
    options.listen_tls = config.smtp_submission.listen_tls;
    return options;
}

void add(Listeners& listeners, const std::string& name, const std::vector<net::Address>& addresses) {
    for (const net::Address& address : addresses) listeners[name].push_back(address.to_string());
}

template <class Service>
Result<void> start_service(Service& service, const char* section) {
    auto started = service.start();
    if (started) return {};
    Error error = started.error();
    error.detail = fmt::format("{} (change it in [{}] of the configuration)", error.detail, section);
    return fail(std::move(error));
}
}  // namespace

MailServices::MailServices(const MailParts& parts, const Config& config, const std::string& hostname)
    : mx_(mta_parts(parts), mx_options(config, hostname)),
      submission_(mta_parts(parts), submission_options(config, hostname)),
      pop3_({parts.io, parts.group, parts.work, parts.passwords, parts.directory, parts.store, parts.log, parts.metrics, parts.tls,
             parts.alerts, parts.views},
            config.pop3) {}

Result<void> MailServices::start(Listeners& listeners) {
    if (auto started = start_service(mx_, "smtp.mx"); !started) return started;
    if (auto started = start_service(submission_, "smtp.submission"); !started) return started;
    if (auto started = start_service(pop3_, "pop3"); !started) return started;
    add(listeners, "smtp.mx", mx_.addresses());
    add(listeners, "smtp.submission", submission_.addresses());
    add(listeners, "smtp.submission_tls", submission_.tls_addresses());
    add(listeners, "pop3", pop3_.addresses());
    add(listeners, "pop3_tls", pop3_.tls_addresses());
    return {};
}

void MailServices::stop() {
    mx_.stop();
    submission_.stop();
    pop3_.stop();
}

}  // namespace restante
