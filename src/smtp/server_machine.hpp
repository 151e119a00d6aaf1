#pragma once
// The server's side of SMTP (RFC 5321) without I/O: bytes in, the next Step out.
//
// Whoever owns the machine loops: perform next()'s step and, where the step says so, resume() the machine with the
// outcome. After NeedInput, read into input_space() and report with received(). Not thread-safe. Views and pointers in
// a step are valid until the next call.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/protocol_observer.hpp"
#include "message/envelope.hpp"
#include "smtp/chunk_decoder.hpp"
#include "smtp/command.hpp"
#include "smtp/data_decoder.hpp"
#include "smtp/input_buffer.hpp"
#include "smtp/reply.hpp"
#include "smtp/server_options.hpp"

namespace restante::smtp {

/// Nothing to do before more bytes come.
struct NeedInput {};
/// Write these; the replies of pipelined commands come as one.
struct Send {
    std::string_view bytes;
};
/// Do a TLS handshake, then call tls_started(); close if it fails. Bytes already read are not part of it.
struct StartTls {};
/// AUTH: auth_challenge() or resume() with 235, 501, 535, 454 or 421.
struct SaslStart {
    std::string mechanism;               // as in the options
    std::optional<std::string> initial;  // decoded
};
/// The answer to a challenge; the same.
struct SaslResponse {
    std::string bytes;
};
/// May this sender send now? resume() with 250, 4xx or 5xx. sender is null for the null reverse-path.
struct CheckSender {
    const message::Address* sender;
    std::optional<std::uint64_t> size;  // as declared, already within the limit
};
/// Is this recipient taken? resume() with 250, 4xx or 5xx. Never null.
struct CheckRecipient {
    const message::Address* recipient;
};
/// DATA or the first BDAT: get ready to store. resume() with 354, 4xx or 5xx.
struct BeginData {};
/// Decoded octets of the message. Nothing to resume; refuse_data() if they cannot be stored.
struct DataChunk {
    std::string_view bytes;
};
/// The message is complete: store it for envelope(). resume() with 250 only when it is durable, else 4xx or 5xx; on
/// LMTP resume_each().
struct Deliver {};
/// The message was refused while it came in, or given up between two chunks; drop what was stored of it. Nothing to
/// resume.
struct DiscardData {};
/// Close the connection; whatever was to be sent has been.
struct Close {
    enum class Reason { quit, errors, authentication, protocol, shutdown, refused };
    Reason reason;
};
using Step = std::variant<NeedInput, Send, StartTls, SaslStart, SaslResponse, CheckSender, CheckRecipient, BeginData,
                          DataChunk, Deliver, DiscardData, Close>;

/// What is known about the client; for trace fields, policy and the log.
struct Session {
    bool tls = false;
    bool esmtp = false;
    bool lmtp = false;
    bool authenticated = false;
    bool vouched = false;            // may send without AUTH, see ServerMachine::vouch()
    std::string client_name;         // of EHLO, HELO or LHLO, empty before
    bool spoke_early = false;        // sent bytes before the greeting
    bool injected_in_clear = false;  // sent bytes behind STARTTLS; they were thrown away
};

class ServerMachine {
public:
    /// options must outlive the machine. tls: implicit TLS, the handshake is done.
    ServerMachine(const ServerOptions& options, bool tls);

    /// The greeting comes first. Not to be called while an outcome is awaited.
    Step next();
    /// The outcome of the last SaslStart, SaslResponse, CheckSender, CheckRecipient, BeginData or Deliver. 421 closes.
    void resume(const Reply& outcome);
    /// The outcome of a Deliver on LMTP for each recipient, in the envelope's order.
    void resume_each(std::span<const Reply> outcomes);
    void tls_started();
    /// Send this challenge; the answer comes as SaslResponse.
    void auth_challenge(std::string_view bytes);
    /// During DATA or BDAT, any time before Deliver: read on, give no more chunks, then answer this.
    void refuse_data(Reply reply);
    /// This client needs no AUTH to send.
    void vouch() { session_.vouched = true; }
    /// End with 421 once the current command is answered (at once between commands).
    void shut_down() { stopping_ = true; }
    /// The same with this 421.
    void shut_down(Reply reply) {
        stopping_ = true;
        goodbye_ = std::move(reply);
    }

