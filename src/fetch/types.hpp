#pragma once
// What the retrieval agent works with. Plain values.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace restante::fetch {

struct Options {
    std::string hostname = "localhost";             // of this server, for the Received field
    std::uint32_t min_interval_minutes = 5;         // lowest interval a connection may have (S1.12)
    std::uint32_t disable_after_failures = 25;      // in a row; the next one switches the connection off (S1.23)
    std::uint32_t disable_after_hours = 12;         // failing for that long switches it off too (S1.24); 0: never
    std::uint32_t max_backoff_minutes = 60;         // longest pause between tries of a failing connection
    std::uint32_t unrelated_limit = 10;             // unrelated mails in one poll of a reply mailbox (S1.25); 0: any
    std::uint32_t unrelated_pause_minutes = 5;      // pause after that many (S1.26)
    std::uint64_t max_message_octets = 52'428'800;  // larger mails stay on the server
    std::uint32_t max_messages_per_poll = 10'000;   // the rest follows with the next poll
    std::uint32_t deliveries_at_once = 16;          // of one poll
    std::uint32_t polls_at_once = 8;
    std::uint32_t poll_minutes = 60;          // longest poll
    std::uint32_t forget_seen_days = 90;      // a UIDL gone from the server is forgotten after that
    bool allow_loopback = false;              // connections to this machine (127/8, ::1)
    bool allow_internal = false;              // connections to private and other internal addresses
    std::uint32_t tick_milliseconds = 1'000;  // how often the schedule is looked at
};

enum class TlsMode {
    none,      // in clear: only where a person chose it
    stls,      // STLS or the session fails (RFC 2595)
    implicit,  // TLS from the first octet (RFC 8314)
};
enum class Purpose {
    maildrop,  // mails go to one account
    replies,   // mails become comments and requests
};

/// What a person enters.
struct Settings {
    std::string name;        // unique, without regard to case
    std::string address;     // host name or IP address
    std::uint16_t port = 0;  // 0 on creation: 995 for implicit TLS, else 110 (S3.12)
    TlsMode tls = TlsMode::implicit;
    std::string user;
    std::string password;                // empty on a change: as it was
    std::uint32_t timeout_seconds = 60;  // without an answer of the server
    std::uint32_t interval_minutes = 30;
    bool verify_certificate = true;
    std::string ca_pem;         // authorities of its own instead of the system's
    std::string pinned_sha256;  // hex of the server certificate's SHA-256: this one and no other
    std::string tls_name{};     // in the certificate, if not the address; not kept
    Purpose purpose = Purpose::replies;
    std::string account;  // for purpose maildrop
    bool enabled = true;
    bool leave_on_server = false;  // remember what was collected instead of deleting it
};

enum class State { fresh, ok, failing, paused, disabled };

/// How a connection fares; kept over restarts.
struct Health {
    State state = State::fresh;
    Timestamp last_try{}, last_success{};  // epoch: never
    Timestamp failing_since{};             // first of the failures in a row
    Timestamp next_try{};
    std::uint32_t consecutive_errors = 0;
    std::string last_error;  // of the last failure in a row; empty when it works
};

struct Connection {
    std::int64_t id = 0;
    Settings settings;  // the password left out
    /// Grows when address or user change: UIDLs of another mailbox mean nothing here.
    std::int64_t epoch = 0;
    Health health;
};

/// What became of one collected mail.
struct SeenMail {
    std::string uidl;          // as the key it is remembered by
    std::uint64_t octets = 0;  // as LIST said
    std::string sha256;        // hex, of the mail's octets; empty if it was not read
    std::string verdict;       // "delivered", "received", "rejected", "ignored", "unrelated", "oversize", "refused"
    std::string note;          // one sentence
    std::int64_t message_id = 0;
    Timestamp at{};
    bool deleted = false;  // the server confirmed its deletion
};

/// One poll.
struct PollReport {
    Result<void> outcome;      // the session as a whole
    std::uint64_t listed = 0;  // on the server
    std::uint64_t taken = 0;   // delivered, made a comment, or judged otherwise
    std::uint64_t unrelated = 0, oversize = 0;
    std::uint64_t refused = 0;  // left on the server, not tried again
    std::uint64_t put_off = 0;  // could not be delivered now
    std::uint64_t deleted = 0;  // confirmed by the server
    bool paused = false;        // stopped at the limit of unrelated mails
    bool local_fault = false;   // outcome is an error of this server, not of the connection
    std::int64_t milliseconds = 0;
};

/// One step of a connection test.
struct ProbeStep {
    std::string name;  // "connect", "tls", "greeting", "login", "list"
    bool ok = false;
    std::int64_t milliseconds = 0;
    std::string detail;  // what was found, or what went wrong and what to do
};

const char* to_string(TlsMode mode);
const char* to_string(Purpose purpose);
const char* to_string(State state);
/// invalid, with the words that are known.
Result<TlsMode> parse_tls_mode(std::string_view text);
Result<Purpose> parse_purpose(std::string_view text);

}  // namespace restante::fetch
