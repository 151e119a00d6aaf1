#pragma once
// SASL mechanisms, client side (RFC 4422). Pure; base64 belongs to the protocol. One object per exchange.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace restante::sasl {

struct ClientLogin {
    std::string authcid;
    std::string password;
    std::string authzid;  // empty: act as oneself
};

class ClientMechanism {
public:
    virtual ~ClientMechanism() = default;
    virtual std::string_view name() const = 0;
    /// What may be sent together with the mechanism's name; nothing if the server speaks first. If the protocol does
    /// not send it at once, it leaves this out and answers the server's (empty) challenge with respond().
    virtual std::optional<std::string> initial() = 0;
    /// ErrorKind::protocol if the server asks for more than the mechanism has to say.
    virtual Result<std::string> respond(std::string_view challenge) = 0;
};

/// "PLAIN" or "LOGIN", without case. ErrorKind::unsupported for another name; ErrorKind::invalid if the login holds
/// bytes that the mechanism cannot carry (NUL; an authzid with LOGIN).
Result<std::unique_ptr<ClientMechanism>> make_client(std::string_view name, ClientLogin login);

}  // namespace restante::sasl
