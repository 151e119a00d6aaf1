#pragma once
// The server's certificate: the one configured, or a self-signed one made at the first start.
#include <memory>
#include <string>

#include "config.hpp"
#include "net/tls_context.hpp"

namespace restante {

/// Loads what the configuration names. Without a configured certificate one for `hostname` and localhost is made in the
/// data directory if it is missing, and kept. invalid: what is wrong, with the file's name.
Result<std::shared_ptr<const net::TlsServerContext>> load_server_tls(const Config& config, const std::string& hostname);

}  // namespace restante
