#pragma once
// Where a client on this machine reaches this server's own services.
#include <map>
#include <string>
#include <vector>

#include "certificates.hpp"
#include "probe/prober.hpp"

namespace restante {

/// listeners: as in Server::Ready. TLS from the first octet where it is offered.
probe::OwnServices own_services(const std::map<std::string, std::vector<std::string>>& listeners, std::string ca_pem);

/// What a test of this server trusts: ca_file; or, where that is empty, the certificate for `host` if nobody else vouches
/// for it; otherwise empty, for the system's authorities. Blocking.
Result<std::string> trusted_pem(const Certificates& certificates, const std::string& host, const std::string& ca_file);

}  // namespace restante
