#include "smtp/client_machine.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "smtp/timeouts.hpp"
#include "smtp/xtext.hpp"

namespace restante::smtp {
namespace {

using Kind = RecipientOutcome::Kind;

Kind kind_of(const Reply& reply) {
    if (reply.code >= 200 && reply.code < 300) return Kind::delivered;
    return reply.permanent() ? Kind::permanent : Kind::temporary;
}

/// Nothing in it ends a line; with 8-bit characters only where SMTPUTF8 was agreed on.
bool sendable_address(const message::Address& address, bool utf8) {
    const auto printable = [utf8](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u >= 0x20 && u != 0x7F && (utf8 || u < 0x80);
    };
    return std::all_of(address.local_part.begin(), address.local_part.end(), printable) &&
           std::all_of(address.domain.begin(), address.domain.end(), [&](char c) { return c != ' ' && printable(c); });
}

bool is_ascii(const message::Address& address) { return sendable_address(address, false); }

}  // namespace

ClientMachine::ClientMachine(ClientOptions options)
    : options_(std::move(options)), replies_(options_.reply), tls_(options_.tls == ClientOptions::Tls::implicit) {}

ClientStep ClientMachine::next() {
    for (;;) {
        if (state_ == State::broken) return broken_;
        if (!output_.empty()) return take_output();
        switch (state_) {
            case State::tls:
                return StartTls{};
            case State::ready:
                if (!replies_.pending()) return Ready{};
                fail(ErrorKind::protocol, "the server sent a reply that no command asked for");
                continue;
            case State::sending:
                return NeedData{};
            case State::finished:
                state_ = State::ready;
                return Finished{};
            case State::closed:
                return Close{Close::Reason::quit};
            default:
                break;
        }
        auto reply = replies_.next();
        if (replies_.broken()) {
            fail(ErrorKind::protocol, "the server's reply is not SMTP");
        } else if (reply) {
            on_reply(std::move(*reply));
        } else {
            return NeedInput{};
        }
    }
}

ClientStep ClientMachine::take_output() {
    sending_.swap(output_);
    output_.clear();
    return Send{sending_};
}

void ClientMachine::on_reply(Reply reply) {
    if (reply.code == 421) {  // RFC 5321 3.8: may come instead of any reply
        if (state_ == State::quit)
            state_ = State::closed;
        else
            fail(ErrorKind::unavailable, "the server closes the session: " + escape_for_log(reply.text), reply);
        return;
    }
    switch (state_) {
        case State::greeting:
            return on_greeting(reply);
        case State::ehlo:
        case State::helo:
            return on_hello(reply);
        case State::starttls:
            return on_starttls(reply);
        case State::auth:
            return on_auth(reply);
        case State::reset:
            return send_envelope();
        case State::envelope:
            return on_envelope(std::move(reply));
        case State::data:
            return on_data(reply);
        case State::end_data:
            return on_end(reply);
        case State::quit:
            state_ = State::closed;
            return;
        default:
            return;
    }
}

void ClientMachine::tls_started(sasl::ChannelBindings binding) {
    tls_ = true;
    if (options_.login) options_.login->binding = std::move(binding);
    extensions_ = {};  // RFC 3207 4.2: what was said in clear does not count
    send("EHLO " + options_.client_name, State::ehlo);
}

void ClientMachine::begin(ClientMail mail) {
    mail_ = std::move(mail);
    outcomes_.assign(mail_.envelope.recipients.size(), {});
    accepted_.assign(outcomes_.size(), false);
    asked_ = answered_ = 0;
    stuffing_ = {};
    if (!sendable()) {
        state_ = State::finished;
    } else if (open_transaction_) {
        send("RSET", State::reset);
    } else {
        send_envelope();
    }
}

/// Why this server cannot be given the message at all.
std::optional<Reply> ClientMachine::obstacle() const {
    const auto& from = mail_.envelope.reverse_path;
    if (!extensions_.smtputf8 && (mail_.utf8 || (from && !is_ascii(*from))))
        return Reply{553,
                     {5, 6, 7},
                     "The sender's address or the header is not ASCII, and the next server does not offer SMTPUTF8"};
    if (mail_.eight_bit && !extensions_.eight_bit)
        return Reply{554, {5, 6, 3}, "The message has 8-bit text, and the next server does not offer 8BITMIME"};
    if (extensions_.max_size > 0 && mail_.size.value_or(0) > extensions_.max_size)
        return Reply{552, {5, 3, 4}, "The message is larger than the next server takes"};
    if (mail_.envelope.require_tls && !(tls_ && extensions_.require_tls))  // RFC 8689 4.2.1
        return Reply{554, {5, 7, 30}, "The sender requires TLS, and the next server does not offer REQUIRETLS"};
    return std::nullopt;
}

/// False, with outcomes, if there is nothing to ask for.
bool ClientMachine::sendable() {
    if (const auto why = obstacle()) {
        settle(*why);
        return false;
    }
    return !outcomes_.empty();
}

/// The same answer for every recipient that has none of its own.
void ClientMachine::settle(const Reply& reply) {
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
        if (accepted_[i] || outcomes_[i].reply.code == 0) outcomes_[i] = {kind_of(reply), reply};
}

void ClientMachine::end_data() {
    stuffing_.finish(output_);
    state_ = State::end_data;
}

void ClientMachine::lost(Error error) {
    if (state_ == State::quit)
        state_ = State::closed;
    else if (state_ != State::broken && state_ != State::closed)
        fail(error.kind, std::move(error.detail));
}

void ClientMachine::quit() { send("QUIT", State::quit); }

unsigned ClientMachine::timeout() const {
    switch (state_) {
        case State::greeting:
            return timeouts::greeting;
        case State::envelope:
            return answered_ == 0 ? timeouts::mail : timeouts::rcpt;
        case State::data:
            return timeouts::data_start;
        case State::sending:
            return timeouts::data_block;
        case State::end_data:
            return timeouts::data_end;
        case State::quit:
            return timeouts::quit;
        default:
            return timeouts::hello;
    }
}

void ClientMachine::fail(ErrorKind kind, std::string detail, const Reply& reply) {
    const bool temporary = !reply.permanent();
    broken_ = {Error{kind, std::move(detail), temporary ? Retry::later : Retry::never}, reply};
    for (auto& outcome : outcomes_)
        if (outcome.reply.code == 0) outcome = {Kind::temporary, {451, {4, 4, 2}, broken_.error.detail}};
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
        if (accepted_[i]) outcomes_[i] = {Kind::temporary, {451, {4, 4, 2}, broken_.error.detail}};
    state_ = State::broken;
    output_.clear();
}

void ClientMachine::send(std::string line, State next) {
    output_ += line;
    output_ += "\r\n";
    state_ = next;
}

// --- the envelope and the text

std::string ClientMachine::mail_command() const {
    std::string line = "MAIL FROM:<";
    if (mail_.envelope.reverse_path) line += mail_.envelope.reverse_path->to_string();
    line += '>';
    if (extensions_.size && mail_.size) line += " SIZE=" + std::to_string(*mail_.size);
    if (extensions_.eight_bit && mail_.eight_bit) line += " BODY=8BITMIME";
    const bool utf8 = mail_.utf8 || (mail_.envelope.reverse_path && !is_ascii(*mail_.envelope.reverse_path)) ||
                      std::any_of(mail_.envelope.recipients.begin(), mail_.envelope.recipients.end(),
                                  [](const message::Recipient& r) { return !is_ascii(r.address); });
    if (extensions_.smtputf8 && utf8) line += " SMTPUTF8";
    if (mail_.envelope.require_tls) line += " REQUIRETLS";
    if (!extensions_.dsn) return line;
    if (mail_.envelope.ret != message::Ret::unspecified)
        line += mail_.envelope.ret == message::Ret::full ? " RET=FULL" : " RET=HDRS";
    if (!mail_.envelope.envid.empty()) line += " ENVID=" + encode_xtext(mail_.envelope.envid);
    return line;
}

std::string ClientMachine::recipient_command(const message::Recipient& recipient) const {
    std::string line = "RCPT TO:<" + recipient.address.to_string() + ">";
    if (!extensions_.dsn) return line;
    const message::Notify& notify = recipient.notify;
    std::string when = notify.never ? "NEVER" : "";
    for (const auto& [wanted, word] :
         {std::pair(notify.success, "SUCCESS"), {notify.failure, "FAILURE"}, {notify.delay, "DELAY"}})
        if (wanted && !notify.never) (when += when.empty() ? "" : ",") += word;
    if (!when.empty()) line += " NOTIFY=" + when;
    if (recipient.orcpt) line += " ORCPT=" + recipient.orcpt->type + ";" + encode_xtext(recipient.orcpt->address);
    return line;
}

void ClientMachine::send_envelope() {
    state_ = State::envelope;
    open_transaction_ = true;
    do send_next_path();
    while (extensions_.pipelining && asked_ <= outcomes_.size());
}

void ClientMachine::send_next_path() {
    if (asked_ == 0) {
        send(mail_command(), State::envelope);
    } else if (const auto& to = mail_.envelope.recipients[asked_ - 1];
               sendable_address(to.address, extensions_.smtputf8)) {
        send(recipient_command(to), State::envelope);
    } else {  // the command stands for it, so that replies keep their order
        outcomes_[asked_ - 1] = {
            Kind::permanent, {553, {5, 6, 7}, "The address is not ASCII, and the next server does not offer SMTPUTF8"}};
        send("NOOP", State::envelope);
    }
    ++asked_;
}

void ClientMachine::on_envelope(Reply reply) {
    if (answered_ == 0) {
        if (kind_of(reply) != Kind::delivered) settle(reply);
    } else if (auto& outcome = outcomes_[answered_ - 1]; outcome.reply.code == 0) {
        accepted_[answered_ - 1] = kind_of(reply) == Kind::delivered;
        outcome = {kind_of(reply), std::move(reply)};
    }
    ++answered_;
    const bool refused =
        answered_ == 1 && !outcomes_.empty() && outcomes_[0].reply.code != 0 && !extensions_.pipelining;
    if (answered_ > outcomes_.size() || refused) return end_envelope();
    if (asked_ == answered_) send_next_path();
}

void ClientMachine::end_envelope() {
    if (std::find(accepted_.begin(), accepted_.end(), true) == accepted_.end()) {
        state_ = State::finished;
    } else {
        send("DATA", State::data);
    }
}

void ClientMachine::on_data(const Reply& reply) {
    if (reply.code == 354) {
        state_ = State::sending;
        return;
    }
    settle(kind_of(reply) == Kind::delivered ? Reply{451, {4, 5, 0}, "Unexpected reply to DATA"} : reply);
    state_ = State::finished;
}

void ClientMachine::on_end(const Reply& reply) {
    settle(reply);
    open_transaction_ = false;
    state_ = State::finished;
}

}  // namespace restante::smtp
