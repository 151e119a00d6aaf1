#pragma once
// Settings of the POP3 service.
#include <chrono>
#include <string>
#include <vector>

#include "directory/account_settings.hpp"
#include "login/options.hpp"
#include "pop3/server_machine.hpp"
#include "watch/session_watch.hpp"

namespace restante::popd {

struct Options {
    std::vector<std::string> listen;       // "*:110": in clear, STLS offered
    std::vector<std::string> listen_tls;   // "*:995": TLS from the first octet
    std::size_t max_connections = 10'000;  // at a time
    std::size_t max_per_address = 200;     // at a time from one IP address
    std::size_t max_per_account = 16;      // logged in at a time; the maildrop itself is for one only

    std::chrono::seconds login_timeout{60};      // without a command, before login
    std::chrono::seconds login_total{180};       // from the connection to the login
    std::chrono::seconds idle_timeout{600};      // without a command, after login (RFC 1939 3: 10 minutes at least)
    std::chrono::seconds handshake_timeout{30};  // of TLS
    std::chrono::seconds write_timeout{120};     // for a client to take 64 KiB

    watch::WatchOptions watch;                                          // of the service's SessionWatch, if it has one
    directory::Pop3Settings accounts;                                   // of accounts that have none of their own
    std::vector<std::string> mechanisms = login::default_mechanisms();  // offered where they can succeed
    login::Options login;                                               // OAuth and Kerberos
    bool apop = false;                    // RFC 1939 7: announced and taken; for accounts with a shared secret only
    std::string host_name = "localhost";  // in what APOP, CRAM-MD5 and NTLM call this server

    std::size_t read_chunk = 64 * 1024;  // octets of a message read at once
    pop3::ServerOptions protocol;        // mechanisms and offer_stls are filled in by the service
};

}  // namespace restante::popd
