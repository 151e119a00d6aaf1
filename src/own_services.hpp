#pragma once
// Where a client on this machine reaches this server's own services.
#include <map>
#include <string>
#include <vector>

#include "probe/prober.hpp"

namespace restante {

/// listeners: as in Server::Ready. TLS from the first octet where it is offered.
probe::OwnServices own_services(const std::map<std::string, std::vector<std::string>>& listeners);

}  // namespace restante
