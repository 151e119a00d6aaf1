#pragma once
// POP3 connections as the API writes and reads them.
#include "admin/http_message.hpp"
#include "admin/schema.hpp"
#include "fetch/types.hpp"

namespace restante::admin {

json::object write_connection(const fetch::Connection& connection);
/// The members that are there into `settings`. Errors: invalid.
Result<void> read_settings(const json::object& body, fetch::Settings& settings);
/// Schemas of settings, connections, polls and tests.
void declare_connections(Schemas& schemas);

}  // namespace restante::admin
