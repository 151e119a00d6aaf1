#pragma once
// Settings of the SMTP agents.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "login/options.hpp"
#include "smtp/server_options.hpp"
#include "watch/session_watch.hpp"

namespace restante::mta {

/// One service: mail exchange or submission, with its listening addresses.
struct Options {
    smtp::ServerOptions protocol;         // kind, host name, sizes, limits of commands
    std::vector<std::string> mechanisms = login::default_mechanisms();  // of AUTH; offered where they can succeed
    login::Options login;                                               // OAuth and Kerberos
    std::vector<std::string> listen;      // clear text with STARTTLS; forms as net::ListenerOptions::binds
    std::vector<std::string> listen_tls;  // implicit TLS (RFC 8314)

    std::size_t max_connections = 10'000;        // at a time
    std::size_t max_per_address = 200;           // at a time from one IP address
    std::chrono::seconds command_timeout{300};   // until the next command is complete (RFC 5321 4.5.3.2.7)
    std::chrono::seconds data_timeout{3600};     // for the text of one message, however it drips
    std::chrono::seconds handshake_timeout{30};  // TLS
    std::chrono::milliseconds auth_delay{500};   // after a failed login, doubled with each one from that address
    std::chrono::milliseconds auth_delay_most{16'000};
    std::chrono::seconds auth_memory{900};      // failures of an address are remembered this long
    std::size_t auth_addresses = 10'000;        // addresses remembered
    std::uint64_t max_header_octets = 1 << 20;  // of the header section of a message
    std::uint64_t inline_draft_octets = 1
                                        << 20;  // a draft beyond this may touch the disk: appended to on the work pool
    bool refuse_early_talkers = true;           // clients that do not wait for the greeting (RFC 5321 3.1)
    watch::WatchOptions watch;                  // of the service's SessionWatch, if it has one
};

}  // namespace restante::mta
