// Keys of mail that goes to other servers, and of the name system that tells where.
#include "config_binding.hpp"
#include "config_sections.hpp"

namespace restante::config_table {
using namespace config_binding;

namespace {
Config::Service& relay_of(Config& config) { return config.relay_service; }
}  // namespace

ConfigSection dns() {
    return {"dns",
            "Whom to ask for names.",
            {words("servers",
                   "Name servers that resolve, `192.0.2.53` or `[2001:db8::1]:5353`; empty: those of /etc/resolv.conf.",
                   BIND(dns.servers)),
             duration("timeout", "Of the first try of each; later tries wait longer.", BIND(dns.timeout), "50ms", "1m"),
             number("tries", "Of each server.", BIND(dns.tries), 1, 10),
             flag("trusted", "The servers check DNSSEC and the way to them is safe: their word on it is believed.",
                  BIND(dns.trusted)),
             number("concurrency", "Questions under way at a time.", BIND(dns.concurrency), 10, 20'000)}};
}

ConfigSection relay() {
    return {
        "relay",
        "Mail to other servers.",
        {start_key(relay_of),
         number("port", "Where mail servers listen.", BIND(relay.port), 1, 65'535),
         number("sessions", "Conversations with other servers at a time.", BIND(relay.sessions), 1, 10'000),
         number("connects", "Connections being made at a time; dead hosts keep these busy, not the sessions.",
                BIND(relay.connects), 1, 50'000),
         number("per_destination", "Sessions with one destination at a time.", BIND(relay.per_destination), 1, 1'000),
         number("mails_per_session", "Then the session ends, and others get their turn.", BIND(relay.mails_per_session),
                1, 100'000),
         number("recipients_per_mail", "Recipients of one mail in one transaction.", BIND(relay.recipients_per_mail), 1,
                1'000),
         number("addresses_tried", "Addresses of one destination tried in a row.", BIND(relay.addresses_tried), 1,
                1'000),
         duration("connect_timeout", "For a connection to one address.", BIND(relay.connect_timeout), "1s", "10m"),
         duration("reply_timeout", "The longest wait for a reply; RFC 5321 asks for up to 10 minutes.",
                  BIND(relay.reply_timeout), "1s", "1h"),
         duration("retry_first",
                  "After the first failure; doubled with each further one (RFC 5321 asks for 30 minutes).",
                  BIND(relay.retry_first), "1s", "1d"),
         duration("retry_max", "The longest of these waits.", BIND(relay.retry_most), "1s", "7d"),
         duration("give_up", "After which mail goes back to its sender (RFC 5321 asks for 4 to 5 days).",
                  BIND(relay.give_up), "1s", "90d"),
         duration("delay_notice", "After which the sender is told that it waits; 0: never.", BIND(relay.delay_notice),
                  "0", "90d"),
         size("returned_size", "Mail up to this size goes back whole, of larger mail the header.",
              BIND(relay.returned_octets), "0", "64MiB"),
         flag("allow_internal", "Loopback and private addresses may be where mail goes; smarthosts always may.",
              BIND(relay.allow_internal)),
         flag("mta_sts", "Policies of domains about TLS to their mail hosts are fetched and obeyed (RFC 8461).",
              BIND(relay.mta_sts)),
         flag("dane", "TLSA records of mail hosts are obeyed (RFC 7672), where `[dns] trusted` is set.",
              BIND(relay.dane)),
         flag("tls_reports",
              "How TLS with other servers went is counted, and domains that ask for it are told once a day (RFC 8460).",
              BIND(relay.tls_reports)),
         text("tls_report_from",
              "Address these reports come from, of a domain with a DKIM key; empty: `postmaster@` and the host name.",
              BIND(relay.tls_report_from)),
         text("tls_report_organization", "Name they give for this server's owner; empty: the host name.",
              BIND(relay.tls_report_organization)),
         duration("tls_report_spread", "Longest random wait after midnight (UTC) before they are sent.",
                  BIND(relay.tls_report_spread), "0", "20h"),
         duration("tls_report_keep", "How long a day's counts are kept.", BIND(relay.tls_report_keep), "2d", "365d"),
         path("ca_file", "PEM file of the authorities for certificates that must be good; empty: the system's.",
              BIND(relay.ca_file)),
         flag("prefer_ipv6", "Addresses of IPv6 are tried before those of IPv4.", BIND(relay.prefer_ipv6)),
         duration("poll", "How often the queue is looked at for what has become due.", BIND(relay.poll), "10ms",
                  "1m")}};
}

}  // namespace restante::config_table
