#include "relay/connector.hpp"

#include <utility>

#include "net/connect.hpp"
#include "relay/connector_attempt.hpp"

namespace restante::relay {

namespace {
using Tls = smtp::ClientOptions::Tls;

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

net::Task<Connector::Outcome> Connector::connect(std::string domain, Options options, Purpose purpose) {
    Attempt attempt{options, domain, std::nullopt, purpose};
    attempt.addresses_left = options.addresses_tried;
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
    if (!attempt.smarthost && purpose == Purpose::mail) attempt.policy = co_await parts_.policies.find(domain, options);
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
    const Tls asked = how.tls;
    auto conversation = std::make_unique<Conversation>(std::move(*stream), std::move(how), security.context, host,
                                                       attempt.options.reply_timeout);
    auto open = co_await conversation->open();
    // What is tried again in clear has been counted before.
    if (asked != Tls::never) count_conversation(attempt, host, security, *conversation, open);
    if (!open) co_return fail(std::move(open.error()));
    attempt.outcome.verified = security.verified && conversation->tls();
    attempt.outcome.conversation = std::move(conversation);
    co_return Result<void>{};
}

}  // namespace restante::relay
