#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "smtp/path.hpp"

namespace restante::smtp {

/// What one listener is for and its limits. Shared by its sessions.
struct ServerOptions {
    enum class Kind {
        mx,          // mail exchange: anyone may speak, local recipients only (the agent sees to that)
        submission,  // RFC 6409: nothing is taken before AUTH
        lmtp,        // RFC 2033: LHLO, and an answer for each recipient; for mail servers beside us, never on port 25
    };
    /// What EHLO announces. An extension that is not announced is not known: its parameters are refused with 555, its
    /// command with 502.
    struct Extensions {
        bool size = true;            // RFC 1870; the limit holds all the same
        bool pipelining = true;      // RFC 2920
        bool chunking = true;        // RFC 3030: BDAT
        bool binary_mime = false;    // RFC 3030: needs chunking. POP3 has no way to hand out such a message unchanged
        bool eight_bit_mime = true;  // RFC 6152
        bool dsn = true;             // RFC 3461
        bool enhanced_codes = true;  // RFC 2034
        bool smtp_utf8 = true;       // RFC 6531: needs 8BITMIME
        bool require_tls = true;     // RFC 8689; announced under TLS only
    };
    struct Mechanism {
        std::string name;
        bool sends_password = true;  // offered under TLS only, unless auth_without_tls
        bool needs_tls = false;      // never offered in clear: it binds to the TLS connection
    };
    Kind kind = Kind::mx;
    std::string host_name = "localhost";  // in the greeting, EHLO and 421/221 replies
    std::string banner;                   // of the greeting, behind the host name; empty: "ESMTP Restante"
    Extensions extensions;
    bool tls_first = false;               // nothing is taken before STARTTLS; never on a public mail exchange
    bool hello_needs_domain = false;    // EHLO with a name of one label or none that is a domain is refused
    bool starttls = true;               // a certificate is there; STARTTLS is offered in clear sessions
    bool offer_auth = false;            // AUTH on a listener of kind mx; submission always has it
    bool auth_without_tls = false;      // offer password mechanisms in clear text
    bool login_needs_tls = false;       // offer no mechanism at all in clear text
    std::vector<Mechanism> mechanisms;  // of AUTH, in the order in which EHLO lists them

    std::uint64_t max_message_size = 50ULL * 1024 * 1024;  // octets, as decoded; the SIZE keyword
    std::size_t max_recipients = 1000;                     // of one message; RFC 5321 4.5.3.1.8 asks for at least 100
    std::size_t max_errors = 20;               // commands refused with 5xx, RCPT and AUTH not counted, before 421
    std::size_t max_refused_recipients = 100;  // RCPT answered 5xx in one session, before 421
    std::size_t max_auth_failures = 3;         // before 421
    std::size_t max_command_line = 2048;       // octets with CRLF; RFC 5321 4.5.3.1.4: 512 and more per extension
    std::size_t max_auth_line = 12'288;        // octets with CRLF (RFC 4954 4)
    std::size_t max_discarded_line = 1 << 20;  // octets of one over-long line before the connection is closed
    std::uint64_t max_discarded_chunk =
        1 << 30;                          // octets of a refused BDAT that are read; beyond: the connection is closed
    std::size_t idle_buffer = 2048;       // octets of input buffer between commands
    std::size_t data_buffer = 32 * 1024;  // the same during DATA; freeing 64 KiB or more makes glibc tidy up
    std::size_t reply_batch = 16 * 1024;  // octets of replies held back for pipelined commands
    PathLimits path;
};

}  // namespace restante::smtp
