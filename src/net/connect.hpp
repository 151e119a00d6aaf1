#pragma once
// Outgoing connections.
#include <functional>
#include <string>
#include <vector>

#include "net/stream.hpp"
#include "net/work_pool.hpp"

namespace restante::net {

struct ConnectOptions {
    std::chrono::milliseconds timeout{30'000};  // for all addresses together, look-up included
    /// Asked with every resolved address before a connection to it; true forbids it (Address::is_internal). Not asked
    /// for unix sockets.
    std::function<bool(const Address&)> deny{};
};

/// host: a name, an IP literal (brackets allowed), or "unix:/path". Tries the addresses in the resolver's order, each
/// with its share of the time. Looks up on the pool. not_found: no such host; denied: only forbidden addresses;
/// timeout; unavailable: refused or unreachable, the detail names each address. The stream is on the caller's executor.
Task<Result<Stream>> connect(WorkPool& pool, std::string host, std::uint16_t port, ConnectOptions options = {});

/// The system's resolver (getaddrinfo), blocking: run it on a WorkPool.
Result<std::vector<Address>> resolve_blocking(const std::string& host, std::uint16_t port);

}  // namespace restante::net
