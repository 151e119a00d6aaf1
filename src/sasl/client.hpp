#pragma once
// SASL mechanisms, client side (RFC 4422). Pure; base64 belongs to the protocol. One object per exchange.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sasl/channel_bindings.hpp"

namespace restante::sasl {

struct ClientLogin {
    std::string authcid;
    std::string password;     // of OAUTHBEARER and XOAUTH2 the access token
    std::string authzid;      // empty: act as oneself
    ChannelBindings binding;  // of the TLS connection, if there is one
    std::string host;         // of the server, as OAUTHBEARER tells it; may be empty
    std::uint16_t port = 0;   // the same
    std::string nonce;        // empty: random. Test vectors need their own
};

class ClientMechanism {
public:
    virtual ~ClientMechanism() = default;
    virtual std::string_view name() const = 0;
    /// What may be sent together with the mechanism's name; nothing if the server speaks first. If the protocol does
    /// not send it at once, it leaves this out and answers the server's (empty) challenge with respond().
    virtual std::optional<std::string> initial() = 0;
    /// Errors: protocol if the server breaks the mechanism's rules; unauthenticated if it says why it refuses or cannot
    /// prove that it knows the password.
    virtual Result<std::string> respond(std::string_view challenge) = 0;
    /// The server says that all is well: may that be believed? SCRAM's server has to prove itself first. Errors:
    /// unauthenticated.
    virtual Result<> confirm() { return {}; }
};

/// Without case. ErrorKind::unsupported for a name that is not known; ErrorKind::invalid if the login holds bytes that
/// the mechanism cannot carry (NUL; an authzid with LOGIN).
Result<std::unique_ptr<ClientMechanism>> make_client(std::string_view name, ClientLogin login);

/// The best mechanism of those a server offers for a password, empty if there is none that is known: the strongest
/// SCRAM; under TLS PLAIN and LOGIN; then CRAM-MD5 and NTLM, which need no TLS but protect little without it.
/// binding: whether the channel can be bound. tls: whether the connection is under TLS.
std::string_view choose_mechanism(const std::vector<std::string>& offered, bool binding, bool tls);

}  // namespace restante::sasl
