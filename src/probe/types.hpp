#pragma once
// What a probe tries, and what it found. Plain values. (S2.38-S2.41)
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace restante::probe {

enum class Protocol { pop3, smtp };
enum class ConnectionType {
    plaintext,
    ssl,  // TLS from the first octet
    tls,  // STLS or STARTTLS
};
enum class Outcome { success, skipped, failure };

struct Endpoint {
    std::string host;  // empty: there is none, what needs it is skipped
    std::uint16_t port = 0;
    ConnectionType type = ConnectionType::ssl;
    std::string tls_name{};  // that the certificate must be for; empty: host
};

/// What is tried: the service `protocol` speaks; the other endpoint helps to send or to find the test mail.
struct Target {
    Protocol protocol = Protocol::pop3;
    Endpoint pop3, smtp;
    std::string user, password;
    std::string address;          // the mailbox of `user`: the test mail goes from it to it
    bool light = false;           // log in only (S2.39)
    bool trust_any = false;       // any certificate (S2.41)
    std::string ca_pem;           // authorities instead of the system's
    std::string pinned_sha256;    // the one certificate that is accepted
    bool allow_internal = false;  // addresses of this machine and the own network
};

struct Options {
    std::chrono::seconds connection_timeout{120};  // without an answer (S2.40)
    std::chrono::seconds total_timeout{180};       // of all steps
};

/// Probes of this server's own services.
struct ScheduleOptions {
    std::uint32_t interval_minutes = 0;  // 0: on demand only
    bool light = false;
    std::string account = "restante-probe";  // made with the first probe
    std::string domain;                      // of it; empty: the first of the server
    std::uint32_t password_days = 7;         // a new random password after that many (S2.41)
    std::string tls_name;                    // that the certificate must be for; empty: the name of this host
    std::string ca_file;                     // PEM authorities; empty: the system's, and our own self-signed one
    bool trust_any = false;                  // any certificate (S2.41)
};

struct Step {
    std::string name;  // "connect", "tls", "greeting", "login", "send", "find", "delete"
    Outcome outcome = Outcome::skipped;
    std::int64_t milliseconds = 0;
    std::string detail;  // what was found, or what went wrong and what to do
};

struct Report {
    Protocol protocol = Protocol::pop3;
    std::string server;  // "mail.example.org:995"
    ConnectionType type = ConnectionType::ssl;
    bool light = false;
    Outcome result = Outcome::skipped;
    std::string error;  // of the step that failed; empty when none did
    std::int64_t milliseconds = 0;
    Timestamp at{};
    std::vector<Step> steps;
};

/// "pop3", "smtp"; "plaintext", "ssl", "tls"; "success", "skipped", "failure".
const char* to_string(Protocol protocol);
const char* to_string(ConnectionType type);
const char* to_string(Outcome outcome);
std::uint16_t default_port(Protocol protocol, ConnectionType type);

}  // namespace restante::probe
