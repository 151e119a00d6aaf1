#pragma once
// SASL exchanges of transcripts that run against a bare machine: accounts in a map, nonces and salts that never change,
// so that challenges can be written down.
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sasl/server.hpp"

namespace restante::transcripts {

class FixedExchange {
public:
    using Accounts = std::map<std::string, std::string, std::less<>>;  // name -> password
    struct Outcome {
        enum Kind { challenge, login, malformed, wrong };
        Kind kind;
        std::string text;  // of the challenge, or who logged in
    };
    /// accounts must outlive it. nonce: see sasl::ServerOptions; the channel binding is "exporter".
    FixedExchange(const Accounts& accounts, std::string nonce) : accounts_(accounts), nonce_(std::move(nonce)) {}

    void begin(const std::string& mechanism, bool tls, bool offers_plus);
    Outcome start(const std::optional<std::string>& initial) { return go_on(mechanism_->start(initial)); }
    Outcome respond(const std::string& bytes) { return go_on(mechanism_->step(bytes)); }

private:
    Outcome go_on(sasl::ServerStep step);
    std::optional<std::string> password_of(const std::string& name) const;

    const Accounts& accounts_;
    std::string nonce_;
    std::unique_ptr<sasl::ServerMechanism> mechanism_;
};

}  // namespace restante::transcripts
