#pragma once
// The audit trail as modules see it that do not know the directory, in whose tables it lies.
#include <functional>
#include <string>

#include "db/session.hpp"

namespace restante::db {

/// Writes an audit row in the transaction of the change.
using Auditor = std::function<Result<void>(Session&, const std::string& actor, const std::string& action,
                                           const std::string& object, const std::string& detail)>;

}  // namespace restante::db
