#include "connector_rules.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "directory/networks.hpp"
#include "sasl/server.hpp"

namespace restante {
namespace {

bool has(const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

bool is_of_this_machine(const std::string& address) {
    return address.starts_with("unix:") || address.starts_with("127.") || address.starts_with("[::1]:");
}

/// All addresses, and whether only this machine can reach them.
std::vector<std::string> addresses_of(const Config::SmtpConnector& connector) {
    std::vector<std::string> all = connector.listen;
    all.insert(all.end(), connector.listen_tls.begin(), connector.listen_tls.end());
    return all;
}

/// Half of the Internet in one entry: nobody owns that. (10.0.0.0/8 and fc00::/7 are the widest that somebody may.)
bool is_too_wide(const std::string& network) {
    const std::size_t slash = network.find('/');
    if (slash == std::string::npos) return false;
    const auto bits = parse_u64(std::string_view(network).substr(slash + 1));
    return bits && *bits < (network.find(':') == std::string::npos ? 8U : 7U);
}

struct Facts {
    explicit Facts(const Config::SmtpConnector& c)
        : none(has(c.authentication, "none")),
          tls(has(c.authentication, "tls")),
          require_tls(has(c.authentication, "require_tls")),
          basic(has(c.authentication, "basic")),
          basic_requires_tls(has(c.authentication, "basic_requires_tls")),
          integrated(has(c.authentication, "integrated")),
          external(has(c.authentication, "external")),
          anonymous(has(c.permissions, "anonymous")),
          users(has(c.permissions, "users")),
          partners(has(c.permissions, "partners")),
          local(std::ranges::all_of(addresses_of(c), is_of_this_machine)) {}
    bool none, tls, require_tls, basic, basic_requires_tls, integrated, external, anonymous, users, partners, local;
};

struct Rule {
    bool broken;
    const char* why;
};

Result<> first_broken(std::initializer_list<Rule> rules) {
    for (const Rule& rule : rules)
        if (rule.broken) return fail(ErrorKind::invalid, rule.why);
    return {};
}

Result<> check_authentication(const Config::SmtpConnector& connector, const Facts& f) {
    return first_broken({
        {connector.authentication.empty(), "authentication is empty: say none, or what there is"},
        {f.none && connector.authentication.size() > 1,
         "authentication none stands alone: take the others away, or none"},
        {f.basic_requires_tls && !(f.basic && f.tls), "basic_requires_tls needs basic and tls"},
        {f.require_tls && !f.tls, "require_tls needs tls"},
        {!connector.listen_tls.empty() && !f.tls, "listen_tls needs tls among authentication"},
        {f.basic_requires_tls && connector.service.login_type == "PlainTextLogin",
         "basic_requires_tls contradicts the login_type PlainTextLogin: take it out of authentication first"},
        {(f.basic || f.integrated) && !f.users,
         "basic and integrated need the permission users: nobody could use a login"},
        {f.users && !f.basic && !f.integrated, "the permission users needs a way to log in: basic or integrated"},
        {f.users && connector.service.extended_protection == "require" && !(f.integrated && f.tls),
         "extended_protection require needs integrated and tls: what is bound to TLS is among them"},
        {f.external && !f.partners, "external needs the permission partners"},
        {f.external && (f.basic || f.integrated),
         "external stands without basic and integrated: the network is the proof"},
    });
}

Result<> check_permissions(const Config::SmtpConnector& connector, const Facts& f) {
    return first_broken({
        {connector.permissions.empty(), "permissions are empty: nobody could send"},
        {f.partners && connector.remote_networks.empty() && !f.local,
         "the permission partners needs remote_networks, or addresses that only this machine reaches: the whole world "
         "could send "
         "mail to anyone"},
        {f.partners && std::ranges::any_of(connector.remote_networks, is_too_wide),
         "the permission partners takes no network wider than /8 (IPv6: /7): half of the world could send mail to anyone"},
        {f.partners && !f.external && !f.local, "the permission partners needs external among authentication"},
        {f.require_tls && f.anonymous && connector.remote_networks.empty() && connector.kind != "submission",
         "require_tls is not for a connector that anyone may use: mail from servers without TLS would be lost (RFC "
         "3207 4)"},
        {connector.kind == "submission" && (f.anonymous || f.partners),
         "a submission connector is for the permission users alone"},
        {connector.kind == "submission" && !f.users, "a submission connector needs the permission users"},
    });
}

Result<> check_lmtp(const Config::SmtpConnector& connector, const Facts& f) {
    const auto on_25 = [](const std::string& address) { return address.ends_with(":25"); };
    return first_broken({
        {std::ranges::any_of(addresses_of(connector), on_25), "LMTP is never on port 25 (RFC 2033 5)"},
        {!f.local, "an LMTP connector listens on a unix socket or a loopback address"},
        {f.users || f.partners,
         "an LMTP connector has the permission anonymous alone: it takes mail for mailboxes here"},
    });
}

}  // namespace

Result<> check_connector(const Config::SmtpConnector& connector, const mta::Options& limits) {
    const Facts facts(connector);
    const smtp::ServerOptions::Extensions& on = limits.protocol.extensions;
    if (auto good = check_authentication(connector, facts); !good) return good;
    if (auto good = check_permissions(connector, facts); !good) return good;
    if (connector.kind == "lmtp")
        if (auto good = check_lmtp(connector, facts); !good) return good;
    return first_broken({
        {on.binary_mime && !on.chunking, "binary_mime needs chunking"},
        {limits.pop_before_smtp.enabled && !facts.users, "pop_before_smtp needs the permission users"},
        {!connector.fqdn.empty() && !smtp::valid_domain(connector.fqdn), "fqdn is not a domain name"},
        {connector.banner.size() > 400, "banner is longer than 400 octets"},
    });
}

mta::Options connector_options(const Config& config, const Config::SmtpConnector& connector, const std::string& name,
                               const std::string& hostname) {
    using Kind = smtp::ServerOptions::Kind;
    const Facts facts(connector);
    mta::Options options = config.smtp;
    options.name = name;
    options.listen = connector.listen;
    options.listen_tls = connector.listen_tls;
    for (const std::string& network : connector.remote_networks)
        options.remote_networks.push_back(directory::checked_network(network).value_or(network));
    options.relays = facts.partners;
    smtp::ServerOptions& protocol = options.protocol;
    protocol.kind = connector.kind == "submission" ? Kind::submission
                    : connector.kind == "lmtp"     ? Kind::lmtp
                                                   : Kind::mx;
    protocol.host_name = connector.fqdn.empty() ? hostname : connector.fqdn;
    protocol.banner = connector.banner;
    protocol.starttls = facts.tls;
    protocol.tls_first = facts.require_tls;
    protocol.offer_auth = facts.users;
    protocol.auth_without_tls = connector.service.login_type == "PlainTextLogin";
    protocol.login_needs_tls = connector.service.login_type == "SecureLogin";
    std::erase_if(options.mechanisms, [&](const std::string& mechanism) {
        if (iequals(mechanism, "GSSAPI")) return !facts.integrated;  // the login module's own, not one of sasl's
        const auto* known = sasl::find_server_mechanism(mechanism);
        return known == nullptr || !(known->sends_password ? facts.basic : facts.integrated);
    });
    options.mechanisms = login::under_protection(options.mechanisms, connector.service.extended_protection);
    if (protocol.kind == Kind::lmtp) options.unix_mode = 0666;  // as open as port 25, and no more
    if (facts.partners) options.unix_mode = 0666;
    options.login = config.login;
    options.watch = connector.watch;
    if (options.watch.log.folder.empty()) options.watch.log.folder = config.server.data_directory + "/protocol-log";
    return options;
}

}  // namespace restante
