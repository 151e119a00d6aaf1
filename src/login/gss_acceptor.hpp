#pragma once
// GSSAPI inside SASL (RFC 4752), accepting side, over MIT Kerberos. Not pure: it reads the keytab and the replay cache.
#include <memory>
#include <string>

#include "login/options.hpp"
#include "sasl/server.hpp"

namespace restante::login {

/// service: "pop" or "smtp", the first part of the principal that the client must have asked for. Every call of it
/// blocks on files: run it on a work pool. No security layer: that is TLS's business. Verified names the principal
/// without its realm.
std::unique_ptr<sasl::ServerMechanism> make_gss_acceptor(const GssapiOptions& options, std::string service);

}  // namespace restante::login
