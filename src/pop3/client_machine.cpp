#include "pop3/client_machine.hpp"

#include <stdexcept>
#include <utility>

#include "base/text.hpp"

namespace restante::pop3 {
namespace {
constexpr std::string_view ok = "+OK", err = "-ERR";

/// For error details: what a server said, safe and short.
std::string quoted(std::string_view said) { return '"' + escape_for_log(said, 120) + '"'; }

/// Takes "[IN-USE] " off the front (RFC 2449 8).
ResponseCode take_code(std::string_view& text) {
    if (text.empty() || text[0] != '[') return ResponseCode::none;
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return ResponseCode::none;
    const std::string_view name = text.substr(1, end - 1);
    for (const ResponseCode code : {ResponseCode::in_use, ResponseCode::login_delay, ResponseCode::auth,
                                    ResponseCode::sys_temp, ResponseCode::sys_perm}) {
        if (!iequals(name, to_string(code))) continue;
        text = trim(text.substr(end + 1));
        return code;
    }
    return ResponseCode::none;
}
}  // namespace

ClientMachine::ClientMachine(const ClientOptions& options)
    : options_(options), lines_(options.max_discarded), tls_(options.tls == ClientTls::implicit) {
    outstanding_.push_back({RequestKind::greeting});
}

void ClientMachine::input_ended() { ended_ = true; }

ClientStep ClientMachine::next() {
    for (;;) {
        if (failed_) return *failed_;
        if (outstanding_.empty()) return idle();
        if (phase_ == Phase::challenged) return client::SaslChallenge{challenge_};
        Handled step;
        if (unstuffer_) {
            step = take_text();
        } else {
            std::string_view line;
            const LineBuffer::Status status = lines_.next(line, options_.max_line);
            if (status == LineBuffer::Status::line)
                step = multi_ ? list_line(line) : handle_line(line);
            else if (status != LineBuffer::Status::none)
                step = overlong(status);
            else if (ended_)
                return fail_with(ErrorKind::io, "the server closed the connection");
            else
                return client::NeedInput{};
        }
        if (step) return std::move(*step);
    }
}

ClientStep ClientMachine::idle() {
    switch (phase_) {
        case Phase::handshake:
            return client::StartTls{};
        case Phase::choosing:
            return client::LogIn{};
        case Phase::ready:
            return client::Ready{};
        case Phase::over:
            return client::Finished{};
        default:
            throw std::logic_error("pop3 client: nothing to do");
    }
}

ClientStep ClientMachine::fail_with(ErrorKind kind, std::string detail, ResponseCode code) {
    failed_ = client::Failed{fail(kind, std::move(detail)).value(), code};
    output_.clear();
    outstanding_.clear();
    return *failed_;
}

void ClientMachine::send(RequestKind kind, std::string_view line, std::uint64_t number) {
    if (outstanding_.empty()) {
        // Some servers end a message with a blank line too many; anything else was said before it was asked for.
        while (phase_ == Phase::ready && !lines_.rest().empty() &&
               (lines_.rest()[0] == '\r' || lines_.rest()[0] == '\n'))
            lines_.take(1);
        if (!lines_.empty()) {
            fail_with(ErrorKind::protocol, "the server answered before it was asked: " + quoted(lines_.rest()));
            return;
        }
    }
    (output_ += line) += "\r\n";
    outstanding_.push_back({kind, number});
}

ClientMachine::Handled ClientMachine::handle_line(std::string_view line) {
    if (line.empty() && phase_ == Phase::ready) return std::nullopt;
    if (istarts_with(line, ok)) return positive(trim(line.substr(ok.size())));
    if (istarts_with(line, err)) return negative(trim(line.substr(err.size())));
    if (outstanding_.front().kind == RequestKind::auth && !line.empty() && line[0] == '+') return challenge(line);
    return fail_with(ErrorKind::protocol, "the server does not speak POP3: " + quoted(line));
}

ClientMachine::Handled ClientMachine::positive(std::string_view text) {
    const Request request = outstanding_.front();
    switch (request.kind) {
        case RequestKind::capa:
        case RequestKind::list:
        case RequestKind::uidl:
            multi_ = true;
            lines_seen_ = 0;
            return std::nullopt;
        case RequestKind::retr:
        case RequestKind::top:
            unstuffer_.emplace(lf_only_);
            return std::nullopt;
        default:
            break;
    }
    outstanding_.pop_front();
    switch (request.kind) {
        case RequestKind::greeting:
            lf_only_ = !lines_.last_had_cr();
            send(RequestKind::capa, "CAPA");
            return std::nullopt;
        case RequestKind::stls:
            if (!lines_.empty())
                return fail_with(ErrorKind::protocol,
                                 "the server went on in clear after STLS: " + quoted(lines_.rest()));
            phase_ = Phase::handshake;
            return std::nullopt;
        case RequestKind::user:
            send(RequestKind::pass, "PASS " + std::exchange(password_, {}));
            return std::nullopt;
        case RequestKind::pass:
        case RequestKind::auth:
            phase_ = Phase::ready;
            return std::nullopt;
        case RequestKind::stat: {
            const auto words = split(text, ' ');
            const auto messages = parse_u64(words[0]);
            const auto octets = words.size() > 1 ? parse_u64(words[1]) : std::nullopt;
            if (!messages) return fail_with(ErrorKind::protocol, "the server's STAT is no number: " + quoted(text));
            return client::MaildropSize{*messages, octets.value_or(0)};
        }
        case RequestKind::quit:
            phase_ = Phase::over;
            return client::Finished{};
        default:
            return client::Done{request.kind, request.number};
    }
}

ClientMachine::Handled ClientMachine::negative(std::string_view text) {
    const Request request = outstanding_.front();
    outstanding_.pop_front();
    const ResponseCode code = take_code(text);
    switch (request.kind) {
        case RequestKind::greeting:
            return fail_with(ErrorKind::unavailable, "the server refuses service: " + quoted(text), code);
        case RequestKind::capa:
            return capa_done();
        case RequestKind::stls:
            return stls_refused();
        case RequestKind::user:
        case RequestKind::pass:
        case RequestKind::auth:
            password_.clear();
            withheld_.reset();
            phase_ = Phase::choosing;
            break;
        default:
            break;
    }
    return client::Refused{request.kind, request.number, code, std::string(text)};
}

/// A line in the middle of a list is only lost; a first line nobody can follow ends the session.
ClientMachine::Handled ClientMachine::overlong(LineBuffer::Status status) {
    if (status == LineBuffer::Status::too_long && multi_) return std::nullopt;
    return fail_with(ErrorKind::protocol, "the server sent a line without end");
}

ClientMachine::Handled ClientMachine::take_text() {
    const std::uint64_t number = outstanding_.front().number;
    const std::string_view rest = lines_.rest();
    const std::size_t before = text_.size();
    if (!rest.empty()) lines_.take(unstuffer_->read(rest, text_));
    if (unstuffer_->ended() && text_.size() == before) {
        unstuffer_.reset();
        outstanding_.pop_front();
        return client::MessageEnd{number};
    }
    if (text_.size() > before) return client::MessageText{number};
    if (ended_) return fail_with(ErrorKind::io, "the server closed the connection in the middle of a message");
    lines_.compact();
    return client::NeedInput{};
}

}  // namespace restante::pop3
