#pragma once
// Settings of the SMTP agents.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "login/options.hpp"
#include "mailauth/options.hpp"
#include "smtp/server_options.hpp"
#include "watch/session_watch.hpp"

namespace restante::mta {

/// One service: mail exchange or submission, with its listening addresses.
struct Options {
    std::string name;  // of the connector, for metrics and the log; empty: "mx" or "submission"
    std::vector<std::string>
        remote_networks;           // whose connections are taken, as directory::checked_network(); empty: all
    bool relays = false;           // whoever reaches it may write to other servers without a login
    smtp::ServerOptions protocol;  // kind, host name, sizes, limits of commands
    std::vector<std::string> mechanisms = login::default_mechanisms();  // of AUTH; offered where they can succeed
    login::Options login;                                               // OAuth and Kerberos
    std::vector<std::string> listen;      // clear text with STARTTLS; forms as net::ListenerOptions::binds
    std::vector<std::string> listen_tls;  // implicit TLS (RFC 8314)

    std::size_t max_connections = 10'000;        // at a time
    std::size_t max_per_address = 200;           // at a time from one IP address
    std::size_t max_percent_per_address = 100;   // of max_connections
    std::chrono::seconds session_time{3600};     // of one session, looked at between commands; 0: no limit
    std::chrono::seconds command_timeout{300};   // until the next command is complete (RFC 5321 4.5.3.2.7)
    std::chrono::seconds data_timeout{3600};     // for the text of one message, however it drips
    std::chrono::seconds handshake_timeout{30};  // TLS
    std::uint64_t max_header_octets = 1 << 20;  // of the header section of a message
    std::size_t max_header_fields = 2000;       // in it; no more than mailauth::HeaderFields keeps
    std::uint64_t inline_draft_octets = 1
                                        << 20;  // a draft beyond this may touch the disk: appended to on the work pool
    std::size_t max_hops = 100;                 // Received fields from which on a message is taken for a loop
    std::size_t max_local_hops = 8;             // the same of those that this host wrote
    std::chrono::milliseconds tarpit{5000};     // before one more unknown recipient is refused ...
    std::size_t tarpit_after = 10;              // ... beyond this many in one session
    std::size_t message_rate = 0;               // messages a minute from one address; 0: no limit
    bool refuse_reserved_domains = false;       // recipients in domains that can never be (RFC 2606, RFC 6761)
    bool check_from = true;                     // who logged in writes as its own addresses in the header, too
    std::size_t account_messages = 1000;        // an hour by one account; 0: no limit
    std::size_t account_recipients = 5000;      // the same of recipients
    std::size_t tenant_messages = 20'000;       // an hour by all accounts of a tenant
    std::size_t tenant_recipients = 100'000;
    struct PopBeforeSmtp {
        bool enabled = false;
        std::chrono::seconds window{600};  // from a POP3 login on
        bool needs_tls = true;             // only logins under TLS count
        std::size_t messages = 50;         // an hour by one account without a login of its own
    } pop_before_smtp;
    unsigned unix_mode = 0600;         // permissions of a unix socket's file
    bool refuse_early_talkers = true;  // clients that do not wait for the greeting (RFC 5321 3.1)
    mailauth::Options mailauth;        // where the service has an Authenticator
    watch::WatchOptions watch;         // of the service's SessionWatch, if it has one
};

}  // namespace restante::mta
