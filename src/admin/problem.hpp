#pragma once
// Errors of the HTTP API: application/problem+json (RFC 9457). The one place where an ErrorKind gets its HTTP status.
#include <string>
#include <vector>

#include "admin/http_message.hpp"
#include "admin/schema.hpp"

namespace restante::admin {

/// invalid 400, unauthenticated 401, denied 403, not_found 404, already_exists and busy 409, too_large 413, ...
int http_status(ErrorKind kind);

/// {"type":"urn:restante:problem:not_found","title":"Not Found","status":404,"detail":"..."}. Details of internal,
/// io and corrupt stay in the log; the peer is told to look there.
Response problem(const Error& error);
/// The same with any status; kind is the last part of the type: "method_not_allowed".
Response problem(int status, const std::string& kind, const std::string& detail);
/// 400 with "errors":[{"field":"name","detail":"is required"}].
Response problem(const std::vector<FieldFault>& faults);
/// For handlers: one field is wrong in a way the schema cannot say.
Response field_problem(const std::string& field, const std::string& detail);

/// "Not Found"; RFC 9110 15.
std::string reason_phrase(int status);

}  // namespace restante::admin
