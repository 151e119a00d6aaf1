#pragma once
// SASL mechanisms, server side (RFC 4422). Pure: messages in, a step out. Base64, line limits and cancelling ("*")
// belong to the protocol that carries the exchange; the bytes here are decoded. Not thread-safe; one object per
// exchange.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace restante::sasl {

struct ServerOptions {
    std::size_t max_identity = 255;   // octets of an authorization or authentication identity (RFC 4616 2)
    std::size_t max_password = 1024;  // octets; more is refused before anything is hashed
};

/// Send these bytes and pass the answer to step(). May be empty.
struct Challenge {
    std::string bytes;
};
/// The client has said all: whoever runs the exchange checks it. An empty authzid means "the one authcid stands for".
struct Credentials {
    std::string authzid;
    std::string authcid;
    std::string password;
};
/// The client broke the mechanism's rules: nothing to check. reason is for the log, never for the peer.
struct Failed {
    std::string_view reason;
};
using ServerStep = std::variant<Challenge, Credentials, Failed>;

class ServerMechanism {
public:
    virtual ~ServerMechanism() = default;
    /// Once, first. initial: the initial response, if the client sent one; an empty one is not the same as none.
    virtual ServerStep start(std::optional<std::string_view> initial) = 0;
    /// The answer to the last Challenge. Not to be called after Credentials or Failed.
    virtual ServerStep step(std::string_view response) = 0;
};

struct ServerMechanismInfo {
    std::string_view name;  // as listed in CAPA and EHLO
    bool sends_password;    // the password crosses the wire: offer it under TLS only
};

/// What make_server() knows, in the order in which it is to be offered.
const std::vector<ServerMechanismInfo>& server_mechanisms();

/// Null for a name that is not known. Names are compared without case.
std::unique_ptr<ServerMechanism> make_server(std::string_view name, const ServerOptions& options = {});

}  // namespace restante::sasl
