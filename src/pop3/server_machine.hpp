#pragma once
// One POP3 session on the server's side, protocol only (RFC 1939, 2449, 2595, 3206, 5034, 6856). No I/O, no clock.
//
// How to drive it: feed() what was read, call next(), do what the Step says, report the outcome with the function that
// the Step names, call next() again. Text for the peer gathers in output(): write it out and clear it on NeedInput,
// Flush, StartTls and Close, and whenever it has grown large while a message is sent. Replies to pipelined commands so
// leave in one write. Calling a function that does not answer the pending Step throws std::logic_error.
// Not thread-safe.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/protocol_observer.hpp"
#include "pop3/command.hpp"
#include "pop3/language.hpp"
#include "pop3/line_buffer.hpp"
#include "pop3/reply.hpp"

namespace restante::pop3 {

struct ServerOptions {
    struct Mechanism {
        std::string name;
        bool sends_password = true;  // offered under TLS only, unless allow_plaintext_login
        bool needs_tls = false;      // never offered in clear: it binds to the TLS connection
    };
    std::string banner = "Restante POP3 server ready";  // without '<': that would announce APOP
    std::string implementation = "Restante";            // told after login only
    std::vector<Mechanism> mechanisms;                  // for AUTH, in the order in which they are listed
    bool offer_stls = true;                             // while the session is in clear
    bool allow_plaintext_login = false;                 // USER, PASS and password mechanisms without TLS
    bool login_needs_tls = false;                       // no login of any kind without TLS
    bool mechanisms_only = false;                       // no USER, PASS and APOP: they are bound to no TLS connection
    std::size_t max_command_line = 255;                 // octets with CRLF (RFC 2449 4)
    std::size_t max_sasl_line = 12'288;                 // octets with CRLF, during AUTH (RFC 5034 4)
    std::size_t max_discarded = 1 << 20;                // octets of one too long line before the session is closed
    std::size_t max_login_failures = 5;                 // refused logins before the session is closed; 0: no limit
    std::size_t max_errors = 50;                        // faulty commands before login until it is closed; 0: no limit
    /// What holds for accounts unless they say otherwise; announced before login (RFC 2449 6.5, 6.7).
    struct Policy {
        std::uint32_t login_delay = 0;  // seconds between logins; 0: none
        std::uint32_t expire_days = 0;  // how long mail is kept at least; 0: NEVER expires
    } policy;
    std::size_t flush_at = 64 * 1024;  // octets of output after which next() asks for a Flush
};

/// The messages of an opened maildrop, in order, fixed while the session lasts. Owned by the agent.
class Listing {
public:
    virtual ~Listing() = default;
    virtual std::size_t count() const = 0;
    virtual std::uint64_t octets(std::size_t index) const = 0;  // as RETR sends it, before dot-stuffing
    virtual void append_uidl(std::size_t index, std::string& out) const = 0;
};

struct NeedInput {};   // write output(), read, feed()
struct Flush {};       // write output(), go on
struct StartTls {};    // write output(), shake hands, tls_started(); if that fails: close the connection
struct Authenticate {  // USER and PASS: authenticated() or refuse()
    std::string name, password;
};
struct Apop {  // RFC 1939 7: authenticated() or refuse()
    std::string name, digest;  // 32 lower-case hex digits, over apop_stamp() and the shared secret
};
struct SaslStart {                       // sasl_challenge(), authenticated() or refuse()
    std::string mechanism;               // as in the options
    std::optional<std::string> initial;  // decoded
};
struct SaslResponse {  // the same
    std::string bytes;
};
struct OpenMaildrop {};  // of the one just authenticated: maildrop_opened() or refuse()
struct ReadMessage {     // begin_message(), text into output() through a DotStuffer, end_message(); or refuse()
    std::size_t index = 0;
    std::optional<std::uint64_t> body_lines;  // TOP; otherwise the whole message
};
struct CommitDeletes {                 // QUIT: deletes_committed() or refuse()
    std::vector<std::size_t> indices;  // never empty, ascending
};
enum class CloseReason { quit, too_many_failures, too_many_errors, flood };
struct Close {  // give the maildrop back, write output(), close; next() must not be called again
    CloseReason reason = CloseReason::quit;
};
using Step = std::variant<NeedInput, Flush, StartTls, Authenticate, Apop, SaslStart, SaslResponse, OpenMaildrop, ReadMessage,
                          CommitDeletes, Close>;

class ServerMachine {
public:
    /// options must outlive the machine. tls: the connection is under TLS already. The greeting is in output().
    /// apop_stamp: "<unique@host>", never used before; empty: no APOP.
    ServerMachine(const ServerOptions& options, bool tls, std::string apop_stamp = {});

