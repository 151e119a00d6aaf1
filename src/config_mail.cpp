// Keys of the mail services.
#include "config_sections.hpp"
#include "config_watch.hpp"

namespace restante::config_table {
using namespace config_binding;

namespace {
Config::Service& pop3_of(Config& config) { return config.pop3_service; }
}  // namespace

namespace {
ConfigKey retrieval_key() {
    using directory::Retrieval;
    static constexpr std::pair<Retrieval, const char*> kNames[] = {
        {Retrieval::remove, "remove"}, {Retrieval::leave, "leave"}, {Retrieval::debug, "debug"}};
    ConfigKey key{"retrieval",
                  ConfigKind::choice,
                  "What DELE does: `remove`; `leave`: hides from this client only; `debug`: nothing.",
                  0,
                  INT64_MAX,
                  {},
                  {},
                  {}};
    for (const auto& [value, name] : kNames) key.choices.emplace_back(name);
    key.get = [](const Config& config) -> ConfigValue {
        for (const auto& [value, name] : kNames)
            if (value == config.pop3.accounts.retrieval) return std::string(name);
        return std::string("remove");
    };
    key.set = [](Config& config, const ConfigValue& chosen) {
        for (const auto& [value, name] : kNames)
            if (std::get<std::string>(chosen) == name) config.pop3.accounts.retrieval = value;
    };
    return key;
}
}  // namespace

ConfigSection pop3() {
    return {"pop3",
            "Mailboxes for POP3 clients.",
            with_watch({endpoints("listen", "Ports that start in clear and offer STLS.", BIND(pop3.listen)),
             endpoints("listen_tls", "Ports with TLS from the first byte.", BIND(pop3.listen_tls)),
             start_key(pop3_of), login_type_key(pop3_of), extended_protection_key(pop3_of), certificate_key(pop3_of), published_key(pop3_of),
             number("max_connections", "Connections at a time.", BIND(pop3.max_connections), 1, 1'000'000),
             number("max_per_address", "Connections at a time from one IP address.",
                    BIND(pop3.max_per_address), 1, 1'000'000),
             number("max_per_account", "Sessions of one account at a time.", BIND(pop3.max_per_account), 1, 10'000),
             number("max_login_failures", "Wrong passwords before the session is ended.", BIND(pop3.protocol.max_login_failures), 0, 1000),
             number("max_errors", "Faulty commands before login until the session is ended.", BIND(pop3.protocol.max_errors), 0, 1'000'000),
             number("max_command_line", "Octets of a command line.", BIND(pop3.protocol.max_command_line), 40, 65'536),
             duration("login_timeout", "Without a command, before login.", BIND(pop3.login_timeout), "1s", "1h"),
             duration("login_total", "From the connection to the login.", BIND(pop3.login_total), "1s", "1d"),
             duration("idle_timeout", "Without a command, after login (RFC 1939 asks for 10 minutes).", BIND(pop3.idle_timeout), "1s", "1d"),
             duration("handshake_timeout", "For the TLS handshake.", BIND(pop3.handshake_timeout), "1s", "10m"),
             duration("write_timeout", "For a client to take 64 KiB.", BIND(pop3.write_timeout), "1s", "1h"),
             words("mechanisms", "Mechanisms of AUTH, in the order of the list; those that cannot succeed are left out.",
                   BIND(pop3.mechanisms), login::known_mechanisms()),
             flag("apop", "Announce and take APOP. Needs accounts with a shared secret; its MD5 is weak.", BIND(pop3.apop)),
             text("banner", "Greeting text.", BIND(pop3.protocol.banner)),
             flag("descending", "The newest message is number 1, unless the account says otherwise.", BIND(pop3.accounts.descending)),
             duration("min_poll", "Least time between two logins of an account; 0: none.", BIND(pop3.accounts.min_poll), "0", "1d"),
             retrieval_key(),
             number("expire_days", "Days mail is kept at least, announced as EXPIRE; 0: NEVER. Nothing is removed by it.",
                    BIND(pop3.accounts.expire_days), 0, 36'500),
             duration("undo", "How long what a session deleted can be had back, unless the account says otherwise; 0: not at all.",
                      BIND(pop3.accounts.undo), "0", "3650d"),
             number("alert_percent", "Alert when one session deletes more than this share of a maildrop; 0: never.",
                    BIND(pop3.accounts.alert_percent), 0, 100),
             number("alert_from", "Messages of a maildrop from which on that is told.", BIND(pop3.accounts.alert_from), 1, 1'000'000)},
                       BIND(pop3.watch))};
}

ConfigSection login() {
    return {"login",
            "Logins that need more than the directory: OAuth tokens and Kerberos.",
            {text("oauth_introspection_url", "Where an OAuth server says whose token it is (RFC 7662): https, or http to this machine; "
                                             "empty: no OAuth.",
                  BIND(login.oauth.introspection_url)),
             text("oauth_client_id", "Of this server at the OAuth server.", BIND(login.oauth.client_id)),
             text("oauth_client_secret", "The secret that belongs to it.", BIND(login.oauth.client_secret)),
             path("oauth_ca_file", "PEM file of the authorities of the OAuth server; empty: the system's.", BIND(login.oauth.ca_file)),
             text("oauth_owner_field", "Member of its answer that names the account or its address.", BIND(login.oauth.owner_field)),
             text("oauth_scope", "Scope that a token must have; empty: any will do.", BIND(login.oauth.scope)),
             duration("oauth_timeout", "For one question to the OAuth server.", BIND(login.oauth.timeout), "1s", "5m"),
             duration("oauth_cache", "How long its good answers are used again; 0: never.", BIND(login.oauth.cache), "0", "1d"),
             number("oauth_cache_entries", "Answers remembered at a time.", BIND(login.oauth.cache_entries), 0, 10'000'000),
             path("gssapi_keytab", "Keytab with the keys of pop/HOST and smtp/HOST; empty: no GSSAPI.", BIND(login.gssapi.keytab)),
             text("gssapi_realm", "Realm of the people who may log in; empty: the server's own.", BIND(login.gssapi.realm))}};
}

ConfigSection guessing() {
    return {"guessing",
            "Slows down those who guess passwords, over all services that take logins. Nobody is locked out: see docs/logins.md.",
            {duration("delay", "Before a wrong password is answered; doubled with each one from the same network.", BIND(guessing.delay),
                      "0", "1m"),
             duration("delay_max", "The longest of these delays.", BIND(guessing.delay_max), "0", "10m"),
             duration("memory", "After which wrong passwords are forgotten, if no other has come.", BIND(guessing.memory), "1s", "7d"),
             number("account_failures", "Wrong passwords of an account from which on those who are strangers to it queue up.",
                    BIND(guessing.account_failures), 1, 1'000'000),
             number("network_failures", "Wrong passwords from a network from which on it queues up where it is a stranger.",
                    BIND(guessing.network_failures), 1, 1'000'000),
             duration("wait_max", "The longest wait in such a queue; who would wait longer is refused unseen.", BIND(guessing.wait_max), "0",
                      "10m"),
             number("ipv4_prefix", "Bits of an IPv4 address that make a network.", BIND(guessing.ipv4_prefix), 8, 32),
             number("ipv6_prefix", "Bits of an IPv6 address that make a network.", BIND(guessing.ipv6_prefix), 16, 128),
             duration("familiar", "How long a network is no stranger to an account that has logged in from it.", BIND(guessing.familiar), "0",
                      "3650d"),
             number("max_entries", "Accounts, networks and pairs of both that are remembered, of each.", BIND(guessing.max_entries), 100,
                    10'000'000),
             number("alert_failures", "Wrong passwords of an account that raise an alert; 0: none.", BIND(guessing.alert_failures), 0,
                    1'000'000)}};
}

ConfigSection delivery() {
    return {"delivery",
            "What happens to every message, whatever brought it.",
            {number("hop_limit", "Received fields from which on a message is taken for a loop.", BIND(delivery.limits.hop_limit), 10, 1000),
             size("intake_size", "Of a reply or request that is read; the original is kept whole.", BIND(delivery.limits.intake_octets), "64KiB",
                  "1GiB"),
             number("verp_limit", "Members of a list elsewhere up to which each gets a copy with a bounce address of its own; "
                                  "more share one copy.",
                    BIND(delivery.limits.verp_limit), 0, 100'000),
             duration("quota_grace", "Mail for a full maildrop is refused for now (452) that long, then for good (552).",
                      BIND(rules.quota_grace), "0", "3650d"),
             number("auto_reply_senders", "Senders remembered of one account, so that each gets an automatic reply once.",
                    BIND(rules.auto_reply_senders), 1, 10'000'000)}};
}

}  // namespace restante::config_table
