#pragma once
// The server's own certificate: the one configured, or a self-signed one made at the first start.
#include <string>

#include "certificates.hpp"
#include "config.hpp"
#include "net/tls_context.hpp"

namespace restante {

/// Without a configured certificate one for `hostname` and localhost is made in the data directory if it is missing,
/// and kept.
Result<void> make_missing_certificate(const Config& config, const std::string& hostname);
/// The files of the certificate named "default".
Certificates::Files default_certificate(const Config& config);
net::TlsVersion least_tls(const Config::Tls& tls);

}  // namespace restante
