#include "relay/connector.hpp"

#include <utility>

#include "base/text.hpp"
#include "net/connect.hpp"

namespace restante::relay {

/// What must hold of the TLS of one host.
struct Connector::Security {
    smtp::ClientOptions::Tls tls = smtp::ClientOptions::Tls::if_offered;
    bool verified = false;
    std::shared_ptr<const net::TlsClientContext> context;
};

struct Connector::Attempt {
    const Options& options;
    const std::string& domain;
    std::optional<Smarthosts::Use> smarthost;
    std::optional<StsPolicy> policy;
    bool hosts_authenticated = false;
    std::size_t addresses_left = 0;
    Outcome outcome;
    bool failed_for_now = false;  // at least one host may work later
};

namespace {
using Tls = smtp::ClientOptions::Tls;

Result<std::shared_ptr<const net::TlsClientContext>> any_certificate() {
    net::TlsClientOptions options;
    options.insecure = true;
    options.least = net::TlsVersion::tls1_0;  // better than in clear, which is what would follow
    return net::TlsClientContext::make(options);
}

/// Usages 0 and 1 say nothing about mail servers (RFC 7672 3.1.3); without a usable record TLS is required all the
/// same, with any certificate (2.2).
std::vector<net::TlsaRecord> usable(const std::vector<net::TlsaRecord>& records) {
    std::vector<net::TlsaRecord> out;
    for (const net::TlsaRecord& record : records)
        if ((record.usage == 2 || record.usage == 3) && record.selector <= 1 && record.matching <= 2)
            out.push_back(record);
    return out;
}

Tls tls_of(Smarthost::Tls tls) {
    switch (tls) {
        case Smarthost::Tls::none:
            return Tls::never;
        case Smarthost::Tls::if_offered:
            return Tls::if_offered;
        case Smarthost::Tls::required:
            return Tls::required;
        case Smarthost::Tls::implicit:
            return Tls::implicit;
    }
    return Tls::required;
}

/// The status a sender is shown for a connection that did not come about.
const char* status_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::tls:
            return "4.7.5";
        case ErrorKind::unauthenticated:
            return "4.7.8";
        case ErrorKind::protocol:
            return "4.5.0";
        default:
            return "4.4.1";
    }
}
}  // namespace

net::Task<Connector::Outcome> Connector::connect(std::string domain, Options options) {
    Attempt attempt{options, domain, std::nullopt, std::nullopt, false, options.addresses_tried, {}, false};
    auto smarthost = parts_.smarthosts.find(domain);
    if (!smarthost) {
        attempt.outcome.none = {false, "4.3.5", smarthost.error().detail};
        co_return std::move(attempt.outcome);
    }
    attempt.smarthost = std::move(*smarthost);
    MailHosts found;
    if (attempt.smarthost)
        found.hosts = {attempt.smarthost->smarthost.host};
    else
        found = co_await find_hosts(parts_.resolver, domain, options.host_name);
    attempt.hosts_authenticated = found.authenticated;
    if (found.none) {
        attempt.outcome.none = std::move(*found.none);
        co_return std::move(attempt.outcome);
    }
    if (!attempt.smarthost) attempt.policy = co_await parts_.policies.find(domain, options);
    for (const std::string& host : found.hosts) {
        if (attempt.addresses_left == 0) break;
        co_await try_host(attempt, host);
        if (attempt.outcome.conversation) co_return std::move(attempt.outcome);
    }
    if (attempt.failed_for_now) attempt.outcome.none.permanent = false;
    co_return std::move(attempt.outcome);
}

/// Leaves a conversation in the outcome, or why there is none.
net::Task<> Connector::try_host(Attempt& attempt, const std::string& host) {
    const bool allowed = attempt.options.allow_internal || attempt.smarthost.has_value();
    const std::uint16_t port = attempt.smarthost ? attempt.smarthost->smarthost.port : attempt.options.port;
    std::function<bool(const net::Address&)> deny = [allowed](const net::Address& a) {
        return !allowed && a.is_internal();
    };
    const HostAddresses found =
        co_await find_addresses(parts_.resolver, host, port, attempt.options.prefer_ipv6, std::move(deny));
    if (found.none) {
        attempt.outcome.none = *found.none;
        attempt.failed_for_now = attempt.failed_for_now || !found.none->permanent;
        co_return;
    }
    const auto security = co_await security_of(attempt, host, found.authenticated);
    if (!security) {
        attempt.failed_for_now = true;
        attempt.outcome.none = {false, status_of(security.error()), host + ": " + security.error().detail};
        co_return;
    }
    for (const net::Address& address : found.addresses) {
        if (attempt.addresses_left == 0) co_return;
        --attempt.addresses_left;
        const auto open = co_await try_address(attempt, host, address, *security);
        if (open) co_return;
        attempt.failed_for_now = true;
        attempt.outcome.none = {false, status_of(open.error()),
                                host + "[" + address.ip() + "]: " + open.error().detail};
    }
}

