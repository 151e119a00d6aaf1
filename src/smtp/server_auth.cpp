// AUTH (RFC 4954): framing, base64 and limits; the mechanisms are the agent's.
#include <stdexcept>

#include "base/text.hpp"
#include "smtp/server_machine.hpp"
#include "smtp/server_replies.hpp"

namespace restante::smtp {

bool ServerMachine::auth_configured() const {
    return options_.offer_auth || options_.kind == ServerOptions::Kind::submission;
}

const ServerOptions::Mechanism* ServerMachine::find_mechanism(std::string_view name) const {
    for (const auto& mechanism : options_.mechanisms)
        if (iequals(mechanism.name, name)) return &mechanism;
    return nullptr;
}

bool ServerMachine::usable(const ServerOptions::Mechanism& mechanism) const {
    if (session_.tls) return true;
    if (mechanism.needs_tls || options_.login_needs_tls) return false;
    return !mechanism.sends_password || options_.auth_without_tls;
}

bool ServerMachine::offers(std::string_view mechanism) const {
    const auto* found = find_mechanism(mechanism);
    return auth_configured() && found != nullptr && usable(*found);
}

/// The mechanisms that may be used now, as EHLO lists them; empty if there is none.
std::string ServerMachine::mechanisms() const {
    std::string names;
    if (!auth_configured()) return names;
    for (const auto& mechanism : options_.mechanisms)
        if (usable(mechanism)) (names += names.empty() ? "" : " ") += mechanism.name;
    return names;
}

ServerMachine::Outcome ServerMachine::on_auth(std::string_view argument) {
    const std::size_t blank = argument.find(' ');
    const ServerOptions::Mechanism* mechanism = find_mechanism(argument.substr(0, blank));
    std::optional<std::string> initial;
    if (!auth_configured()) return refuse(replies::not_offered), std::nullopt;
    if (session_.authenticated) return refuse(replies::auth_done), std::nullopt;
    if (mechanism == nullptr) return refuse(replies::auth_unknown), std::nullopt;
    if (!usable(*mechanism)) return refuse(replies::auth_needs_tls), std::nullopt;
    if (blank != std::string_view::npos) {
        const std::string_view text = trim(argument.substr(blank));
        initial = text == "=" ? std::string() : base64_decode(text);  // "=" is the empty response (RFC 4954 4)
        if (!initial) return refuse(replies::auth_not_base64), std::nullopt;
    }
    return await(Awaited::authentication, SaslStart{mechanism->name, std::move(initial)});
}

ServerMachine::Outcome ServerMachine::on_auth_line(std::string_view line) {
    state_ = State::ready;
    if (line == "*") return refuse(replies::auth_cancelled), std::nullopt;
    auto response = base64_decode(line);
    if (!response) return refuse(replies::auth_not_base64), std::nullopt;
    return await(Awaited::authentication, SaslResponse{std::move(*response)});
}

void ServerMachine::auth_challenge(std::string_view bytes) {
    if (awaited_ != Awaited::authentication) throw std::logic_error("smtp: no challenge is awaited");
    awaited_ = Awaited::nothing;
    replies_ += "334 " + base64_encode(bytes) + "\r\n";
    state_ = State::auth;
}

void ServerMachine::on_authentication(const Reply& outcome) {
    if (outcome.code == 501) return refuse(outcome);  // malformed: a faulty command, not a guess
    say(outcome);
    session_.authenticated = outcome.positive();
    if (outcome.permanent() && ++auth_failures_ >= options_.max_auth_failures)
        close(replies::too_many_errors(options_), Close::Reason::authentication);
}

}  // namespace restante::smtp
