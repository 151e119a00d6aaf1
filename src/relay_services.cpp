#include "relay_services.hpp"

namespace restante {
namespace {
relay::Options relay_options(const Config& config, const std::string& hostname) {
    relay::Options options = config.relay;
    options.host_name = hostname;
    return options;
}

/// DKIM-Signature fields by all active keys; empty: there is none.
std::string signature_fields(const mailauth::DkimKeys& keys, const std::string& message, const std::string& domain,
                             Timestamp now) {
    const auto active = keys.active(domain);
    if (!active) return "";
    const mailauth::HeaderFields header(message);
    mailauth::BodyHash hash(mailauth::Canon::relaxed);
    hash.feed(std::string_view(message).substr(header.body_offset()));
    const std::string digest = hash.finish();
    std::string out;
    for (const mailauth::SigningKey& key : *active) out += mailauth::dkim_signature_field(header, digest, key, now);
    return out;
}
}  // namespace

class RelayServices::Agent final : public ServiceAgent {
public:
    explicit Agent(RelayServices& services) : services_(services) {}
    Result<> apply(const Config& config) override {
        if (auto set = services_.resolver_.set(config.dns); !set)
            return fail(ErrorKind::invalid, "[dns] servers: " + set.error().detail);
        const std::string& from = config.relay.tls_report_from;
        if (!from.empty() && !message::Address::parse(from))
            return fail(ErrorKind::invalid, "[relay] tls_report_from: is not a mail address");
        services_.queue_->set_options(relay_options(config, services_.hostname_));
        return {};
    }
    Result<> start() override {
        services_.relay_->start();
        services_.tls_reporter_->start();
        return {};
    }
    void stop() override {
        services_.tls_reporter_->stop();
        services_.relay_->stop();
    }
    std::size_t left() const override { return services_.relay_->running() ? 0 : services_.relay_->sessions(); }
    void cut() override {}  // a session ends with the mail it is at: cut off, that mail would be sent twice
    void settle() override {}
    std::size_t connections() const override { return services_.relay_->sessions(); }
    std::vector<net::Binding> bindings() const override { return {}; }

private:
    RelayServices& services_;
};

Result<std::unique_ptr<RelayServices>> RelayServices::open(const RelayParts& parts, const Config& config,
                                                           const std::string& hostname) {
    std::unique_ptr<RelayServices> services(new RelayServices(parts, hostname));
    auto queue =
        relay::Queue::open({parts.database, parts.store, parts.clock, parts.log, parts.metrics,
                            [&work = parts.work](std::function<void()> job) { return work.post(std::move(job)); }},
                           relay_options(config, hostname));
    if (!queue) return fail(std::move(queue.error()));
    services->queue_ = std::move(*queue);
    auto key = parts.data.secret("smarthosts.key", SecretBox::kKeyOctets);
    if (!key) return fail(std::move(key.error()));
    auto smarthosts = relay::Smarthosts::open(parts.database, parts.clock, std::move(*key));
    if (!smarthosts) return fail(std::move(smarthosts.error()));
    services->smarthosts_ = std::move(*smarthosts);
    auto policies = relay::Policies::open({parts.database, services->resolver_, parts.work, parts.clock, parts.log});
    if (!policies) return fail(std::move(policies.error()));
    services->policies_ = std::move(*policies);
    return services;
}

void RelayServices::build(mda::Mda& mda, const mailauth::DkimKeys& keys) {
    relay_ = std::make_unique<relay::Relay>(
        relay::Relay::Parts{parts_.io, parts_.work, parts_.group, *queue_, mda, parts_.store, resolver_, *smarthosts_,
                            *policies_, parts_.clock, parts_.ids, parts_.log, parts_.metrics, &tls_counts_});
    const auto sign = [&keys](const std::string& message, const std::string& domain, Timestamp now) {
        return signature_fields(keys, message, domain, now);
    };
    tls_reporter_ = std::make_unique<relay::TlsReporter>(
        relay::TlsReporter::Parts{parts_.io, parts_.work, parts_.group, parts_.database, *queue_, outbox_, resolver_,
                                  tls_counts_, parts_.clock, parts_.log, parts_.metrics, sign});
}

void RelayServices::add_to(ServiceCatalogue& catalogue) {
    catalogue.add({.name = "relay",
                   .about = "Mail to other servers",
                   .list = "relay",
                   .sections = {"relay", "dns"},
                   .settings = [](Config& config) -> Config::Service& { return config.relay_service; },
                   .tls = std::make_shared<net::LiveTlsContext>(nullptr),
                   .agent = std::make_unique<Agent>(*this)});
}

}  // namespace restante
