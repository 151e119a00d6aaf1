#pragma once
// Internal to sasl: OAuth tokens instead of passwords, in the standard form (OAUTHBEARER, RFC 7628) and the older one of
// Google and Microsoft (XOAUTH2).
#include <memory>

#include "sasl/client.hpp"
#include "sasl/server.hpp"

namespace restante::sasl {

enum class OAuthForm { bearer, xoauth2 };

std::unique_ptr<ServerMechanism> make_oauth_server(OAuthForm form, const ServerOptions& options);
std::unique_ptr<ClientMechanism> make_oauth_client(OAuthForm form, ClientLogin login);

}  // namespace restante::sasl
