// Keys of the API, the work tracker and what connects it to mail.
#include "config_binding.hpp"
#include "config_sections.hpp"

namespace restante::config_table {
using namespace config_binding;

namespace {
constexpr std::int64_t kMinute = 60'000;  // milliseconds
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

Config::Service& admin_of(Config& config) { return config.admin.service; }
}  // namespace

ConfigSection admin() {
    return {"admin",
            "HTTP API and console.",
            {endpoints("listen", "Where the API listens for HTTP.", BIND(admin.listen)),
             endpoints("listen_tls", "Where it listens for HTTPS.", BIND(admin.listen_tls)),
             start_key(admin_of), certificate_key(admin_of),
             number("max_connections", "Connections at a time; the unix socket is not counted.", BIND(admin.max_connections), 1, 1'000'000),
             number("max_per_address", "Connections at a time from one IP address.", BIND(admin.max_per_address), 1, 1'000'000),
             path("unix_socket", "Socket of the command line; empty: `admin.sock` in the data directory.", BIND(admin.unix_socket)),
             size("header_limit", "Request line and header of a request.", BIND(admin.http.header_limit), "4KiB", "1MiB"),
             size("body_limit", "Body of a request.", BIND(admin.http.body_limit), "64KiB", "1GiB"),
             duration("idle_timeout", "Between requests of a connection.", BIND(admin.http.idle_timeout), "1s", "1h"),
             duration("header_timeout", "For the header of a request.", BIND(admin.http.header_timeout), "1s", "10m"),
             duration("body_timeout", "For the body of a request.", BIND(admin.http.body_timeout), "1s", "1h"),
             duration("write_timeout", "For an answer to be taken.", BIND(admin.http.write_timeout), "1s", "1h"),
             duration("session_lifetime", "Of a login to the console.", BIND(admin.credentials.session_lifetime), "1m", "90d"),
             number("max_tokens", "API tokens of one tenant.", BIND(admin.credentials.max_tokens), 1, 100'000)}};
}

ConfigSection work() {
    return {"work",
            "Projects, items and comment threads.",
            {size("max_description", "Description of a project or item.", BIND(work.max_description_bytes), "1KiB", "16MiB"),
             size("max_comment", "One comment.", BIND(work.max_comment_bytes), "1KiB", "16MiB"),
             size("max_trimmed", "Cut part of a mail kept beside its comment.", BIND(work.max_trimmed_bytes), "0", "16MiB"),
             number("max_subscribers", "Subscribers of one item.", BIND(work.max_subscribers), 1, 100'000),
             duration("token_lifetime", "How long a notification can be answered.", BIND(work.token_lifetime), "1h", "3650d")}};
}

ConfigSection reply() {
    return {"reply",
            "Notifications and the answers to them.",
            {text("sender", "Address notifications come from; empty: `notifications@` and the host name.", BIND(reply.sender)),
             text("address", "Mailbox that answers go to, collected through a connection; empty: the sender.", BIND(reply.address)),
             flag("plus_addressing", "That mailbox takes `name+anything@`; false: the token travels in the Message-ID and in the text.",
                  BIND(reply.notification.plus_addressing)),
             text("product", "Name in notifications.", BIND(reply.notification.product)),
             text("base_url", "Where items can be seen; empty: notifications carry no link.", BIND(reply.notification.base_url)),
             size("max_parsed", "Of an answer that is looked at; the original is kept whole.", BIND(reply.intake.max_parsed_bytes), "64KiB",
                  "256MiB")}};
}

ConfigSection fetch() {
    return {"fetch",
            "Mail collected from POP3 servers of others.",
            {duration("min_interval", "Shortest interval of a connection.", BIND(fetch.min_interval_minutes), "1m", "1d", kMinute),
             number("disable_after_failures", "Failures in a row; the next one switches a connection off.",
                    BIND(fetch.disable_after_failures), 1, 100'000),
             duration("disable_after", "Failing for that long switches a connection off too; 0: never.", BIND(fetch.disable_after_hours),
                      "0", "365d", kHour),
             duration("max_backoff", "Longest pause between tries of a failing connection.", BIND(fetch.max_backoff_minutes), "1m", "7d",
                      kMinute),
             number("unrelated_limit", "Unrelated mails in one poll of a reply mailbox before it pauses; 0: any number.",
                    BIND(fetch.unrelated_limit), 0, 1'000'000),
             duration("unrelated_pause", "The pause after that many.", BIND(fetch.unrelated_pause_minutes), "1m", "7d", kMinute),
             size("max_message_size", "Larger mails stay on the server.", BIND(fetch.max_message_octets), "64KiB", "4GiB"),
             number("max_messages_per_poll", "The rest follows with the next poll.", BIND(fetch.max_messages_per_poll), 1, 10'000'000),
             number("deliveries_at_once", "Deliveries of one poll under way at the same time.", BIND(fetch.deliveries_at_once), 1, 1000),
             number("polls_at_once", "Polls under way at the same time.", BIND(fetch.polls_at_once), 1, 1000),
             duration("poll_time", "Longest poll.", BIND(fetch.poll_minutes), "1m", "1d", kMinute),
             duration("forget_seen", "A UIDL gone from the server is forgotten after that.", BIND(fetch.forget_seen_days), "1d", "3650d",
                      kDay),
             flag("allow_loopback", "Connections to this machine are allowed.", BIND(fetch.allow_loopback)),
             flag("allow_internal", "Connections to private and other internal addresses are allowed.", BIND(fetch.allow_internal)),
             duration("tick", "How often the schedule is looked at.", BIND(fetch.tick_milliseconds), "10ms", "1m", 1)}};
}

ConfigSection probe() {
    return {"probe",
            "Tests of this server's own services with a mailbox of their own, and of others on demand.",
            {duration("interval", "Between two tests; 0: on demand only.", BIND(probe.own.interval_minutes), "0", "7d", kMinute),
             flag("light", "Log in only; no test mail is sent.", BIND(probe.own.light)),
             text("account", "Account the tests use; made with the first one.", BIND(probe.own.account)),
             text("domain", "Domain of that account; empty: the first of the server.", BIND(probe.own.domain)),
             duration("password_age", "After that the account gets a new random password.", BIND(probe.own.password_days), "1d", "365d",
                      kDay),
             text("tls_name", "Name that the certificates must be for; empty: [server] hostname.", BIND(probe.own.tls_name)),
             path("ca_file", "PEM file of the authorities; empty: the system's, or our own certificate where it is self-signed.",
                  BIND(probe.own.ca_file)),
             flag("trust_any_certificate", "Accept any certificate.", BIND(probe.own.trust_any)),
             duration("connection_timeout", "Without an answer of the tested server.", BIND(probe.limits.connection_timeout), "1s", "1h"),
             duration("total_timeout", "For all steps of a test.", BIND(probe.limits.total_timeout), "1s", "1h")}};
}

ConfigSection moving() {
    return {"moving",
            "Mail that is moved in from other servers.",
            {size("max_message", "Larger messages are refused, and named.", BIND(moving.max_message_octets), "1MiB", "64GiB")}};
}

}  // namespace restante::config_table
