#pragma once
// Which connector serves a connection. Several may listen on the same address for different clients; whichever accepts,
// the one whose remote networks fit the client closest serves it (S2.47).
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/stream.hpp"

namespace restante::mta {

/// Thread-safe.
class Switchboard {
public:
    using Serve = std::function<net::Task<>(net::Stream, bool tls)>;
    struct Connector {
        std::string name;
        std::vector<net::Address> clear, tls;  // bound, with their real ports
        std::vector<std::string> networks;     // as directory::checked_network() gives them; empty: everyone
        Serve serve;
    };

    /// Adds it or replaces the one of that name. already_exists: another one takes the same clients at the same
    /// address.
    Result<> put(Connector connector);
    void remove(const std::string& name);
    /// Empty if no connector is for this client. tls: it came to an address that is under TLS from the first octet.
    Serve choose(const net::Address& local, const net::Address& peer, bool tls) const;

private:
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<const Connector>> connectors_;
};

}  // namespace restante::mta
