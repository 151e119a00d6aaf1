#pragma once
// What the relay is told and what it tells: settings, queued mail, destinations.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "message/envelope.hpp"
#include "store/store.hpp"

namespace restante::relay {

struct Options {
    std::string host_name = "localhost";
    std::uint16_t port = 25;
    std::uint32_t sessions = 100;               // conversations at a time
    std::uint32_t connects = 1'000;             // connections being made at a time; dead hosts hold these, not sessions
    std::uint32_t per_destination = 4;          // sessions with one destination at a time
    std::uint32_t mails_per_session = 100;      // then the session ends, so that others get their turn
    std::uint32_t recipients_per_mail = 100;    // of one transaction (RFC 5321 4.5.3.1.8)
    std::uint32_t addresses_tried = 10;         // of one destination, in one attempt
    std::chrono::seconds connect_timeout{30};   // of one address
    std::chrono::seconds reply_timeout{600};    // cap on the waits of RFC 5321 4.5.3.2
    std::chrono::seconds retry_first{30 * 60};  // RFC 5321 4.5.4.1; doubled with each further failure
    std::chrono::seconds retry_most{4 * 3600};  // longest of these waits
    std::chrono::seconds give_up{5 * 24 * 3600};  // after which the sender gets it back
    std::chrono::seconds delay_notice{4 * 3600};  // after which the sender is told that it waits; 0: never
    std::uint64_t returned_octets = 262'144;      // of the message in a failure notification; else its header only
    bool allow_internal = false;                  // loopback and private addresses may be targets
    bool prefer_ipv6 = false;
    bool mta_sts = true;                    // policies of RFC 8461 are asked for and obeyed
    bool dane = true;                       // TLSA records are obeyed (RFC 7672), where the resolver is trusted
    std::string ca_file{};                  // PEM: authorities of certificates that must be good; empty: the system's
    std::uint16_t policy_port = 443;        // where policies are fetched
    bool tls_reports = true;                // sessions are counted, and domains that ask for it told (RFC 8460)
    std::string tls_report_from{};          // address in From of reports; empty: postmaster@<host_name>
    std::string tls_report_organization{};  // that reports name; empty: the host name
    std::chrono::seconds tls_report_spread{4 * 3600};      // longest random wait after midnight UTC (RFC 8460 4.1)
    std::chrono::seconds tls_report_keep{14 * 24 * 3600};  // counts of a day are kept
    std::chrono::milliseconds poll{200};                   // between looks for what has become due
};

/// What belongs to a mail rather than to one of its recipients.
struct MailFacts {
    store::MessageId id = 0;
    Timestamp queued_at{};
    std::uint64_t size = 0;      // octets to send
    message::Envelope envelope;  // without recipients
};

/// One recipient in the queue.
struct Item {
    store::MessageId mail = 0;
    std::int64_t number = 0;  // among the recipients of the mail
    message::Recipient recipient;
    std::int64_t attempts = 0;
    std::string last_error;
    bool bounced = false;  // by an administrator: to be given up now
};

/// A mail and those of its recipients that are dealt with together.
struct Work {
    MailFacts mail;
    std::vector<Item> items;
};

struct DueDestination {
    std::string domain;
    std::int64_t failures = 0;  // in a row
};

/// A recipient in the queue as an administrator sees it.
struct QueuedRecipient {
    store::MessageId mail = 0;
    std::int64_t number = 0;
    std::string sender, recipient, domain;
    bool held = false;
    Timestamp queued_at{}, next_try{};
    std::int64_t attempts = 0;
    std::uint64_t size = 0;
    std::string last_error;
};

struct Destination {
    std::string domain;
    std::uint64_t waiting = 0, held = 0;
    std::int64_t failures = 0;  // in a row
    bool paused = false;
    std::optional<Timestamp> next_try;  // of the destination; none: nothing waits
    Timestamp oldest{};
    std::string last_error;
};

/// Which recipients an administrator means. Empty fields mean any; all empty: the whole queue.
struct Selection {
    store::MessageId mail = 0;
    std::string domain, sender, recipient;
};

/// The domain under which a recipient waits: lower case; "[192.0.2.1]" for a literal.
inline const std::string& destination_of(const message::Address& address) { return address.domain; }

}  // namespace restante::relay
