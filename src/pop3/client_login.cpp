// From the greeting to Ready: capabilities, STLS, login.
#include <stdexcept>

#include "base/text.hpp"
#include "pop3/client_machine.hpp"

namespace restante::pop3 {
namespace {
bool breaks_line(std::string_view s) {
    return s.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos;
}
}  // namespace

void ClientMachine::take_capability(std::string_view line) {
    const auto words = split(trim(line), ' ');
    const auto is = [&](std::string_view name) { return iequals(words[0], name); };
    capabilities_.top |= is("TOP");
    capabilities_.uidl |= is("UIDL");
    capabilities_.user |= is("USER");
    capabilities_.stls |= is("STLS");
    capabilities_.pipelining |= is("PIPELINING");
    capabilities_.resp_codes |= is("RESP-CODES");
    if (is("IMPLEMENTATION")) capabilities_.implementation = trim(line.substr(words[0].size()));
    if (!is("SASL")) return;
    for (std::size_t i = 1; i < words.size(); ++i) {
        std::string name;
        for (const char c : words[i]) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        if (!name.empty()) capabilities_.sasl.push_back(std::move(name));
    }
}

/// What comes after CAPA, whether the server knew it or not (outstanding_ is without it).
ClientMachine::Handled ClientMachine::capa_done() {
    const bool wanted = options_.tls == ClientTls::stls || options_.tls == ClientTls::stls_if_offered;
    if (!wanted || tls_) {
        phase_ = Phase::choosing;
        return std::nullopt;
    }
    // A server too old for CAPA may still know STLS; one that lists what it can and leaves STLS out does not.
    if (capabilities_.known && !capabilities_.stls) return stls_refused();
    send(RequestKind::stls, "STLS");
    return std::nullopt;
}

ClientMachine::Handled ClientMachine::stls_refused() {
    if (options_.tls == ClientTls::stls)
        return fail_with(ErrorKind::tls, "the server does not offer STLS, and a password is not sent in clear");
    phase_ = Phase::choosing;
    return std::nullopt;
}

void ClientMachine::tls_started() {
    if (phase_ != Phase::handshake) throw std::logic_error("pop3 client: TLS was not asked for");
    tls_ = true;
    phase_ = Phase::connecting;
    capabilities_ = {};  // what was said in clear anybody may have said
    send(RequestKind::capa, "CAPA");
}

Result<void> ClientMachine::login(std::string_view name, std::string_view password) {
    if (phase_ != Phase::choosing) throw std::logic_error("pop3 client: no login is due");
    if (name.empty() || breaks_line(name) || breaks_line(password))
        return fail(ErrorKind::invalid, "a user name or password with a line end or NUL cannot be sent");
    phase_ = Phase::logging_in;
    password_ = password;
    send(RequestKind::user, "USER " + std::string(name));
    return {};
}

Result<void> ClientMachine::login_sasl(std::string_view mechanism, std::optional<std::string> initial) {
    if (phase_ != Phase::choosing) throw std::logic_error("pop3 client: no login is due");
    if (mechanism.empty() || breaks_line(mechanism) || mechanism.find(' ') != std::string_view::npos)
        return fail(ErrorKind::invalid, "not the name of a SASL mechanism");
    phase_ = Phase::logging_in;
    std::string line = "AUTH " + std::string(mechanism);
    withheld_.reset();
    if (initial) {
        constexpr std::size_t longest = 253;  // RFC 5034 4: 255 with CRLF
        const std::string encoded = initial->empty() ? "=" : base64_encode(*initial);
        if (line.size() + 1 + encoded.size() <= longest)
            (line += ' ') += encoded;
        else
            withheld_ = std::move(*initial);
    }
    send(RequestKind::auth, line);
    return {};
}

/// "+ base64"; old servers send "+" alone.
ClientMachine::Handled ClientMachine::challenge(std::string_view line) {
    if (withheld_) {
        (output_ += base64_encode(*withheld_)) += "\r\n";
        withheld_.reset();
        return std::nullopt;
    }
    auto bytes = base64_decode(trim(line.substr(1)));
    if (!bytes) return fail_with(ErrorKind::protocol, "the server's challenge is not base64");
    challenge_ = std::move(*bytes);
    phase_ = Phase::challenged;
    return std::nullopt;
}

void ClientMachine::sasl_response(std::string_view bytes) {
    if (phase_ != Phase::challenged) throw std::logic_error("pop3 client: no challenge");
    phase_ = Phase::logging_in;
    (output_ += base64_encode(bytes)) += "\r\n";
}

void ClientMachine::sasl_cancel() {
    if (phase_ != Phase::challenged) throw std::logic_error("pop3 client: no challenge");
    phase_ = Phase::logging_in;
    output_ += "*\r\n";
}

}  // namespace restante::pop3
