#pragma once
// The addresses every domain must have.
#include <string>
#include <vector>

#include "db/session.hpp"
#include "directory/directory.hpp"

namespace restante::directory {

/// Blocking. The domains whose postmaster@ leads nowhere (RFC 5321 4.5.1), in order of their names. For whoever looks
/// at the tables without being the server; they must be of this version.
Result<std::vector<std::string>> domains_without_postmaster(db::Session& session, const Options& options);

}  // namespace restante::directory
