#pragma once
// Makes guessing passwords slow without locking anyone out: each failed login of an address is answered later.
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace restante::mta {

/// Thread-safe. Bounded: of many addresses those whose last failure is oldest are forgotten first.
class AuthThrottle {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Delay = std::chrono::milliseconds;

    struct Limits {
        Delay first, most;
        std::chrono::seconds memory;
        std::size_t addresses;
    };
    explicit AuthThrottle(Limits limits) : limits_(limits) {}
    /// New limits, for what comes from now on.
    void set(Limits limits);

    /// A login failed: how long to wait before saying so. address: IP address, or its network.
    Delay failed(std::string_view address, Time now);
    /// A login from there succeeded.
    void succeeded(std::string_view address);

private:
    struct Record {
        unsigned failures = 0;
        Time last{};
    };
    void make_room(Time now);

    std::mutex mutex_;
    Limits limits_;
    std::unordered_map<std::string, Record> records_;
};

}  // namespace restante::mta
