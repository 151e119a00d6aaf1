#include "config_table.hpp"


#include "config_binding.hpp"

namespace restante {
namespace {
using namespace config_binding;

ConfigSection server_keys() {
    return {"server",
            "The machine and the process.",
            {text("hostname", "Name of this host in greetings, Received lines and Message-IDs; empty: what the system says.",
                  BIND(server.hostname)),
             path("data_directory", "Everything that is stored. Made at the first start, readable for its owner only.",
                  BIND(server.data_directory)),
             text("user", "Account to become once the ports are bound (needs a start as root); empty: stay who we are.",
                  BIND(server.user)),
             number("threads", "Threads for network traffic; 0: one for every processor.", BIND(server.threads), 0, 256),
             number("work_threads", "Threads for SQL, password hashing and parsing.", BIND(server.work_threads), 1, 256),
             duration("shutdown_grace", "How long running sessions may take to end when the server stops.",
                      BIND(server.shutdown_grace), "0", "1h")}};
}

ConfigSection log_keys() {
    return {"log",
            "One line for every event.",
            {text("target", "`stderr`, or a file that is appended to.", BIND(log.target)),
             choice("level", "The least level that is written.", BIND(log.level), {"debug", "info", "warn", "error"}),
             choice("format", "Lines for people or JSON objects.", BIND(log.format), {"text", "json"})}};
}

ConfigSection tls_keys() {
    return {"tls",
            "Certificate of every service. Without one, a self-signed certificate is made in the data directory.",
            {path("certificate", "PEM file: the certificate, then its chain.", BIND(tls.certificate)),
             path("key", "PEM file of the private key.", BIND(tls.key)),
             choice("min_version", "The oldest TLS version that is spoken.", BIND(tls.min_version), {"1.2", "1.3"})}};
}

ConfigSection mx_keys() {
    return {"smtp.mx",
            "Mail from other hosts, for local recipients only.",
            {endpoints("listen", "Where mail exchange listens; an empty list switches it off.", BIND(smtp_mx.listen))}};
}

ConfigSection submission_keys() {
    return {"smtp.submission",
            "Mail from our own users, after they have logged in.",
            {endpoints("listen", "Ports that start in clear and require STARTTLS.", BIND(smtp_submission.listen)),
             endpoints("listen_tls", "Ports with TLS from the first byte.", BIND(smtp_submission.listen_tls))}};
}

ConfigSection pop3_keys() {
    return {"pop3",
            "Mailboxes for POP3 clients.",
            {endpoints("listen", "Ports that start in clear and offer STLS.", BIND(pop3.listen)),
             endpoints("listen_tls", "Ports with TLS from the first byte.", BIND(pop3.listen_tls))}};
}

ConfigSection admin_keys() {
    return {"admin",
            "HTTP API and console.",
            {endpoints("listen", "Where the API listens for HTTP.", BIND(admin.listen)),
             path("unix_socket", "Socket of the command line; empty: `admin.sock` in the data directory.", BIND(admin.unix_socket))}};
}

ConfigSection directory_keys() {
    return {"directory",
            "Accounts and passwords.",
            {size("argon2_memory", "Memory of one password hash (Argon2id).", BIND(directory.argon2_memory_kib), "8KiB", "4GiB", 1024),
             number("argon2_passes", "Passes of one password hash.", BIND(directory.argon2_passes), 1, 100),
             number("argon2_concurrency", "Password hashes computed at the same time.", BIND(directory.argon2_concurrency), 1, 256),
             number("password_min_length", "Characters a new password has at least.", BIND(directory.password_min_length), 6, 128),
             duration("login_cache", "How long a proven password is remembered (as a keyed hash, in memory); 0: never.",
                      BIND(directory.login_cache_seconds), "0", "1d", 1000),
             number("max_alias_depth", "Aliases that may lead to one another.", BIND(directory.max_alias_depth), 1, 100),
             number("max_expanded_recipients", "Recipients one address may expand to.", BIND(directory.max_expanded_recipients), 1,
                    1'000'000),
             flag("plus_addressing", "`name+tag@domain` is `name@domain` where no alias says otherwise.", BIND(directory.plus_addressing)),
             flag("allow_remote_destinations", "Aliases may lead to addresses outside this server.",
                  BIND(directory.allow_remote_destinations)),
             text("postmaster", "Account that gets mail for `postmaster@`; empty: the account named postmaster.",
                  BIND(directory.postmaster))}};
}
}  // namespace

const std::vector<ConfigSection>& config_sections() {
    static const std::vector<ConfigSection> sections{server_keys(), log_keys(),  tls_keys(),   mx_keys(),
                                                     submission_keys(), pop3_keys(), admin_keys(), directory_keys()};
    return sections;
}

}  // namespace restante
