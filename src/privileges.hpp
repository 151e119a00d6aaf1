#pragma once
// Giving up root once the ports are bound.
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace restante {

struct UserIds {
    std::uint32_t user = 0;
    std::uint32_t group = 0;
};

/// not_found: no such user.
Result<UserIds> look_up_user(const std::string& name);
/// Becomes that user for good, with its groups, in every thread of the process. denied without root.
Result<void> become_user(const std::string& name, UserIds ids);

}  // namespace restante