    /// Hears what is said from now on; must live as long as the machine is used. The greeting is told at once.
    void observe(ProtocolObserver& observer);
    void feed(std::string_view bytes) { lines_.feed(bytes); }
    Step next();
    std::string& output() { return output_; }

    void tls_started();
    void sasl_challenge(std::string_view bytes);
    void authenticated();
    /// listing must live as long as the machine is used. policy: of this account.
    void maildrop_opened(const Listing& listing, ServerOptions::Policy policy);
    void maildrop_opened(const Listing& listing) { maildrop_opened(listing, options_.policy); }
    void begin_message();
    void end_message();
    void deletes_committed();
    /// "No" to whatever is pending. A refused login counts towards max_login_failures, a maildrop in use does not.
    void refuse(const Refusal& refusal);

    /// What the last faulty command before login was told; empty: there was none.
    std::string_view last_fault() const { return last_fault_; }
    /// The client has said that it takes UTF-8 in headers and names (RFC 6856 2).
    bool utf8_enabled() const { return utf8_; }
    State state() const { return state_; }
    bool tls() const { return tls_; }
    const std::string& apop_stamp() const { return apop_stamp_; }
    /// Whether a mechanism of this name is offered now.
    bool offers(std::string_view mechanism) const;
    /// Whether a command is half read: an idle deadline need not be moved forward for single octets.
    bool mid_command() const { return !lines_.empty(); }

private:
    enum class Pending { none, tls, login, sasl, authenticated, maildrop, message, message_text, commit };
    using Handled = std::optional<Step>;  // nothing: answered, go on

    Handled handle_line(std::string_view line);
    Handled obey(std::string_view line);
    Handled handle_overlong(LineBuffer::Status status);
    Handled handle_sasl(std::string_view line);
    Handled dispatch(const Command& command);
    Handled fault(const Refusal& refusal);
    Handled user(const Command& command);
    Handled pass(const Command& command);
    Handled auth(const Command& command);
    Handled apop(const Command& command);
    Handled stls();
    Handled read(const Command& command);
    Handled quit();
    void capa();
    void stat();
    void dele(const Command& command);
    void rset();
    void list(const Command& command);
    void list_mechanisms();
    void announce_policy();
    void utf8();
    void lang(const Command& command);
    bool go_on_listing();

    bool passwords_usable() const { return tls_ || (options_.allow_plaintext_login && !options_.login_needs_tls); }
    bool user_usable() const { return passwords_usable() && !options_.mechanisms_only; }
    bool usable(const ServerOptions::Mechanism& mechanism) const;
    const ServerOptions::Mechanism* find_mechanism(std::string_view name) const;
    bool is_deleted(std::size_t index) const { return !deleted_.empty() && deleted_[index]; }
    std::optional<std::size_t> message(const Command& command);
    void count_octets();
    Step wait_for(Pending what, Step step);
    Step close(CloseReason reason);
    void answered(Pending what);
    void tell(std::size_t from);
    void settle(const Refusal& refusal);

    const ServerOptions& options_;
    LineBuffer lines_;
    ProtocolObserver* observer_ = nullptr;
    std::string output_;
    State state_ = State::authorization;
    Pending pending_ = Pending::none;
    bool tls_;
    bool closing_ = false;  // close as soon as the output is with the agent
    CloseReason reason_ = CloseReason::quit;
    std::size_t failures_ = 0, errors_ = 0;
    Language language_ = Language::english;
    bool utf8_ = false;
    std::string_view last_fault_;  // of says
    std::string user_;
    const std::string apop_stamp_;
    ServerOptions::Policy policy_;  // of the account, once its maildrop is open

    const Listing* listing_ = nullptr;
    std::vector<bool> deleted_;                      // empty until the first DELE
    std::size_t live_ = 0;                           // messages not marked as deleted
    std::optional<std::uint64_t> octets_;            // of those; counted when first asked for
    std::optional<std::uint64_t> retrieved_octets_;  // of the message pending, for its first line; none for TOP
    std::size_t at_ = 0;                             // next index of the listing under way
    enum class Multi { none, list, uidl } multi_ = Multi::none;
};

}  // namespace restante::pop3