    /// Hears the commands from now on, passwords taken out; must live as long as the machine is used.
    void observe(ProtocolObserver& observer) { observer_ = &observer; }
    std::span<char> input_space();
    void received(std::size_t count);

    const Session& session() const { return session_; }
    /// Whether a mechanism of this name is offered now.
    bool offers(std::string_view mechanism) const;
    const message::Envelope& envelope() const { return envelope_; }
    /// For the agent that has just got Deliver; the machine forgets it anyway.
    message::Envelope take_envelope() { return std::move(envelope_); }
    bool in_data() const { return state_ == State::data || state_ == State::chunk; }
    /// Commands and authentication lines so far: moves a watchdog that dripping bytes cannot move.
    std::uint64_t lines() const { return lines_; }
    /// Between commands and nothing received of the next: may be stopped without losing anything.
    bool idle() const;

private:
    /// chunk: inside the octets of BDAT; chunks: between two of them.
    enum class State : std::uint8_t { greeting, hello, ready, mail, rcpt, data, chunk, chunks, auth, tls, closing };
    enum class Awaited : std::uint8_t { nothing, sender, recipient, data, chunk, delivery, authentication };
    using Outcome = std::optional<Step>;  // empty: go on with the next line
    struct Rule;

    static const Rule* rule_of(Verb verb);

    // Lines (server_machine.cpp)
    void greet();
    Step flush();
    Step await(Awaited what, Step step);
    std::optional<std::string_view> take_line();
    std::optional<std::string_view> start_discarding();
    bool finish_discarding();
    std::size_t line_limit();
    void say(const Reply& reply);
    void refuse(const Reply& reply);
    void close(const Reply& reply, Close::Reason reason);
    void reset_transaction();

    // Messages (server_data.cpp)
    Step next_data();
    Step finish_data();
    Outcome on_bdat(const Command& command);
    void begin_chunks(const Reply& outcome);
    Outcome next_chunk();
    Outcome finish_chunk();
    Outcome finish_chunks();
    void refuse_message();
    void say_for_each(const Reply& reply, std::size_t recipients);
    void on_delivery(const Reply& outcome);

    // Commands (server_commands.cpp)
    Outcome on_line(std::string_view line);
    Outcome on_command(const Command& command);
    std::optional<Reply> objection(const Command& command) const;
    Offered offered() const;
    Outcome perform(const Command& command);
    void on_hello(const Command& command);
    Outcome on_mail(std::string_view argument);
    Outcome on_rcpt(std::string_view argument);
    void on_sender(const Reply& outcome);
    void on_recipient(const Reply& outcome);
    void on_starttls();

    // AUTH (server_auth.cpp)
    bool auth_configured() const;
    const ServerOptions::Mechanism* find_mechanism(std::string_view name) const;
    bool usable(const ServerOptions::Mechanism& mechanism) const;
    std::string mechanisms() const;
    Outcome on_auth(std::string_view argument);
    Outcome on_auth_line(std::string_view line);
    void on_authentication(const Reply& outcome);

    const ServerOptions& options_;
    InputBuffer input_;
    ProtocolObserver* observer_ = nullptr;
    std::string replies_, sending_;
    Session session_;
    State state_ = State::greeting;
    Awaited awaited_ = Awaited::nothing;
    bool stopping_ = false, discarding_ = false;
    Close::Reason close_reason_ = Close::Reason::quit;
    std::size_t scanned_ = 0, discarded_ = 0;
    std::size_t errors_ = 0, refused_recipients_ = 0, auth_failures_ = 0;
    std::uint64_t lines_ = 0;
    message::Envelope envelope_;
    message::Recipient candidate_;
    std::optional<DataDecoder> decoder_;
    std::optional<Reply> data_refusal_;
    std::optional<Reply> goodbye_;

    std::optional<ChunkDecoder> chunks_;  // a message by BDAT has been begun
    BdatArgument chunk_;                  // what is left of it
    std::optional<Reply>
        chunk_refusal_;  // of a chunk that came out of order: its octets are read, nothing else happens
    State before_chunk_ = State::ready;
    bool abandoned_ = false;      // a message by BDAT has been given up, and the agent does not know
    std::size_t delivering_ = 0;  // recipients of the message that is being delivered
};

}  // namespace restante::smtp
