#pragma once
// What a new server needs besides empty tables.
#include <optional>
#include <string>

#include "directory/directory.hpp"

namespace restante {

inline constexpr const char* kAdministrator = "admin";

/// Creates the administrator if there is no tenant at all, and returns the password: random, stored only as a hash.
Result<std::optional<std::string>> create_first_administrator(directory::Directory& directory);

}  // namespace restante
