#include "pop3/server_machine.hpp"

#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "pop3/redaction.hpp"

namespace restante::pop3 {

ServerMachine::ServerMachine(const ServerOptions& options, bool tls, std::string apop_stamp)
    : options_(options), lines_(options.max_discarded), tls_(tls), apop_stamp_(std::move(apop_stamp)) {
    append_ok(output_, apop_stamp_.empty() ? options_.banner : options_.banner + ' ' + apop_stamp_);
}

Step ServerMachine::next() {
    if (pending_ == Pending::authenticated) return wait_for(Pending::maildrop, OpenMaildrop{});
    if (pending_ != Pending::none || state_ == State::closed) throw std::logic_error("pop3: a step is still pending");
    for (;;) {
        if (closing_) return close(reason_);
        if (multi_ != Multi::none && !go_on_listing()) return Flush{};
        if (output_.size() >= options_.flush_at) return Flush{};
        std::string_view line;
        const std::size_t limit = state_ == State::sasl ? options_.max_sasl_line : options_.max_command_line;
        const LineBuffer::Status status = lines_.next(line, limit);
        if (status == LineBuffer::Status::none) return NeedInput{};
        Handled step = status == LineBuffer::Status::line ? handle_line(line) : handle_overlong(status);
        if (step) return std::move(*step);
    }
}

void ServerMachine::observe(ProtocolObserver& observer) {
    observer_ = &observer;
    tell(0);
}

/// The first line of what was said since.
void ServerMachine::tell(std::size_t from) {
    translate_answer(output_, from, language_);
    if (observer_ == nullptr || output_.size() <= from) return;
    const std::string_view said = std::string_view(output_).substr(from);
    observer_->sent(redacted_answer(said.substr(0, said.find('\r'))));
}

ServerMachine::Handled ServerMachine::handle_line(std::string_view line) {
    if (observer_ != nullptr) observer_->received(redacted(line, state_));
    const std::size_t before = output_.size();
    Handled step = obey(line);
    tell(before);
    return step;
}

ServerMachine::Handled ServerMachine::obey(std::string_view line) {
    if (state_ == State::sasl) return handle_sasl(line);
    Command command;
    switch (parse_command(line, state_, command)) {
        case Fault::none:
            return dispatch(command);
        case Fault::unknown:
            return fault(says::unknown_command);
        case Fault::syntax:
            return fault(says::syntax_error);
        case Fault::wrong_state:
            return fault(says::wrong_state);
    }
    return fault(says::unknown_command);
}

/// RFC 2449 4; during AUTH there is nothing sensible to go on with.
ServerMachine::Handled ServerMachine::handle_overlong(LineBuffer::Status status) {
    if (observer_ != nullptr) observer_->received("<line too long>");
    const std::size_t before = output_.size();
    if (status == LineBuffer::Status::too_long && state_ != State::sasl) {
        Handled step = fault(says::line_too_long);
        tell(before);
        return step;
    }
    append_refusal(output_, says::line_too_long);
    tell(before);
    return close(CloseReason::flood);
}

ServerMachine::Handled ServerMachine::dispatch(const Command& command) {
    switch (command.verb) {
        case Verb::user:
            return user(command);
        case Verb::pass:
            return pass(command);
        case Verb::auth:
            return auth(command);
        case Verb::apop:
            return apop(command);
        case Verb::stls:
            return stls();
        case Verb::retr:
        case Verb::top:
            return read(command);
        case Verb::quit:
            return quit();
        case Verb::capa:
            return capa(), std::nullopt;
        case Verb::stat:
            return stat(), std::nullopt;
        case Verb::list:
        case Verb::uidl:
            return list(command), std::nullopt;
        case Verb::dele:
            return dele(command), std::nullopt;
        case Verb::rset:
            return rset(), std::nullopt;
        case Verb::utf8:
            return utf8(), std::nullopt;
        case Verb::lang:
            return lang(command), std::nullopt;
        case Verb::noop:
            return append_ok(output_, ""), std::nullopt;
    }
    return fault(says::unknown_command);
}

/// RFC 1939 3: the session goes on. Before login not for ever: whoever talks another protocol is sent away.
ServerMachine::Handled ServerMachine::fault(const Refusal& refusal) {
    const bool last = state_ != State::transaction && options_.max_errors != 0 && ++errors_ >= options_.max_errors;
    if (state_ != State::transaction) last_fault_ = refusal.text;
    append_refusal(output_, last ? says::too_many_errors : refusal);
    if (!last) return std::nullopt;
    return close(CloseReason::too_many_errors);
}

Step ServerMachine::wait_for(Pending what, Step step) {
    pending_ = what;
    return step;
}

Step ServerMachine::close(CloseReason reason) {
    state_ = State::closed;
    lines_.clear();
    return Close{reason};
}

void ServerMachine::answered(Pending what) {
    if (pending_ != what) throw std::logic_error("pop3: this outcome was not asked for");
    pending_ = Pending::none;
}

void ServerMachine::tls_started() {
    answered(Pending::tls);
    // Whatever came in clear after STLS was never meant to be heard under TLS (CVE-2011-0411), and what was said
    // before, the USER name too, nobody has vouched for (RFC 2595 4).
    lines_.clear();
    user_.clear();
    utf8_ = false;
    state_ = State::authorization;
    tls_ = true;
}

void ServerMachine::sasl_challenge(std::string_view bytes) {
    answered(Pending::sasl);
    state_ = State::sasl;
    const std::size_t before = output_.size();
    ((output_ += "+ ") += base64_encode(bytes)) += "\r\n";
    tell(before);
}

void ServerMachine::authenticated() {
    if (pending_ != Pending::sasl) answered(Pending::login);
    pending_ = Pending::authenticated;
}

void ServerMachine::maildrop_opened(const Listing& listing, ServerOptions::Policy policy) {
    answered(Pending::maildrop);
    policy_ = policy;
    state_ = State::transaction;
    listing_ = &listing;
    live_ = listing.count();
    user_ = {};
    const std::size_t before = output_.size();
    output_ += "+OK ";
    append_number(output_, live_);
    output_ += live_ == 1 ? " message\r\n" : " messages\r\n";
    tell(before);
}

void ServerMachine::begin_message() {
    answered(Pending::message);
    pending_ = Pending::message_text;
    const std::size_t before = output_.size();
    output_ += "+OK";
    if (retrieved_octets_) {
        append_number(output_ += ' ', *retrieved_octets_);
        output_ += " octets";
    }
    output_ += "\r\n";
    tell(before);
}

void ServerMachine::end_message() { answered(Pending::message_text); }

void ServerMachine::deletes_committed() {
    answered(Pending::commit);
    const std::size_t before = output_.size();
    append_ok(output_, "Deleted and done");
    tell(before);
    closing_ = true;
}

void ServerMachine::refuse(const Refusal& refusal) {
    const std::size_t before = output_.size();
    settle(refusal);
    tell(before);
}

void ServerMachine::settle(const Refusal& refusal) {
    switch (std::exchange(pending_, Pending::none)) {
        case Pending::login:
        case Pending::sasl:
            append_refusal(output_, refusal);
            user_.clear();
            state_ = State::authorization;
            if (options_.max_login_failures == 0 || ++failures_ < options_.max_login_failures) return;
            reason_ = CloseReason::too_many_failures;
            closing_ = true;
            return;
        case Pending::maildrop:
            append_refusal(output_, refusal);
            user_.clear();
            state_ = State::authorization;
            return;
        case Pending::message:
            append_refusal(output_, refusal);
            return;
        case Pending::commit:  // RFC 1939 6: -ERR if a removal failed; the session ends either way
            append_refusal(output_, refusal);
            closing_ = true;
            return;
        default:
            throw std::logic_error("pop3: nothing to refuse");
    }
}

}  // namespace restante::pop3
