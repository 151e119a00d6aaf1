#pragma once
// Who has just logged in to POP3, and from where: for POP-before-SMTP (S4.14). Forgotten at a restart.
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "directory/directory.hpp"

namespace restante::directory {

/// Thread-safe. Bounded: the oldest logins are forgotten first.
class PopLogins {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit PopLogins(std::size_t most = 100'000) : most_(most) {}

    /// address: of the client, without port. Only accounts are remembered.
    void logged_in(const Login& login, std::string_view address, bool tls, Time now);
    /// The logins from that address since then, each account once.
    std::vector<Login> since(std::string_view address, Time then, bool only_tls) const;

private:
    struct Seen {
        Login login;
        bool tls = false;
        Time at{};
    };
    void make_room();

    const std::size_t most_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::vector<Seen>> by_address_;
    std::size_t count_ = 0;
};

}  // namespace restante::directory
