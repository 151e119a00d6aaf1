// How a client's session starts: greeting, EHLO or HELO, STARTTLS, AUTH.
#include <utility>

#include "base/text.hpp"
#include "smtp/client_machine.hpp"

namespace restante::smtp {

void ClientMachine::on_greeting(const Reply& reply) {
    if (reply.code != 220)
        return fail(ErrorKind::unavailable, "the server refuses service: " + escape_for_log(reply.text), reply);
    send("EHLO " + options_.client_name, State::ehlo);
}

void ClientMachine::on_hello(const Reply& reply) {
    if (reply.code == 250) {
        if (state_ == State::ehlo) read_extensions(reply);
        return after_hello();
    }
    if (state_ == State::ehlo && reply.permanent()) return send("HELO " + options_.client_name, State::helo);
    fail(ErrorKind::unavailable, "the server refuses EHLO: " + escape_for_log(reply.text), reply);
}

void ClientMachine::read_extensions(const Reply& reply) {
    extensions_ = {};
    const auto lines = split(reply.text, '\n');
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto words = split(trim(lines[i]), ' ');
        if (iequals(words[0], "STARTTLS")) extensions_.starttls = true;
        if (iequals(words[0], "DSN")) extensions_.dsn = true;
        if (iequals(words[0], "SMTPUTF8")) extensions_.smtputf8 = true;
        if (iequals(words[0], "REQUIRETLS")) extensions_.require_tls = true;
        if (iequals(words[0], "PIPELINING")) extensions_.pipelining = true;
        if (iequals(words[0], "8BITMIME")) extensions_.eight_bit = true;
        if (iequals(words[0], "SIZE")) {
            extensions_.size = true;
            extensions_.max_size = words.size() > 1 ? parse_u64(words[1]).value_or(0) : 0;
        }
        if (iequals(words[0], "AUTH")) extensions_.auth.assign(words.begin() + 1, words.end());
    }
}

void ClientMachine::after_hello() {
    const bool want_tls = !tls_ && options_.tls != ClientOptions::Tls::never;
    if (want_tls && extensions_.starttls) return send("STARTTLS", State::starttls);
    if (want_tls && options_.tls == ClientOptions::Tls::required)
        return fail(ErrorKind::tls, "the server does not offer STARTTLS");
    if (options_.login) return start_auth();
    state_ = State::ready;
}

void ClientMachine::on_starttls(const Reply& reply) {
    if (reply.code == 220) {
        // Whatever came behind the 220 came in clear and could be anyone's (response injection).
        if (replies_.pending())
            return fail(ErrorKind::protocol, "the server sent text in clear after it agreed to TLS");
        state_ = State::tls;
        return;
    }
    if (options_.tls == ClientOptions::Tls::required)
        return fail(ErrorKind::tls, "the server refuses STARTTLS: " + escape_for_log(reply.text), reply);
    extensions_.starttls = false;
    after_hello();
}

void ClientMachine::start_auth() {
    if (!tls_ && !options_.auth_without_tls)
        return fail(ErrorKind::tls, "the password is not sent without TLS, and the server offers none");
    sasl::ClientLogin login = *options_.login;
    const std::string_view name = sasl::choose_mechanism(extensions_.auth, !login.binding.empty(), tls_);
    if (name.empty())
        return fail(ErrorKind::unsupported, "the server offers no way to log in that is known here (AUTH SCRAM, PLAIN, "
                                            "LOGIN, CRAM-MD5 or NTLM)");
    auto mechanism = sasl::make_client(name, std::move(login));
    if (!mechanism) return fail(mechanism.error().kind, mechanism.error().detail);
    mechanism_ = std::move(*mechanism);
    std::string line = "AUTH " + std::string(mechanism_->name());
    withheld_.reset();
    if (auto initial = mechanism_->initial()) {
        const std::string text = initial->empty() ? "=" : base64_encode(*initial);
        // RFC 4954 4: an initial response that makes the line longer than 512 octets goes in a line of its own.
        if (line.size() + 1 + text.size() <= 510)
            (line += ' ') += text;
        else
            withheld_ = std::move(*initial);
    }
    send(std::move(line), State::auth);
}

void ClientMachine::on_auth(const Reply& reply) {
    if (reply.code == 235) {
        const auto believed = mechanism_->confirm();
        mechanism_.reset();
        if (!believed) return fail(believed.error().kind, believed.error().detail);
        state_ = State::ready;
        return;
    }
    if (reply.code != 334)
        return fail(ErrorKind::unauthenticated, "the server refuses the login: " + escape_for_log(reply.text), reply);
    const auto challenge = base64_decode(trim(reply.text));
    if (!challenge) return fail(ErrorKind::protocol, "the server's challenge is not base64");
    if (withheld_) return send(base64_encode(*std::exchange(withheld_, std::nullopt)), State::auth);
    const auto response = mechanism_->respond(*challenge);
    if (!response) return fail(response.error().kind, response.error().detail);
    send(base64_encode(*response), State::auth);
}

}  // namespace restante::smtp
