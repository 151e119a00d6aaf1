#pragma once
// Slows down those who guess passwords and counts who is logged in.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "popd/options.hpp"

namespace restante::popd {

/// Thread-safe. Only failures are delayed: the owner of an account, even behind the guesser's address, logs in at once.
class LoginGate {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit LoginGate(const Options& options) : limits_(options) {}

    /// New limits, for what comes from now on.
    void set(const Options& options);

    /// Notes a failure; how long to wait before telling. address: net::Address::ip_bytes(); IPv6 counts by /64.
    std::chrono::milliseconds failed(std::string_view address, Time now);

    /// A logged in session of an account, given back on destruction.
    class Slot {
    public:
        Slot() = default;
        Slot(LoginGate& gate, std::int64_t account) : gate_(&gate), account_(account) {}
        Slot(Slot&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), account_(other.account_) {}
        Slot& operator=(Slot&& other) noexcept;
        ~Slot() { reset(); }
        void reset();
        explicit operator bool() const { return gate_ != nullptr; }

    private:
        LoginGate* gate_ = nullptr;
        std::int64_t account_ = 0;
    };
    /// An empty slot if the account has too many sessions.
    Slot enter(std::int64_t account);

    /// Notes a login, unless one of the account was noted less than `delay` before: then false. Forgotten on a restart.
    bool enter_after(std::int64_t account, std::chrono::seconds delay, Time now);

private:
    struct Failures {
        std::uint32_t count = 0;
        Time last{};
    };
    void forget_old(Time now);
    void forget_old_logins(Time now);

    /// What the gate uses of the options.
    struct Limits {
        explicit Limits(const Options& o)
            : delay(o.failure_delay),
              delay_max(o.failure_delay_max),
              memory(o.failure_memory),
              per_account(o.max_per_account) {}
        std::chrono::milliseconds delay, delay_max;
        std::chrono::seconds memory;
        std::size_t per_account;
    };

    std::mutex mutex_;
    Limits limits_;
    std::unordered_map<std::string, Failures> failures_;
    std::unordered_map<std::int64_t, std::size_t> sessions_;
    std::unordered_map<std::int64_t, Time> may_enter_;  // accounts with a delay: when next
    std::size_t next_look_ = 1'024;
};

}  // namespace restante::popd
