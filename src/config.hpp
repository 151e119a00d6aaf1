#pragma once
// What the configuration file can say, after reading. Every key is optional; the defaults are the initialisers here and
// in the modules' own Options.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "admin/credentials.hpp"
#include "admin/options.hpp"
#include "directory/directory.hpp"
#include "fetch/types.hpp"
#include "filter/options.hpp"
#include "login/guess_guard.hpp"
#include "login/options.hpp"
#include "mda/account_rules.hpp"
#include "mda/mda.hpp"
#include "mta/options.hpp"
#include "net/dns_options.hpp"
#include "popd/options.hpp"
#include "probe/types.hpp"
#include "relay/types.hpp"
#include "reply/intake.hpp"
#include "reply/notification.hpp"
#include "store/options.hpp"
#include "work/types.hpp"

namespace restante {

struct Config {
    /// What every service has beside its own options.
    struct Service {
        std::string start = "automatic";           // "manual": by an administrator; "disabled": not at all
        std::string login_type = "SecureLogin";    // "PlainTextAuthentication", "PlainTextLogin": see docs/operations.md
        std::string extended_protection = "allow";  // see login::under_protection
        std::string certificate;                   // by its name or a host name it is for; empty: "default"
        std::vector<std::string> published;        // "mail.example.org:995:SSL", shown to users; empty: what is bound
    };
    struct Server {
        std::string hostname;  // empty: the machine's own name
        std::string data_directory = "/var/lib/restante";
        std::string user;  // account to become after the ports are bound; empty: stay
        std::uint32_t threads = 0;  // 0: one per processor
        std::uint32_t work_threads = 4;
        std::chrono::seconds shutdown_grace{30};
    } server;
    struct Logging {
        std::string target = "stderr";
        std::string level = "info";
        std::string format = "text";
    } log;
    struct Tls {
        std::string certificate;  // both empty: a self-signed one in the data directory
        std::string key;
        std::string min_version = "1.2";
        std::chrono::seconds watch{60};      // how often the files are looked at; 0: only when told
        std::chrono::hours warn_before{720};  // of the expiry of a certificate
    } tls;
    mta::Options smtp;  // limits of both SMTP services; kind, listen and host name are not used from here
    /// A receive connector: where SMTP is taken, from whom, and how. connector_rules.hpp says what goes together.
    struct SmtpConnector {
        std::vector<std::string> listen{};
        std::vector<std::string> listen_tls{};
        std::string kind{};                          // "mx", "submission", "lmtp"
        std::vector<std::string> authentication{};   // "none", "tls", "require_tls", "basic", "basic_requires_tls",
                                                     // "integrated", "external"
        std::vector<std::string> permissions{};      // "anonymous", "users", "partners"
        std::vector<std::string> remote_networks{};  // CIDR; empty: everyone
        std::string fqdn{};                          // empty: the server's host name
        std::string banner{};
        std::string comment{};
        Service service{};
        watch::WatchOptions watch{};
    };
    struct Dkim {
        std::chrono::seconds key_watch{600};  // between looks whether zones show new keys; 0: they are activated by hand
    } dkim;
    filter::Options filter;
    SmtpConnector smtp_mx{.listen = {"*:25"}, .kind = "mx", .authentication = {"tls"}, .permissions = {"anonymous"}};
    SmtpConnector smtp_submission{.listen = {"*:587"},
                                  .listen_tls = {"*:465"},
                                  .kind = "submission",
                                  .authentication = {"tls", "basic", "basic_requires_tls", "integrated"},
                                  .permissions = {"users"}};
    SmtpConnector smtp_connector{.kind = "mx", .authentication = {"tls"}, .permissions = {"anonymous"}};
    popd::Options pop3{.listen = {"*:110"}, .listen_tls = {"*:995"}};
    Service pop3_service;
    login::Options login;  // of both services that take logins
    login::GuardOptions guessing;
    struct Admin {
        std::vector<std::string> listen{"127.0.0.1:8025"};
        std::vector<std::string> listen_tls;
        std::size_t max_connections = 1000;
        std::size_t max_per_address = 200;
        Service service;
        std::string unix_socket;  // empty: admin.sock in the data directory
        admin::HttpOptions http;
        admin::CredentialOptions credentials;
    } admin;
    work::Options work;
    struct Reply {
        std::string sender;   // From of notifications; empty: notifications@ the host name
        std::string address;  // the mailbox answers go to; empty: the sender
        reply::NotificationOptions notification;  // its addresses are derived from the two above
        reply::IntakeOptions intake;              // its own addresses too
    } reply;
    struct Probe {
        probe::Options limits;
        probe::ScheduleOptions own;
    } probe;
    struct Moving {
        std::uint64_t max_message_octets = 1ULL << 30;
    } moving;
    net::DnsOptions dns;
    relay::Options relay;  // its host name is the server's
    Service relay_service;
    fetch::Options fetch;  // its host name is the server's
    directory::Options directory;
    mda::Options delivery;
    mda::RuleOptions rules;
    store::Options store;  // its directory is derived from data_directory
};

/// One thing that is wrong in a configuration file.
struct ConfigError {
    std::string file;
    std::uint32_t line = 0;  // 0: the file as a whole
    std::string text;        // names the key; one sentence without full stop
    std::string to_string() const;  // "restante.toml:12: [pop3] lisen: ..."
};

struct ConfigOutcome {
    Config config;
    std::vector<ConfigError> errors;  // all of them, in the order of the file; the config is usable only if empty
};

/// name: what errors call the text. At most 1 MiB of text is taken.
ConfigOutcome parse_config(std::string_view text, const std::string& name);
/// An unreadable file is one error.
ConfigOutcome load_config(const std::string& path);

}  // namespace restante
