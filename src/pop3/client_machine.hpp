#pragma once
// One POP3 session on the client's side, protocol only (RFC 1939, 2449, 2595, 3206, 5034). No I/O, no clock.
//
// How to drive it: call next() and do what the ClientStep says; write output() out and clear it before reading.
// Greeting, capabilities and STLS go by themselves, then it asks who logs in (LogIn), then it waits for requests
// (Ready). After Ready several requests may be made at once if the server announced PIPELINING; answers come in order.
// What the server says is not trusted: lines and lists are bounded, talking ahead of a request ends the session, and so
// does anything in clear after the answer to STLS (CVE-2011-0411 class). Not thread-safe.
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "pop3/dot_codec.hpp"
#include "pop3/line_buffer.hpp"
#include "pop3/reply.hpp"

namespace restante::pop3 {

enum class ClientTls {
    implicit,         // the connection is under TLS from its first octet; the agent has seen to that
    stls,             // STLS, or the session fails: never a password in clear
    stls_if_offered,  // in clear if the server has no STLS: only where a person chose it
    none,             // in clear: only where a person chose it
};

struct ClientOptions {
    ClientTls tls = ClientTls::implicit;
    std::size_t max_line = 4096;          // octets of one line of a response, message texts apart (RFC 2449 4: 512)
    std::size_t max_discarded = 1 << 20;  // octets of one longer line before the session fails
    std::size_t max_listed = 1'000'000;   // lines of one LIST or UIDL
    std::size_t max_capabilities = 200;   // lines of CAPA
};

struct Capabilities {
    bool known = false;  // false: the server does not know CAPA
    bool top = false, uidl = false, user = false, stls = false, pipelining = false, resp_codes = false;
    std::vector<std::string> sasl;  // upper case
    std::string implementation;
};

struct Listed {
    std::uint64_t number = 0;
    std::uint64_t octets = 0;  // as the server claims; many are wrong
};
struct Identified {
    std::uint64_t number = 0;
    std::string uidl;  // 1 octet at least; not necessarily unique
};

enum class RequestKind : std::uint8_t {
    greeting,
    capa,
    stls,
    user,
    pass,
    auth,
    stat,
    list,
    uidl,
    top,
    retr,
    dele,
    rset,
    noop,
    quit
};

namespace client {
struct NeedInput {};    // write output(), read, feed() or input_ended()
struct StartTls {};     // shake hands and verify the certificate, then tls_started()
struct LogIn {};        // look at capabilities(), then login() or login_sasl(); or quit()
struct SaslChallenge {  // sasl_response() or sasl_cancel()
    std::string bytes;  // decoded
};
struct Ready {};  // logged in, nothing outstanding: make requests
struct MaildropSize {
    std::uint64_t messages = 0, octets = 0;
};
struct Listing {
    std::vector<Listed> messages;
};
struct Uidls {
    std::vector<Identified> messages;
};
struct MessageText {
    std::uint64_t number = 0;
};  // more of it is in text(): take it and clear it
struct MessageEnd {
    std::uint64_t number = 0;
};  // all of it has been in text()
struct Done {
    RequestKind request;
    std::uint64_t number = 0;
};                // DELE, RSET, NOOP
struct Refused {  // -ERR to a request or to a login; the session goes on
    RequestKind request;
    std::uint64_t number = 0;
    ResponseCode code = ResponseCode::none;
    std::string text;
};
struct Finished {};  // QUIT was answered with +OK: what was marked is deleted. Close the connection
struct Failed {      // close the connection; nothing that was marked is known to be deleted
    Error error;
    ResponseCode code = ResponseCode::none;  // of a greeting that refuses
};
}  // namespace client
using ClientStep =
    std::variant<client::NeedInput, client::StartTls, client::LogIn, client::SaslChallenge, client::Ready,
                 client::MaildropSize, client::Listing, client::Uidls, client::MessageText, client::MessageEnd,
                 client::Done, client::Refused, client::Finished, client::Failed>;

class ClientMachine {
public:
    explicit ClientMachine(const ClientOptions& options);

    void feed(std::string_view bytes) { lines_.feed(bytes); }
    void input_ended();  // the server closed the connection
    ClientStep next();
    std::string& output() { return output_; }
    std::string& text() { return text_; }  // line ends are CRLF

    void tls_started();
    const Capabilities& capabilities() const { return capabilities_; }
    bool tls() const { return tls_; }

    /// Answers to LogIn. invalid: the credentials hold octets that would break the line.
    Result<void> login(std::string_view name, std::string_view password);
    /// initial: undecoded bytes; sent with the command if they fit in its line, else when asked for.
    Result<void> login_sasl(std::string_view mechanism, std::optional<std::string> initial);
    void sasl_response(std::string_view bytes);
    void sasl_cancel();

    /// Requests; only after Ready (std::logic_error otherwise), quit() after LogIn too.
    void stat() { request(RequestKind::stat, "STAT"); }
    void list() { request(RequestKind::list, "LIST"); }
    void uidl() { request(RequestKind::uidl, "UIDL"); }
    void retr(std::uint64_t number);
    void top(std::uint64_t number, std::uint64_t body_lines);
    void dele(std::uint64_t number);
    void rset() { request(RequestKind::rset, "RSET"); }
    void noop() { request(RequestKind::noop, "NOOP"); }
    void quit();

private:
    struct Request {
        RequestKind kind;
        std::uint64_t number = 0;
    };
    enum class Phase { connecting, handshake, choosing, logging_in, challenged, ready, over };
    using Handled = std::optional<ClientStep>;  // nothing: go on

    void request(RequestKind kind, std::string_view line, std::uint64_t number = 0);
    void send(RequestKind kind, std::string_view line, std::uint64_t number = 0);
    ClientStep idle();
    Handled handle_line(std::string_view line);
    Handled positive(std::string_view text);
    Handled negative(std::string_view line);
    Handled capa_done();
    Handled stls_refused();
    Handled challenge(std::string_view line);
    Handled list_line(std::string_view line);
    Handled list_done();
    Handled take_text();
    Handled overlong(LineBuffer::Status status);
    ClientStep fail_with(ErrorKind kind, std::string detail, ResponseCode code = ResponseCode::none);
    void take_capability(std::string_view line);

    ClientOptions options_;
    LineBuffer lines_;
    std::string output_, text_;
    std::deque<Request> outstanding_;
    Phase phase_ = Phase::connecting;
    bool tls_;
    bool lf_only_ = false;
    bool ended_ = false;
    bool multi_ = false;                     // in the lines of the response to outstanding_.front()
    std::optional<DotUnstuffer> unstuffer_;  // in its text
    Capabilities capabilities_;
    std::string password_;                 // between USER and PASS
    std::optional<std::string> withheld_;  // initial response too long for the AUTH line
    std::string challenge_;
    std::vector<Listed> listed_;
    std::vector<Identified> identified_;
    std::size_t lines_seen_ = 0;
    std::optional<client::Failed> failed_;
};

}  // namespace restante::pop3
