#pragma once
// Makes guessing passwords slow, from one network or from many, without keeping the owner of an account out.
//
// Wrong passwords are counted by account and by network. Each is told later than the one before. Once there were many,
// whoever is a stranger to the account queues up before a password is even looked at, right or wrong, so that neither
// the answer nor its time tells anything before its turn. No stranger: a network from which that account has logged in
// well before, and whoever shows an app password (Doorkeeper). Names that nobody has are counted like all others, and
// names are not looked up: "bob" and "bob@example.org" are one, whether there is a bob or not.
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/metrics.hpp"

namespace restante::login {

struct GuardOptions {
    std::chrono::milliseconds delay{1000};  // before a wrong password is told; doubled with each of the same network
    std::chrono::milliseconds delay_max{15'000};
    std::chrono::seconds memory{900};     // failures are forgotten after that long without another
    std::uint32_t account_failures = 10;  // of an account, from which on strangers to it queue up
    std::uint32_t network_failures = 50;  // of a network, from which on it queues up, one a `delay`
    std::chrono::seconds wait_max{30};    // the longest wait in a queue; who would wait longer is sent away
    std::uint32_t ipv4_prefix = 24;       // bits that make a network
    std::uint32_t ipv6_prefix = 64;
    std::chrono::hours familiar{2160};   // a good login makes its network familiar to the account that long
    std::size_t max_entries = 100'000;   // accounts, networks and familiar pairs remembered, each; oldest go first
    std::uint32_t alert_failures = 100;  // of an account, that raise an alert; 0: none
};

/// Of one server, shared by all services that take logins. Thread-safe, never blocks for long.
class GuessGuard {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Delay = std::chrono::milliseconds;
    struct Attack {
        std::string name;  // as typed, without its domain; perhaps nobody's
        std::uint32_t failures = 0;
    };

    /// alert: called outside of the lock, once per attack; must not block. metrics must outlive it.
    GuessGuard(GuardOptions options, Metrics& metrics, std::function<void(const Attack&)> alert = {});
    GuessGuard(const GuessGuard&) = delete;
    GuessGuard& operator=(const GuessGuard&) = delete;

    /// New limits, for what comes from now on.
    void set(GuardOptions options);

    /// Before one is told that nothing was looked at.
    Delay delay();

    // name: as the client typed it. address: of the client, as text without port.

    /// How long to wait before the password is looked at, and a place in the queue for it. nullopt: too long a queue.
    std::optional<Delay> admit(std::string_view name, std::string_view address, Time now);
    /// Would admit() make it wait? Takes no place.
    bool must_wait(std::string_view name, std::string_view address, Time now);
    /// Counts a wrong password as soon as it is known, for those that came at the same time; failed() follows, and does
    /// not count it again.
    void foresee(std::string_view name, std::string_view address, Time now);
    /// Notes a wrong password; how long to wait before telling.
    Delay failed(std::string_view name, std::string_view address, Time now);
    /// Notes a good login: the network is familiar to the account from now on.
    void succeeded(std::string_view name, std::string_view address, Time now);

private:
    /// Remembers at most so many; the one touched longest ago goes first.
    template <class Value>
    class Recent {
    public:
        Value* find(const std::string& key) {
            const auto found = places_.find(key);
            return found == places_.end() ? nullptr : &found->second->second;
        }
        /// Made if it is not there.
        Value& touch(const std::string& key, std::size_t most) {
            if (const auto found = places_.find(key); found != places_.end()) {
                order_.splice(order_.begin(), order_, found->second);
            } else {
                order_.emplace_front(key, Value{});
                places_.emplace(key, order_.begin());
            }
            for (; order_.size() > most && order_.size() > 1; order_.pop_back()) places_.erase(order_.back().first);
            return order_.front().second;
        }
        std::size_t size() const { return order_.size(); }

    private:
        using Order = std::list<std::pair<std::string, Value>>;
        Order order_;
        std::unordered_map<std::string, typename Order::iterator> places_;
    };
    struct Failures {
        std::uint32_t count = 0;
        std::uint32_t foreseen = 0;  // of these, such as failed() has not been told of
        Time last{};
        Time turn{};  // of the next in the queue
        bool told = false;
    };

    std::string network_of(std::string_view address) const;
    Failures* live(Recent<Failures>& among, const std::string& key, Time now) const;
    Failures& touch(Recent<Failures>& among, const std::string& key, Time now) const;
    Failures& add(Recent<Failures>& to, const std::string& key, Time now) const;
    bool is_familiar(const std::string& account, const std::string& network, Time now);
    Delay grown(std::uint32_t doublings) const;
    Delay account_step(const Failures* failures) const;
    Delay network_step(const Failures* failures) const;

    std::mutex mutex_;
    GuardOptions options_;
    const std::function<void(const Attack&)> alert_;
    Counter &failures_, &waits_, &sent_away_, &attacks_;
    Gauge &accounts_known_, &networks_known_;
    Recent<Failures> accounts_, networks_;
    Recent<Time> familiar_;  // "account\nnetwork": last good login
};

}  // namespace restante::login
