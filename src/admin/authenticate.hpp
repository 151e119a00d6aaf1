#pragma once
// Who asks: root or the server's own user on the unix socket, the holder of an API token, the owner of a session.
#include "admin/http_message.hpp"

namespace restante::admin {

struct Parts;

/// Blocks (SQL). unauthenticated: nothing or nothing valid was shown. denied: a session's change without its
/// X-CSRF-Token, or a stranger on the unix socket.
Result<Principal> authenticate(Parts& parts, const Request& request);

inline constexpr std::string_view kSessionCookie = "restante_session";

}  // namespace restante::admin
