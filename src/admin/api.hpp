#pragma once
// The administration API: all its routes and schemas, and who is let in.
#include <string>

#include "admin/parts.hpp"
#include "admin/router.hpp"

namespace restante::admin {

/// Adds every route below /api/v1 and sets the authenticator. `parts` must outlive the router.
void add_api(Router& router, Parts& parts);

/// The document as it is checked in as docs/openapi.json: indented by two, with a line end.
std::string indented(const json::value& document);

}  // namespace restante::admin
