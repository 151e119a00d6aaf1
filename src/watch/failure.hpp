#pragma once
// Why a session failed, in words for the person who has to make it work.
#include <string>
#include <string_view>

namespace restante::watch {

enum class Cause {
    none,
    credentials,          // wrong name or password
    login_malformed,      // a SASL message that cannot be right
    mechanism_refused,    // asked for a way to log in that is not offered
    login_needs_tls,      // a password in clear, where that is not taken
    not_allowed,          // the password was right, but this account may not
    too_many_failures,    // closed after so many wrong passwords
    in_use,               // another session has the maildrop
    too_many_sessions,    // of this account
    too_soon,             // LOGIN-DELAY
    server_fault,         // store or directory: see the log
    tls_on_clear_port,    // a TLS handshake where text was expected
    clear_on_tls_port,    // text where a TLS handshake was expected
    http,                 // a web browser or proxy
    other_protocol,       // SMTP to POP3 or the like, or a flood
    certificate_refused,  // the client does not trust our certificate
    tls_version,          // no version or cipher in common
    tls_failed,           // the handshake ended otherwise
    timeout,              // said nothing in time
    slow_reader,          // took too little of an answer in time
    dropped,              // went away in the middle
    too_many_errors,      // faulty commands
    ended,                // by an administrator
};

std::string_view to_string(Cause cause);

struct Explanation {
    std::string_view what;  // happened, one sentence
    std::string_view fix;   // what to do next, one or two sentences
};
Explanation explain(Cause cause);

/// What a failed handshake means; detail: as the TLS library put it.
Cause cause_of_tls(std::string_view detail);
/// What the first bytes of a connection in clear mean, none if they are a command. Looks at octets that are no secret.
Cause cause_of_first_bytes(std::string_view bytes);

}  // namespace restante::watch
