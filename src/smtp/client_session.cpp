// How a client's session starts: greeting, EHLO or HELO, STARTTLS, AUTH.
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
        if (iequals(words[0], "PIPELINING")) extensions_.pipelining = true;
        if (iequals(words[0], "8BITMIME")) extensions_.eight_bit = true;
        if (iequals(words[0], "SIZE")) {
            extensions_.size = true;
            extensions_.max_size = words.size() > 1 ? parse_u64(words[1]).value_or(0) : 0;
        }
        if (iequals(words[0], "AUTH")) {
            for (const std::string_view word : words) {
                extensions_.plain |= iequals(word, "PLAIN");
                extensions_.login |= iequals(word, "LOGIN");
            }
        }
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
    if (!extensions_.plain && !extensions_.login)
        return fail(ErrorKind::unsupported, "the server offers neither AUTH PLAIN nor AUTH LOGIN");
    auto mechanism = sasl::make_client(extensions_.plain ? "PLAIN" : "LOGIN", *options_.login);
    if (!mechanism) return fail(mechanism.error().kind, mechanism.error().detail);
    mechanism_ = std::move(*mechanism);
    std::string line = "AUTH " + std::string(mechanism_->name());
    // RFC 4954 4: an initial response that makes the line longer than 512 octets goes in a line of its own.
    const auto& login = *options_.login;
    const std::size_t octets = login.authzid.size() + login.authcid.size() + login.password.size() + 2;
    if (line.size() + 1 + (octets + 2) / 3 * 4 <= 510) {
        if (const auto initial = mechanism_->initial())
            line += " " + (initial->empty() ? "=" : base64_encode(*initial));
    }
    send(std::move(line), State::auth);
}

void ClientMachine::on_auth(const Reply& reply) {
    if (reply.code == 235) {
        mechanism_.reset();
        state_ = State::ready;
        return;
    }
    if (reply.code != 334)
        return fail(ErrorKind::unauthenticated, "the server refuses the login: " + escape_for_log(reply.text), reply);
    const auto challenge = base64_decode(trim(reply.text));
    const auto response = mechanism_->respond(challenge.value_or(""));
    if (!challenge || !response) return fail(ErrorKind::protocol, "the server breaks the rules of AUTH");
    send(base64_encode(*response), State::auth);
}

}  // namespace restante::smtp
