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

#include "sasl/channel_bindings.hpp"
#include "sasl/scram_keys.hpp"

namespace restante::sasl {

struct ServerOptions {
    std::size_t max_identity = 255;   // octets of an authorization or authentication identity (RFC 4616 2)
    std::size_t max_password = 1024;  // octets; more is refused before anything is hashed
    std::size_t max_token = 8192;     // octets of an OAuth token
    std::string host_name = "localhost";  // in challenges that name the server (CRAM-MD5, NTLM)
    ChannelBindings binding;              // of the TLS connection, if there is one
    bool offers_plus = false;  // SCRAM's -PLUS of the same hash is offered: "y" then betrays a downgrade (RFC 5802 6)
    std::string nonce;         // empty: random. Test vectors need their own
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
/// Look up the keys of this account, invented but stable ones if there is none, and go on with scram_keys().
struct NeedScramKeys {
    std::string name;
    ScramHash hash;
};
/// Look up the clear password of an account that opted in, and go on with secret().
struct NeedSecret {
    std::string name;
};
/// Ask whose token this is and go on with token_owner(). name: whom the client claims to be; may be empty.
struct NeedToken {
    std::string name;
    std::string token;
};
/// The client has proved to be authcid: no password to check.
struct Verified {
    std::string authzid;
    std::string authcid;
};
/// The exchange is over without a login. reason is for the log, never for the peer; name is whom the client claimed to
/// be, if that is known.
struct Failed {
    std::string_view reason;
    std::string name = {};
    bool wrong_proof = false;  // a wrong password or token; false: the client broke the mechanism's rules
};
using ServerStep = std::variant<Challenge, Credentials, NeedScramKeys, NeedSecret, NeedToken, Verified, Failed>;

class ServerMechanism {
public:
    virtual ~ServerMechanism() = default;
    /// Once, first. initial: the initial response, if the client sent one; an empty one is not the same as none.
    virtual ServerStep start(std::optional<std::string_view> initial) = 0;
    /// The answer to the last Challenge. Not to be called after any other step.
    virtual ServerStep step(std::string_view response) = 0;
    /// Answers to NeedScramKeys, NeedSecret and NeedToken; at any other time std::logic_error.
    virtual ServerStep scram_keys(ScramKeys keys);
    virtual ServerStep secret(const std::optional<std::string>& password);
    /// owner: account name or address; nothing: the token is not valid.
    virtual ServerStep token_owner(std::optional<std::string> owner);
};

struct ServerMechanismInfo {
    enum class Needs { password, scram_keys, shared_secret, token };
    std::string_view name;       // as listed in CAPA and EHLO
    Needs needs;                 // of the directory or of others
    bool sends_password;         // what crosses the wire is enough to log in with: offer it under TLS only
    bool binds_channel = false;  // is possible under TLS only
};

/// What make_server() knows, the strongest first.
const std::vector<ServerMechanismInfo>& server_mechanisms();
/// Null if it is not known. Without case.
const ServerMechanismInfo* find_server_mechanism(std::string_view name);

/// Null for a name that is not known. Names are compared without case.
std::unique_ptr<ServerMechanism> make_server(std::string_view name, const ServerOptions& options = {});

}  // namespace restante::sasl
