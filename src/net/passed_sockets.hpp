#pragma once
// Listening sockets that the program which started this one has bound for it (sd_listen_fds(3)).
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"

namespace restante::net {

/// Filled at start, then thread-safe. Keeps the sockets, so that a service can be stopped and started again: whoever bound
/// them keeps them too, and nobody else could bind their addresses meanwhile.
class PassedSockets {
public:
    PassedSockets() = default;
    PassedSockets(const PassedSockets&) = delete;
    PassedSockets& operator=(const PassedSockets&) = delete;
    ~PassedSockets();

    /// What LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES announce for this process, from descriptor 3 on; the variables
    /// are removed from the environment, so call it before there are threads. Gives what is wrong: anything but a
    /// listening stream socket is left alone.
    std::vector<std::string> take_from_environment();
    /// Takes ownership; for tests.
    void add(int socket, std::string name);

    /// A descriptor of one's own for a passed socket, which is in use until `hold` is gone.
    struct Taken {
        int socket;
        std::shared_ptr<const void> hold;
    };
    /// The socket bound to exactly this address; nothing if there is none. already_exists while another has it.
    Result<std::optional<Taken>> take(const Address& where) const;
    /// For the IPv4 wildcard address: an IPv6 wildcard socket with the same port takes IPv4 as well.
    bool covers(const Address& where) const;

    struct Passed {
        int socket;
        std::string name;  // of its unit, or "unknown"
        Address address;
        bool both_families;  // an IPv6 socket that takes IPv4 too
        mutable std::weak_ptr<const void> user{};
    };
    const std::vector<Passed>& all() const { return sockets_; }

private:
    mutable std::mutex mutex_;  // of the users
    std::vector<Passed> sockets_;
};

}  // namespace restante::net
