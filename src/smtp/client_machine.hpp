#pragma once
// The client's side of SMTP without I/O, for relaying and for submitting: one session, any number of messages.
//
// Whoever owns the machine loops over next(): write what Send holds; on NeedInput read, at most timeout() seconds, and
// receive(); on Ready call begin() or quit(); on NeedData call data() for each chunk and end_data() after the last; on
// Finished look at outcomes(). Not thread-safe. Views are valid until the next call.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "message/envelope.hpp"
#include "sasl/client.hpp"
#include "smtp/dot_stuffing.hpp"
#include "smtp/reply.hpp"
#include "smtp/reply_reader.hpp"
#include "smtp/server_machine.hpp"

namespace restante::smtp {

struct ClientOptions {
    enum class Tls {
        never,
        if_offered,  // relaying: encrypted with anyone is better than not at all (RFC 3207 4.1)
        required,    // STARTTLS or no mail
        implicit,    // the connection is under TLS already
    };
    std::string client_name = "localhost";  // for EHLO
    Tls tls = Tls::if_offered;
    std::optional<sasl::ClientLogin> login;
    bool auth_without_tls = false;  // send the password in clear
    ReplyReader::Limits reply;
};

/// One message to send.
struct ClientMail {
    message::Envelope envelope;
    std::optional<std::uint64_t> size;  // octets, about; for SIZE=
    bool eight_bit = false;             // has octets over 127
    /// The header or an address has them: SMTPUTF8 is needed (RFC 6531 3.4). Without it a recipient whose own address
    /// is not ASCII is refused, the others are not.
    bool utf8 = false;
};

/// What became of one recipient, in the envelope's order.
struct RecipientOutcome {
    enum class Kind { delivered, temporary, permanent };
    Kind kind = Kind::temporary;
    Reply reply;  // the server's, or one made here when it could not be asked (code and enhanced code fit the kind)
};

struct Ready {};
struct NeedData {};
struct Finished {};
/// The session is of no more use; close it. Recipients without an answer have a temporary outcome.
struct Broken {
    Error error;
    Reply reply;  // the server's words, code 0 if it was not a reply
};
using ClientStep = std::variant<NeedInput, Send, StartTls, Ready, NeedData, Finished, Close, Broken>;

class ClientMachine {
public:
    explicit ClientMachine(ClientOptions options);

    ClientStep next();
    void receive(std::string_view bytes) { replies_.feed(bytes); }
    /// binding: of the new connection, for logins that are bound to it.
    void tls_started(sasl::ChannelBindings binding = {});

    void begin(ClientMail mail);
    void data(std::string_view chunk) { stuffing_.encode(chunk, output_); }
    void end_data();
    void quit();
    /// The connection is gone or too slow: next() gives Broken, and recipients without an answer may be tried later.
    void lost(Error error);

    const std::vector<RecipientOutcome>& outcomes() const { return outcomes_; }
    /// How long the reply that is waited for may take, in seconds (RFC 5321 4.5.3.2).
    unsigned timeout() const;
    bool tls() const { return tls_; }
    /// The server takes over the duty to notify (RFC 3461 4): it was told what the envelope says of that.
    bool offers_dsn() const { return extensions_.dsn; }

private:
    enum class State : std::uint8_t {
        greeting,
        ehlo,
        helo,
        starttls,
        tls,
        auth,
        ready,
        reset,
        envelope,
        data,
        sending,
        end_data,
        finished,
        quit,
        closed,
        broken
    };
    struct Extensions {
        bool starttls = false, pipelining = false, size = false, eight_bit = false;
        bool dsn = false, smtputf8 = false, require_tls = false;
        std::vector<std::string> auth;  // mechanisms
        std::uint64_t max_size = 0;  // 0: not said
    };

    ClientStep take_output();
    void on_reply(Reply reply);
    void on_greeting(const Reply& reply);
    void on_hello(const Reply& reply);
    void on_starttls(const Reply& reply);
    void on_auth(const Reply& reply);
    void on_envelope(Reply reply);
    void on_data(const Reply& reply);
    void on_end(const Reply& reply);
    void read_extensions(const Reply& reply);
    void after_hello();
    void start_auth();
    void send_envelope();
    void send_next_path();
    std::string mail_command() const;
    std::string recipient_command(const message::Recipient& recipient) const;
    std::optional<Reply> obstacle() const;
    bool sendable();
    void settle(const Reply& reply);
    void end_envelope();
    void fail(ErrorKind kind, std::string detail, const Reply& reply = {});
    void send(std::string line, State next);

    ClientOptions options_;
    ReplyReader replies_;
    DotStuffing stuffing_;
    Extensions extensions_;
    State state_ = State::greeting;
    bool tls_;
    bool open_transaction_ = false;
    std::string output_, sending_;
    std::unique_ptr<sasl::ClientMechanism> mechanism_;
    std::optional<std::string> withheld_;  // initial response too long for the AUTH line
    ClientMail mail_;
    std::vector<RecipientOutcome> outcomes_;
    std::vector<bool> accepted_;
    std::size_t asked_ = 0, answered_ = 0;  // of the envelope's commands: 0 is MAIL, then the recipients
    Broken broken_;
};

}  // namespace restante::smtp
