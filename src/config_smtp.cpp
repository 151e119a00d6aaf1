// Keys of the receive connectors.
#include "config_sections.hpp"
#include "config_watch.hpp"
#include "directory/networks.hpp"

namespace restante::config_table {
using namespace config_binding;

namespace {
Config::Service& mx_of(Config& config) { return config.smtp_mx.service; }
Config::Service& submission_of(Config& config) { return config.smtp_submission.service; }
Config::Service& connector_of(Config& config) { return config.smtp_connector.service; }

/// What every connector has for itself; the limits of [smtp] come to it.
template <class Access>
std::vector<ConfigKey> connector_keys(std::vector<ConfigKey> keys, Access access) {
#define OF_CONNECTOR(field) \
    [access](auto& config) -> auto& { return access(config).field; }
    ConfigKey networks = words("remote_networks",
                               "Clients it is for, as addresses or networks; empty: everyone. Of connectors that share "
                               "an address, the one that names the client most closely serves it.",
                               OF_CONNECTOR(remote_networks));
    networks.check_entry = [](const std::string& entry) -> Result<> {
        if (auto checked = directory::checked_network(entry); !checked) return fail(std::move(checked.error()));
        return {};
    };
    keys.push_back(std::move(networks));
    keys.push_back(words(
        "authentication",
        "`none` alone, or of `tls`, `require_tls`, `basic` (the password crosses the wire), `basic_requires_tls`, "
        "`integrated` (it does not), `external` (the network itself is trusted); docs/connectors.md says what goes "
        "together.",
        OF_CONNECTOR(authentication),
        {"none", "tls", "require_tls", "basic", "basic_requires_tls", "integrated", "external"}));
    keys.push_back(words(
        "permissions",
        "Who may send: `anonymous` (to mailboxes here), `users` (who logged in, to anyone), `partners` (whoever comes "
        "from its networks, to anyone).",
        OF_CONNECTOR(permissions), {"anonymous", "users", "partners"}));
    keys.push_back(text("fqdn", "Name in greeting and trace; empty: the server's host name.", OF_CONNECTOR(fqdn)));
    keys.push_back(text("banner", "Greeting behind the name; empty: `ESMTP Restante`.", OF_CONNECTOR(banner)));
    keys.push_back(text("comment", "For administrators.", OF_CONNECTOR(comment)));
#undef OF_CONNECTOR
    return keys;
}

ConfigKey mechanisms_key() {
    return words("mechanisms", "Mechanisms of AUTH, in the order of the list; those that cannot succeed are left out.",
                 BIND(smtp.mechanisms), login::known_mechanisms());
}

std::vector<ConfigKey> extension_keys() {
#define EXTENSION(field) BIND(smtp.protocol.extensions.field)
    return {
        flag("size", "Announce SIZE (RFC 1870); the limit holds all the same.", EXTENSION(size)),
        flag("pipelining", "Announce PIPELINING (RFC 2920).", EXTENSION(pipelining)),
        flag("chunking", "Announce and take BDAT (RFC 3030).", EXTENSION(chunking)),
        flag("binary_mime", "Announce and take BODY=BINARYMIME (RFC 3030); POP3 cannot hand out such mail unchanged.",
             EXTENSION(binary_mime)),
        flag("eight_bit_mime", "Announce 8BITMIME (RFC 6152).", EXTENSION(eight_bit_mime)),
        flag("dsn", "Announce and take NOTIFY, ORCPT, RET and ENVID (RFC 3461).", EXTENSION(dsn)),
        flag("enhanced_status_codes", "Announce and give enhanced codes (RFC 2034).", EXTENSION(enhanced_codes)),
        flag("smtp_utf8", "Announce and take addresses beyond ASCII (RFC 6531).", EXTENSION(smtp_utf8)),
        flag("require_tls", "Announce and take REQUIRETLS, under TLS (RFC 8689).", EXTENSION(require_tls))};
#undef EXTENSION
}

std::vector<ConfigKey> policy_keys() {
    return {
        number("max_percent_per_address", "Connections at a time from one IP address, in percent of `max_connections`.",
               BIND(smtp.max_percent_per_address), 1, 100),
        duration("session_time", "Of one session, looked at between its commands; 0: no limit.",
                 BIND(smtp.session_time), "0", "1d"),
        number("max_hops", "Received fields from which on a message is taken for a loop.", BIND(smtp.max_hops), 10,
               1000),
        number("max_local_hops", "The same of fields that this host wrote: so often a message may come back.",
               BIND(smtp.max_local_hops), 1, 1000),
        duration("tarpit", "Before one more unknown recipient is refused, beyond `tarpit_after`.", BIND(smtp.tarpit),
                 "0", "10m"),
        number("tarpit_after", "Unknown recipients of a session that are refused at once.", BIND(smtp.tarpit_after), 0,
               1'000'000),
        number("message_rate", "Messages a minute from one IP address; 0: no limit.", BIND(smtp.message_rate), 0,
               1'000'000),
        flag("require_hello_domain", "EHLO must give a full domain name or an address.",
             BIND(smtp.protocol.hello_needs_domain)),
        flag("refuse_reserved_domains",
             "Refuse recipients in domains that can never be, as .test and .invalid, unless they are ours.",
             BIND(smtp.refuse_reserved_domains)),
        flag("check_from", "Who logged in may use only own and granted addresses in From, as in the envelope.",
             BIND(smtp.check_from)),
        number("account_messages", "Messages an hour of one account; 0: no limit.", BIND(smtp.account_messages), 0,
               100'000'000),
        number("account_recipients", "Recipients an hour of one account; 0: no limit.", BIND(smtp.account_recipients),
               0, 100'000'000),
        number("tenant_messages", "Messages an hour of all accounts of a tenant; 0: no limit.",
               BIND(smtp.tenant_messages), 0, 1'000'000'000),
        number("tenant_recipients", "Recipients an hour of all accounts of a tenant; 0: no limit.",
               BIND(smtp.tenant_recipients), 0, 1'000'000'000),
        flag("pop_before_smtp", "Whoever has logged in to POP3 may send from that address without AUTH, for a while.",
             BIND(smtp.pop_before_smtp.enabled)),
        duration("pop_before_smtp_window", "For how long.", BIND(smtp.pop_before_smtp.window), "10s", "1h"),
        flag("pop_before_smtp_needs_tls", "Only POP3 logins under TLS count for that.",
             BIND(smtp.pop_before_smtp.needs_tls)),
        number("pop_before_smtp_messages", "Messages an hour of one account in this way; 0: no limit of its own.",
               BIND(smtp.pop_before_smtp.messages), 0, 1'000'000)};
}

std::vector<ConfigKey> joined(std::vector<ConfigKey> keys, std::vector<ConfigKey> more) {
    for (ConfigKey& key : more) keys.push_back(std::move(key));
    return keys;
}
}  // namespace

ConfigSection smtp() {
    return {
        "smtp", "Limits of the receive connectors; each can be given its own.",
        joined(
            joined(
                {size("max_message_size", "Largest message; announced as SIZE.", BIND(smtp.protocol.max_message_size),
                      "64KiB", "4GiB"),
                 number("max_recipients", "Recipients of one message.", BIND(smtp.protocol.max_recipients), 100,
                        100'000),
                 number("max_connections", "Connections at a time, per service.", BIND(smtp.max_connections), 1,
                        1'000'000),
                 number("max_per_address", "Connections at a time from one IP address, per service.",
                        BIND(smtp.max_per_address), 1, 1'000'000),
                 number("max_errors", "Faulty commands before the session is ended.", BIND(smtp.protocol.max_errors), 1,
                        1'000'000),
                 number("max_refused_recipients", "Unknown recipients before the session is ended.",
                        BIND(smtp.protocol.max_refused_recipients), 1, 1'000'000),
                 number("max_auth_failures", "Wrong passwords before the session is ended.",
                        BIND(smtp.protocol.max_auth_failures), 1, 1000),
                 size("max_header_size", "Largest header section of a message.", BIND(smtp.max_header_octets), "16KiB",
                      "4MiB"),
                 number("max_header_fields", "Most fields in it.", BIND(smtp.max_header_fields), 100, 10'000),
                 duration("command_timeout", "Until the next command is complete (RFC 5321 asks for 5 minutes).",
                          BIND(smtp.command_timeout), "1s", "1h"),
                 duration("data_timeout", "For the text of one message, however it drips.", BIND(smtp.data_timeout),
                          "10s", "1d"),
                 duration("handshake_timeout", "For the TLS handshake.", BIND(smtp.handshake_timeout), "1s", "10m"),
                 flag("refuse_early_talkers", "Refuse clients that talk before the greeting.",
                      BIND(smtp.refuse_early_talkers))},
                policy_keys()),
            extension_keys())};
}

ConfigSection smtp_mx() {
    return {"smtp.mx", "Mail from other hosts, for local recipients only.",
            with_watch(connector_keys(
                           {endpoints("listen", "Where mail exchange listens; an empty list switches it off.",
                                      BIND(smtp_mx.listen)),
                            endpoints("listen_tls", "Ports with TLS from the first byte.", BIND(smtp_mx.listen_tls)),
                            start_key(mx_of), certificate_key(mx_of)},
                           BIND(smtp_mx)),
                       BIND(smtp_mx.watch))};
}

ConfigSection smtp_submission() {
    return {
        "smtp.submission", "Mail from our own users, after they have logged in.",
        with_watch(
            connector_keys(
                {endpoints("listen", "Ports that start in clear and require STARTTLS.", BIND(smtp_submission.listen)),
                 endpoints("listen_tls", "Ports with TLS from the first byte.", BIND(smtp_submission.listen_tls)),
                 start_key(submission_of), login_type_key(submission_of), extended_protection_key(submission_of), certificate_key(submission_of),
                 published_key(submission_of), mechanisms_key()},
                BIND(smtp_submission)),
            BIND(smtp_submission.watch))};
}

ConfigSection smtp_connector() {
    return {"smtp.connector", "What a connector that an administrator makes begins with (`restante connector add`).",
            with_watch(
                connector_keys(
                    {endpoints("listen", "Addresses that start in clear; `unix:/path` for a socket of this machine.",
                               BIND(smtp_connector.listen)),
                     endpoints("listen_tls", "Ports with TLS from the first byte.", BIND(smtp_connector.listen_tls)),
                     choice("kind",
                            "`mx`: SMTP; `submission`: SMTP that takes nothing before AUTH; `lmtp`: LMTP, for a mail "
                            "server on this machine.",
                            BIND(smtp_connector.kind), {"mx", "submission", "lmtp"}),
                     start_key(connector_of), login_type_key(connector_of), extended_protection_key(connector_of), certificate_key(connector_of),
                     published_key(connector_of), mechanisms_key()},
                    BIND(smtp_connector)),
                BIND(smtp_connector.watch))};
}

}  // namespace restante::config_table
