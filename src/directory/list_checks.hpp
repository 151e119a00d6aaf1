#pragma once
// What a mailing list's settings and members may be. Pure.
#include <string>
#include <vector>

#include "directory/mailing_lists.hpp"

namespace restante::directory {

/// With its addresses as they are stored.
Result<ListSettings> checked_settings(const ListSettings& settings);
/// Full addresses as they are stored, each once, without empty ones and remarks ("# ..."). The error names the line: "line 3: ...".
Result<std::vector<std::string>> checked_members(const std::vector<std::string>& addresses);
/// For the audit row.
std::string described(const ListSettings& settings);

}  // namespace restante::directory
