#pragma once
// Internal to net: listening sockets from text.
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/socket_address.hpp"

namespace restante::net {

/// "127.0.0.1:25", "[::1]:25", "*:25" (two addresses), "localhost:25", "unix:/path". invalid with what is wrong.
Result<std::vector<Address>> parse_bind(const std::string& text);

/// A bound, listening, non-blocking socket, and where (port 0 replaced). A unix socket's file left over by a dead
/// process is replaced.
struct Bound {
    int socket;
    Address address;
};
/// share: other sockets of this user that say so too may be bound to the same IP address and port (SO_REUSEPORT).
Result<Bound> bind_and_listen(const Address& where, int backlog, unsigned unix_mode, bool share = false);

/// TCP_NODELAY; harmless on other sockets.
void set_no_delay(int socket);

}  // namespace restante::net
