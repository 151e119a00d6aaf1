#pragma once
// Tests of mail services: they wait for the network, so they run on the connection's executor.
#include "admin/parts.hpp"
#include "admin/router.hpp"

namespace restante::admin {

/// With its schemas.
void add_probes(Router& router, Parts& parts);

}  // namespace restante::admin
