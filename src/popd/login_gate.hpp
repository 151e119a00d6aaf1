#pragma once
// Counts who is logged in, and since when.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "popd/options.hpp"

namespace restante::popd {

/// Thread-safe.
class LoginGate {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit LoginGate(const Options& options) : per_account_(options.max_per_account) {}

    /// New limits, for what comes from now on.
    void set(const Options& options);

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
    void forget_old_logins(Time now);

    std::mutex mutex_;
    std::size_t per_account_;
    std::unordered_map<std::int64_t, std::size_t> sessions_;
    std::unordered_map<std::int64_t, Time> may_enter_;  // accounts with a delay: when next
    std::size_t next_look_ = 1'024;
};

}  // namespace restante::popd
