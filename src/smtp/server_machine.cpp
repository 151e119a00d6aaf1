#include "smtp/server_machine.hpp"

#include <stdexcept>
#include <utility>

#include "smtp/redaction.hpp"
#include "smtp/server_replies.hpp"

namespace restante::smtp {

ServerMachine::ServerMachine(const ServerOptions& options, bool tls) : options_(options), input_(options.idle_buffer) {
    session_.tls = tls;
}

Step ServerMachine::next() {
    for (;;) {
        if (std::exchange(abandoned_, false)) return DiscardData{};
        if (state_ == State::greeting) greet();
        if (state_ == State::closing) return replies_.empty() ? Step(Close{close_reason_}) : flush();
        if (state_ == State::tls) return replies_.empty() ? Step(StartTls{}) : flush();
        if (state_ == State::data) return next_data();
        if (state_ == State::chunk) {
            if (auto step = next_chunk()) return std::move(*step);
            continue;
        }
        if (replies_.size() >= options_.reply_batch) return flush();
        if (stopping_) {
            close(goodbye_.value_or(replies::shutting_down(options_)), Close::Reason::shutdown);
            continue;
        }
        const auto line = take_line();
        if (line) {
            if (observer_ != nullptr) observer_->received(redacted(*line, state_ == State::auth));
            if (auto step = on_line(*line)) return std::move(*step);
        } else if (state_ != State::closing) {
            return replies_.empty() ? Step(NeedInput{}) : flush();
        }
    }
}

Step ServerMachine::flush() {
    sending_.swap(replies_);
    replies_.clear();
    return Send{sending_};
}

void ServerMachine::greet() {
    // A client that talks first is a script that does not listen: spam, or a browser sent here (RFC 5321 3.1).
    session_.spoke_early = input_.size() > 0;
    if (session_.spoke_early) return close(replies::early_talker, Close::Reason::protocol);
    replies_ += replies::greeting(options_);
    state_ = State::hello;
}

std::span<char> ServerMachine::input_space() {
    if (in_data()) {
        if (input_.capacity() < options_.data_buffer) input_.resize(options_.data_buffer);
    } else if (input_.size() == 0) {  // between commands a session holds little
        input_.resize(options_.idle_buffer);
        if (sending_.capacity() > options_.idle_buffer) std::string().swap(sending_);
        if (replies_.capacity() > options_.idle_buffer) std::string().swap(replies_);
    }
    auto space = input_.space();
    if (!space.empty()) return space;
    input_.resize(input_.capacity() * 2);  // a line within its limit, see take_line()
    return input_.space();
}

void ServerMachine::received(std::size_t count) { input_.received(count); }

bool ServerMachine::idle() const {
    return awaited_ == Awaited::nothing && !in_data() && input_.size() == 0 && !discarding_;
}

std::size_t ServerMachine::line_limit() {
    if (state_ == State::auth) return options_.max_auth_line;
    const auto bytes = input_.unused();
    const Command command = parse_command({bytes.data(), std::min<std::size_t>(bytes.size(), 5)});
    return command.verb == Verb::auth ? options_.max_auth_line : options_.max_command_line;
}

std::optional<std::string_view> ServerMachine::take_line() {
    if (discarding_ && !finish_discarding()) return std::nullopt;
    const auto bytes = input_.unused();
    const std::string_view view(bytes.data(), bytes.size());
    if (view.empty() || state_ == State::closing) return std::nullopt;
    if (view.front() == '\x16' && !session_.tls) {  // the first octet of a TLS record
        close(replies::tls_unexpected, Close::Reason::protocol);
        return std::nullopt;
    }
    const std::size_t lf = view.find('\n', scanned_);
    const std::size_t stop = std::min(lf, view.size());
    const std::size_t cr = view.find('\r', scanned_);
    const bool bare_cr = cr < view.size() - 1 && cr + 1 != lf;
    const bool bare_lf = lf != std::string_view::npos && (lf == 0 || view[lf - 1] != '\r');
    // Over-long is looked at first: what is thrown away is not judged.
    if (stop + 1 > line_limit()) return start_discarding();
    if (bare_cr || bare_lf) {  // RFC 5321 2.3.8: only CRLF ends a line
        close(replies::bare_newline, Close::Reason::protocol);
        return std::nullopt;
    }
    if (lf == std::string_view::npos) {
        scanned_ = view.size() - (view.back() == '\r' ? 1 : 0);
        return std::nullopt;
    }
    scanned_ = 0;
    ++lines_;
    input_.consume(lf + 1);
    return view.substr(0, lf - 1);
}

std::optional<std::string_view> ServerMachine::start_discarding() {
    discarding_ = true;
    discarded_ = scanned_ = 0;
    return finish_discarding() ? take_line() : std::nullopt;
}

/// True once the end of the over-long line was found and the refusal said.
bool ServerMachine::finish_discarding() {
    const auto bytes = input_.unused();
    const std::size_t lf = std::string_view(bytes.data(), bytes.size()).find('\n');
    const bool found = lf != std::string_view::npos;
    const std::size_t count = found ? lf + 1 : bytes.size();
    input_.consume(count);
    discarded_ += count;
    const Reply reply = state_ == State::auth ? replies::auth_line_too_long : replies::line_too_long;
    if (discarded_ > options_.max_discarded_line) {
        close(reply, Close::Reason::protocol);
        return false;
    }
    if (!found) return false;
    discarding_ = false;
    ++lines_;
    if (state_ == State::auth) state_ = State::ready;
    refuse(reply);
    return true;
}

Step ServerMachine::await(Awaited what, Step step) {
    awaited_ = what;
    return step;
}

void ServerMachine::resume(const Reply& outcome) {
    const Awaited what = std::exchange(awaited_, Awaited::nothing);
    if (what != Awaited::nothing && outcome.code == 421) return close(outcome, Close::Reason::refused);
    switch (what) {
        case Awaited::nothing:
            throw std::logic_error("no outcome was awaited");
        case Awaited::sender:
            return on_sender(outcome);
        case Awaited::recipient:
            return on_recipient(outcome);
        case Awaited::authentication:
            return on_authentication(outcome);
        case Awaited::chunk:
            return begin_chunks(outcome);
        case Awaited::data:
            say(outcome);
            if (!outcome.positive()) return;
            decoder_.emplace(options_.max_message_size);
            state_ = State::data;
            return;
        case Awaited::delivery:
            return on_delivery(outcome);
    }
}

void ServerMachine::tls_started() {
    if (state_ != State::tls) throw std::logic_error("TLS was not asked for");
    // RFC 3207 4.2: nothing learnt or received before the handshake counts any more.
    Session fresh;
    fresh.tls = true;
    fresh.vouched = session_.vouched;
    fresh.injected_in_clear = session_.injected_in_clear;
    session_ = std::move(fresh);
    input_.clear();
    scanned_ = 0;
    reset_transaction();
    state_ = State::hello;
}

void ServerMachine::say(const Reply& reply) {
    append_wire(replies_, options_.extensions.enhanced_codes ? reply : Reply{reply.code, {}, reply.text});
    if (reply.code == 421) {
        state_ = State::closing;
        close_reason_ = Close::Reason::refused;
    }
}

void ServerMachine::refuse(const Reply& reply) {
    say(reply);
    if (reply.permanent() && ++errors_ > options_.max_errors)
        close(replies::too_many_errors(options_), Close::Reason::errors);
}

void ServerMachine::close(const Reply& reply, Close::Reason reason) {
    say(reply);
    state_ = State::closing;
    close_reason_ = reason;
}

void ServerMachine::reset_transaction() {
    envelope_ = {};
    data_refusal_.reset();
    decoder_.reset();
    abandoned_ = abandoned_ || chunks_;
    chunks_.reset();
    if (state_ == State::mail || state_ == State::rcpt || state_ == State::chunks) state_ = State::ready;
}

}  // namespace restante::smtp
