// AUTHORIZATION state of the server machine: USER, PASS, APOP, AUTH, STLS, CAPA, QUIT.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "pop3/server_machine.hpp"

namespace restante::pop3 {

ServerMachine::Handled ServerMachine::user(const Command& command) {
    if (options_.mechanisms_only) return fault(says::binding_needed);
    if (!passwords_usable()) return fault(says::tls_first);
    // The answer is the same whether or not there is such a user (RFC 1939 7, USER; row P4).
    user_ = command.text;
    state_ = State::user_given;
    append_ok(output_, "");
    return std::nullopt;
}

ServerMachine::Handled ServerMachine::pass(const Command& command) {
    state_ = State::authorization;  // a second PASS needs a USER again
    return wait_for(Pending::login, Authenticate{std::exchange(user_, {}), std::string(command.text)});
}

const ServerOptions::Mechanism* ServerMachine::find_mechanism(std::string_view name) const {
    for (const auto& mechanism : options_.mechanisms)
        if (iequals(mechanism.name, name)) return &mechanism;
    return nullptr;
}

bool ServerMachine::usable(const ServerOptions::Mechanism& mechanism) const {
    if (tls_) return true;
    if (mechanism.needs_tls || options_.login_needs_tls) return false;
    return !mechanism.sends_password || passwords_usable();
}

bool ServerMachine::offers(std::string_view mechanism) const {
    const auto* found = find_mechanism(mechanism);
    return found != nullptr && usable(*found);
}

/// RFC 1939 7: name, one blank, digest.
ServerMachine::Handled ServerMachine::apop(const Command& command) {
    constexpr std::size_t digits = 32;
    if (apop_stamp_.empty()) return fault(says::unknown_command);
    if (options_.mechanisms_only) return fault(says::binding_needed);
    if (!tls_ && options_.login_needs_tls) return fault(says::tls_first);
    const std::size_t blank = command.text.rfind(' ');
    if (blank == std::string_view::npos || blank == 0) return fault(says::syntax_error);
    const std::string_view digest = command.text.substr(blank + 1);
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (digest.size() != digits || !std::all_of(digest.begin(), digest.end(), is_digit))
        return fault(says::syntax_error);
    user_.clear();
    return wait_for(Pending::login, Apop{std::string(command.text.substr(0, blank)), std::string(digest)});
}

/// RFC 5034 4: "AUTH mechanism [initial-response]"; alone it lists the mechanisms (RFC 1734 practice, row P25).
ServerMachine::Handled ServerMachine::auth(const Command& command) {
    const std::string_view text = trim(command.text);
    if (text.empty()) return list_mechanisms(), std::nullopt;
    const std::size_t blank = text.find(' ');
    const ServerOptions::Mechanism* mechanism = find_mechanism(text.substr(0, blank));
    if (mechanism == nullptr) return fault(says::unknown_mechanism);
    if (!usable(*mechanism)) return fault(says::tls_first);
    std::optional<std::string> initial;
    if (blank != std::string_view::npos) {
        const std::string_view response = trim(text.substr(blank));
        initial = response == "=" ? std::string() : base64_decode(response);
        if (!initial) return fault(says::bad_base64);
    }
    user_.clear();
    return wait_for(Pending::sasl, SaslStart{mechanism->name, std::move(initial)});
}

ServerMachine::Handled ServerMachine::handle_sasl(std::string_view line) {
    state_ = State::authorization;
    if (line == "*") return fault(says::cancelled);
    auto bytes = base64_decode(line);
    if (!bytes) return fault(says::bad_base64);
    return wait_for(Pending::sasl, SaslResponse{std::move(*bytes)});
}

/// RFC 2595 4.
ServerMachine::Handled ServerMachine::stls() {
    if (utf8_ && !tls_ && options_.offer_stls) return fault(says::tls_before_utf8);  // RFC 6856 2.1
    if (tls_) return fault(says::tls_active);
    if (!options_.offer_stls) return fault(says::tls_not_offered);
    append_ok(output_, "Begin TLS negotiation");
    return wait_for(Pending::tls, StartTls{});
}

void ServerMachine::list_mechanisms() {
    append_ok(output_, "");
    for (const auto& mechanism : options_.mechanisms)
        if (usable(mechanism)) (output_ += mechanism.name) += "\r\n";
    output_ += ".\r\n";
}

/// RFC 2449 5: what is available in AUTHORIZATION is announced in both states; never what would be refused (row P16).
void ServerMachine::capa() {
    append_ok(output_, "Capability list follows");
    output_ += "TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nLANG\r\n";
    // RFC 6856 2.2: USER, that is, passwords of USER and PASS may be UTF-8, too.
    output_ += user_usable() ? "UTF8 USER\r\nUSER\r\n" : "UTF8\r\n";
    std::string names;
    for (const auto& mechanism : options_.mechanisms)
        if (usable(mechanism)) (names += ' ') += mechanism.name;
    if (!names.empty()) ((output_ += "SASL") += names) += "\r\n";
    if (!tls_ && options_.offer_stls) output_ += "STLS\r\n";
    announce_policy();
    // Told to those who may be here anyway, not to scanners.
    if (state_ == State::transaction) ((output_ += "IMPLEMENTATION ") += options_.implementation) += "\r\n";
    output_ += ".\r\n";
}

/// Before login nobody knows whose policy it will be: USER says that it may differ (RFC 2449 6.5, 6.7).
void ServerMachine::announce_policy() {
    const bool known = state_ == State::transaction;
    const ServerOptions::Policy& policy = known ? policy_ : options_.policy;
    const char* const end = known ? "\r\n" : " USER\r\n";
    if (policy.login_delay != 0) {
        append_number(output_ += "LOGIN-DELAY ", policy.login_delay);
        output_ += end;
    }
    output_ += "EXPIRE ";
    if (policy.expire_days == 0)
        output_ += "NEVER";
    else
        append_number(output_, policy.expire_days);
    output_ += end;
}

/// RFC 6856 2: with it messages are sent as they were received, without it headers in UTF-8 as a Surrogate.
void ServerMachine::utf8() {
    utf8_ = true;
    append_ok(output_, "UTF-8 enabled");
}

/// RFC 6856 3.2: the answer is in the language it speaks of.
void ServerMachine::lang(const Command& command) {
    const std::string_view tag = trim(command.text);
    if (tag.empty()) {
        append_ok(output_, "Languages follow");
        for (const LanguageName& one : languages()) ((output_ += one.tag) += ' ') += one.name, output_ += "\r\n";
        output_ += ".\r\n";
        return;
    }
    const auto found = find_language(tag);
    if (!found) return append_refusal(output_, says::unknown_language);
    language_ = *found;
    const auto& name = languages()[static_cast<std::size_t>(*found)];
    append_ok(output_, std::string(name.tag) + ' ' + std::string(name.name));
}

ServerMachine::Handled ServerMachine::quit() {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < deleted_.size(); ++i)
        if (deleted_[i]) indices.push_back(i);
    if (!indices.empty()) {
        state_ = State::update;
        return wait_for(Pending::commit, CommitDeletes{std::move(indices)});
    }
    append_ok(output_, "Goodbye");
    return close(CloseReason::quit);
}

}  // namespace restante::pop3