net::Task<Result<void>> Connector::try_address(Attempt& attempt, const std::string& host, const net::Address& address,
                                               const Security& security) {
    smtp::ClientOptions how;
    how.client_name = attempt.options.host_name;
    how.tls = security.tls;
    if (attempt.smarthost && !attempt.smarthost->smarthost.user.empty()) {
        how.login.emplace();
        how.login->authcid = attempt.smarthost->smarthost.user;
        how.login->password = attempt.smarthost->password;
        how.login->host = host;
        how.login->port = address.port();
    }
    auto open = co_await converse(attempt, host, address, how, security);
    if (!open && open.error().kind == ErrorKind::tls && security.tls == Tls::if_offered) {
        parts_.log.info("relay.tls_failed", {{"host", host}, {"reason", open.error().detail}});
        how.tls = Tls::never;  // RFC 7435: in clear rather than not at all
        open = co_await converse(attempt, host, address, how, security);
    }
    co_return open;
}

net::Task<Result<void>> Connector::converse(Attempt& attempt, const std::string& host, const net::Address& address,
                                            smtp::ClientOptions how, const Security& security) {
    net::ConnectOptions options;
    options.timeout = attempt.options.connect_timeout;
    auto stream = co_await net::connect(parts_.work, address.ip(), address.port(), options);
    if (!stream) co_return fail(std::move(stream.error()));
    auto conversation = std::make_unique<Conversation>(std::move(*stream), std::move(how), security.context, host,
                                                       attempt.options.reply_timeout);
    auto open = co_await conversation->open();
    if (!open) co_return fail(std::move(open.error()));
    attempt.outcome.verified = security.verified && conversation->tls();
    attempt.outcome.conversation = std::move(conversation);
    co_return Result<void>{};
}

/// DANE before MTA-STS (RFC 8461 2) before TLS with anyone.
net::Task<Result<Connector::Security>> Connector::security_of(Attempt& attempt, const std::string& host,
                                                              bool authenticated) {
    Security out;
    net::TlsClientOptions rules;
    rules.ca_file = attempt.options.ca_file;
    if (attempt.smarthost) {
        const Smarthost& smarthost = attempt.smarthost->smarthost;
        out.tls = tls_of(smarthost.tls);
        const bool needed = out.tls == Tls::required || out.tls == Tls::implicit;
        rules.pinned_sha256 = smarthost.pinned_sha256;
        out.verified = needed && (smarthost.verify || !smarthost.pinned_sha256.empty());
    } else {
        if (attempt.options.dane && attempt.hosts_authenticated && authenticated) {
            net::DnsQuestion question{net::DnsQuestion::Type::tlsa,
                                      "_" + std::to_string(attempt.options.port) + "._tcp." + host};
            const net::DnsAnswer answer = co_await parts_.resolver.ask(std::move(question));
            if (answer.status == net::DnsAnswer::Status::servfail)  // RFC 7672 2.1.1: not in doubt
                co_return fail(ErrorKind::unavailable, "the name server does not tell its TLSA records");
            if (answer.status == net::DnsAnswer::Status::ok && answer.authenticated) {
                out.tls = Tls::required;
                rules.dane = usable(answer.tlsa);
                out.verified = !rules.dane.empty();
            }
        }
        const bool enforced = attempt.policy && attempt.policy->mode == StsPolicy::Mode::enforce;
        if (enforced && out.tls != Tls::required) {
            if (!attempt.policy->allows(host))
                co_return fail(ErrorKind::tls, "the domain's MTA-STS policy does not name this host");
            out.tls = Tls::required;
            out.verified = true;
        }
    }
    auto made = out.verified ? net::TlsClientContext::make(rules) : any_certificate();
    if (!made) co_return fail(std::move(made.error()));
    out.context = std::move(*made);
    co_return out;
}

}  // namespace restante::relay
