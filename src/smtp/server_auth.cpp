// AUTH (RFC 4954): framing, base64 and limits; the mechanisms are sasl's.
#include "base/text.hpp"
#include "smtp/server_machine.hpp"
#include "smtp/server_replies.hpp"

namespace restante::smtp {

bool ServerMachine::auth_configured() const {
    return options_.offer_auth || options_.kind == ServerOptions::Kind::submission;
}

/// The mechanisms that may be used now, as EHLO lists them; empty if there is none.
std::string ServerMachine::mechanisms() const {
    std::string names;
    if (!auth_configured() || (options_.login_needs_tls && !session_.tls)) return names;
    for (const auto& mechanism : sasl::server_mechanisms()) {
        if (mechanism.sends_password && !session_.tls && !options_.auth_without_tls) continue;
        if (!names.empty()) names += ' ';
        names += mechanism.name;
    }
    return names;
}

ServerMachine::Outcome ServerMachine::on_auth(std::string_view argument) {
    const std::size_t blank = argument.find(' ');
    const std::string_view name = argument.substr(0, blank);
    std::optional<std::string> initial;
    if (!auth_configured()) {
        refuse(replies::not_offered);
        return {};
    }
    if (session_.authenticated) {
        refuse(replies::auth_done);
        return {};
    }
    mechanism_ = sasl::make_server(name);
    if (mechanism_ == nullptr) {
        refuse(replies::auth_unknown);
        return {};
    }
    if (!mechanism_usable(name)) {
        mechanism_.reset();
        refuse(replies::auth_needs_tls);
        return {};
    }
    if (blank != std::string_view::npos) {
        const std::string_view text = trim(argument.substr(blank));
        initial = text == "=" ? std::string() : base64_decode(text);  // "=" is the empty response (RFC 4954 4)
        if (!initial) {
            mechanism_.reset();
            refuse(replies::auth_not_base64);
            return {};
        }
    }
    state_ = State::auth;
    return on_auth_step(mechanism_->start(initial));
}

bool ServerMachine::mechanism_usable(std::string_view name) const {
    if (session_.tls) return true;
    if (options_.login_needs_tls) return false;
    if (options_.auth_without_tls) return true;
    for (const auto& mechanism : sasl::server_mechanisms())
        if (iequals(mechanism.name, name)) return !mechanism.sends_password;
    return false;
}

ServerMachine::Outcome ServerMachine::on_auth_line(std::string_view line) {
    const auto response = line == "*" ? std::nullopt : base64_decode(line);
    if (response) return on_auth_step(mechanism_->step(*response));
    end_authentication();
    refuse(line == "*" ? replies::auth_cancelled : replies::auth_not_base64);
    return {};
}

ServerMachine::Outcome ServerMachine::on_auth_step(sasl::ServerStep step) {
    if (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        replies_ += "334 " + base64_encode(challenge->bytes) + "\r\n";
        return {};
    }
    end_authentication();
    if (auto* credentials = std::get_if<sasl::Credentials>(&step))
        return await(Awaited::authentication, Authenticate{std::move(*credentials)});
    refuse(replies::auth_malformed);
    return {};
}

void ServerMachine::end_authentication() {
    mechanism_.reset();
    state_ = State::ready;
}

void ServerMachine::on_authentication(const Reply& outcome) {
    say(outcome);
    session_.authenticated = outcome.positive();
    if (outcome.permanent() && ++auth_failures_ >= options_.max_auth_failures)
        close(replies::too_many_errors(options_), Close::Reason::authentication);
}

}  // namespace restante::smtp
