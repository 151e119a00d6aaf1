#pragma once
// What the tables of commands over the API are written with, and those that stand in files of their own.
#include <string>
#include <vector>

#include "api_command.hpp"

namespace restante::cli {

using Kind = Parameter::Kind;

inline Parameter in_path(const char* name, const char* help) { return {name, std::string("{") + name + "}", help, Kind::text, true}; }
inline Parameter needed(const char* name, const char* member, const char* help) { return {name, member, help, Kind::text, true}; }
inline Parameter optional(const char* name, const char* member, const char* help, Kind kind = Kind::text) { return {name, member, help, kind}; }
inline Parameter password(const char* help) { return {"password", "password", help, Kind::secret}; }

std::vector<ApiCommand> connection_commands();
std::vector<ApiCommand> work_commands();
std::vector<ApiCommand> spam_commands();

}  // namespace restante::cli
