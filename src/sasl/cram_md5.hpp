#pragma once
// Internal to sasl: CRAM-MD5 (RFC 2195). Needs the password in clear on the server, so accounts have to opt in.
#include <memory>

#include "sasl/client.hpp"
#include "sasl/server.hpp"

namespace restante::sasl {

std::unique_ptr<ServerMechanism> make_cram_md5_server(const ServerOptions& options);
std::unique_ptr<ClientMechanism> make_cram_md5_client(ClientLogin login);

}  // namespace restante::sasl
