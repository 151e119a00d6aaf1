#pragma once
// Polls and tests of POP3 connections: they wait for the network, so they run on the connection's executor.
#include "admin/parts.hpp"
#include "admin/router.hpp"

namespace restante::admin {

/// The schemas must be declared already (connection_group).
void add_connection_actions(Router& router, Parts& parts);

}  // namespace restante::admin
