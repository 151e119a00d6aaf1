#include "config_table.hpp"


#include "config_binding.hpp"
#include "config_sections.hpp"

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
             choice("min_version", "The oldest TLS version that is spoken.", BIND(tls.min_version), {"1.2", "1.3"}),
             duration("watch", "How often the files of certificates are looked at, to load those that changed; 0: when told to.",
                      BIND(tls.watch), "0", "1d"),
             duration("warn_before", "How long before a certificate expires the log warns, once a day.", BIND(tls.warn_before), "1h",
                      "365d")}};
}
}  // namespace

const std::vector<ConfigSection>& config_sections() {
    static const std::vector<ConfigSection> sections{server_keys(),     log_keys(),   tls_keys(),
                                                     config_table::admin(), config_table::smtp(), config_table::smtp_mx(),
                                                     config_table::smtp_submission(), config_table::smtp_connector(), config_table::mailauth(), config_table::dkim(), config_table::filter(),
                                                     config_table::pop3(), config_table::login(), config_table::guessing(),
                                                     config_table::delivery(), config_table::dns(), config_table::relay(),
                                                     config_table::directory(), config_table::store(), config_table::work(),
                                                     config_table::reply(), config_table::fetch(), config_table::moving(), config_table::probe()};
    return sections;
}

}  // namespace restante
