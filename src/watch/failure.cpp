#include "watch/failure.hpp"

#include <algorithm>
#include <array>

namespace restante::watch {
namespace {

struct Row {
    Cause cause;
    std::string_view name, what, fix;
};

constexpr std::array kRows{
    Row{Cause::none, "none", "Nothing failed.", ""},
    Row{Cause::credentials, "credentials", "The user name or the password was wrong.",
        "Look at the name below: is there such an account, and does the client use the account's own or an app "
        "password? "
        "Set a new one with `restante account password`."},
    Row{Cause::login_malformed, "login_malformed", "The client sent a login that no such mechanism knows.",
        "Choose another way to authenticate in the client, such as a plain password over TLS."},
    Row{Cause::mechanism_refused, "mechanism_refused",
        "The client asked for a way to authenticate that is not offered.",
        "Set the client to one of those CAPA or EHLO list; secure password authentication needs an account that opted "
        "in."},
    Row{Cause::login_needs_tls, "login_needs_tls", "The client wanted to send its password in clear.",
        "Switch on SSL/TLS (port 995 or 465) or STARTTLS in the client. The service's login type can allow clear "
        "passwords, on networks where nobody listens."},
    Row{Cause::not_allowed, "not_allowed", "The password was right, but the account may not use this service.",
        "Enable the account or its POP3 access with `restante account set`."},
    Row{Cause::too_many_failures, "too_many_failures", "The session was closed after too many wrong passwords.",
        "If the name below is one of yours, correct the password in the client; if not, somebody is guessing."},
    Row{Cause::in_use, "in_use", "Another session has this maildrop open; POP3 allows one at a time.",
        "See who with `restante sessions list`; end it with `restante sessions end`, or let the clients poll less "
        "often."},
    Row{Cause::too_many_sessions, "too_many_sessions", "The account has too many sessions at once.",
        "Let its clients poll less often, or raise max_per_account of the service."},
    Row{Cause::too_soon, "too_soon",
        "The client logged in again before the account's least time between logins was over.",
        "Let the client poll less often, or lower the account's min_poll."},
    Row{Cause::server_fault, "server_fault", "The server could not do its part.",
        "Look into the server's log at this time, and at `restante status`."},
    Row{Cause::tls_on_clear_port, "tls_on_clear_port", "The client began TLS at once on a port that starts in clear.",
        "Set the client to STARTTLS (STLS), or to the port that begins with TLS: 995 for POP3, 465 for submission."},
    Row{Cause::clear_on_tls_port, "clear_on_tls_port", "The client spoke in clear on a port that begins with TLS.",
        "Set the client to SSL/TLS, or to the port that starts in clear and offers STARTTLS: 110 or 587."},
    Row{Cause::http, "http", "The client spoke HTTP.",
        "A browser, proxy or health check was pointed at this port; give it the port of the web service."},
    Row{Cause::other_protocol, "other_protocol", "The client spoke another protocol.",
        "Check the port in the client: 110 and 995 are POP3, 25, 587 and 465 are SMTP."},
    Row{Cause::certificate_refused, "certificate_refused", "The client did not accept the server's certificate.",
        "Use the host name that stands in the certificate, and a certificate of an authority the client knows, with "
        "its "
        "intermediate certificates. `restante doctor` shows what is served."},
    Row{Cause::tls_version, "tls_version", "Client and server have no TLS version or cipher in common.",
        "Update the client; TLS 1.2 is the least. An old device may need a listener of its own with tls.min_version."},
    Row{Cause::tls_failed, "tls_failed", "The TLS handshake did not end.",
        "See the detail. A firewall or virus scanner in between may be at fault."},
    Row{Cause::timeout, "timeout", "The client said nothing for too long.",
        "Often a connection that a firewall lost, or a client that waits for another protocol's greeting."},
    Row{Cause::slow_reader, "slow_reader", "The client took what was sent too slowly, or not at all.",
        "Look at its network. Where it is only slow, raise write_timeout. Nothing was deleted: it gets the same mails again."},
    Row{Cause::dropped, "dropped", "The client went away before it was done.",
        "Look at the last lines: what the server said then is what the client did not like."},
    Row{Cause::too_many_errors, "too_many_errors", "The client sent too many faulty commands.",
        "Check that it speaks this protocol, and update it."},
    Row{Cause::ended, "ended", "An administrator ended the session.", "Nothing to do."},
};

const Row& row_of(Cause cause) {
    const auto found = std::find_if(kRows.begin(), kRows.end(), [cause](const Row& row) { return row.cause == cause; });
    return found == kRows.end() ? kRows.front() : *found;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

std::string_view to_string(Cause cause) { return row_of(cause).name; }

Explanation explain(Cause cause) {
    const Row& row = row_of(cause);
    return {row.what, row.fix};
}

// The words are OpenSSL's reasons (openssl/sslerr.h) and alerts (RFC 8446 6.2).
Cause cause_of_tls(std::string_view detail) {
    if (has(detail, "http request") || has(detail, "https proxy request")) return Cause::http;
    if (has(detail, "unknown ca") || has(detail, "certificate unknown") || has(detail, "bad certificate") ||
        has(detail, "certificate expired") || has(detail, "unsupported certificate") ||
        has(detail, "certificate revoked"))
        return Cause::certificate_refused;
    if (has(detail, "unsupported protocol") || has(detail, "no shared cipher") || has(detail, "protocol version") ||
        has(detail, "version too low") || has(detail, "insufficient security") || has(detail, "handshake failure"))
        return Cause::tls_version;
    if (has(detail, "wrong version number") || has(detail, "record layer failure") ||
        has(detail, "packet length too long"))
        return Cause::clear_on_tls_port;
    return Cause::tls_failed;
}

Cause cause_of_first_bytes(std::string_view bytes) {
    // RFC 8446 5.1: a handshake record; SSL 2 began otherwise and is not worth a word.
    if (bytes.size() >= 3 && bytes[0] == '\x16' && bytes[1] == '\x03') return Cause::tls_on_clear_port;
    for (const std::string_view method : {"GET /", "POST /", "HEAD /", "OPTIONS ", "CONNECT ", "PUT /"})
        if (bytes.starts_with(method)) return Cause::http;
    return Cause::none;
}

}  // namespace restante::watch
