#pragma once
// How much of something a key may do in a period.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace restante::mta {

/// Counts over the last period, as the sum of what happened in this one and the part of the one before that still
/// counts. Thread-safe. Bounded: of many keys those that are idle longest are forgotten first.
class RateWindow {
public:
    using Time = std::chrono::steady_clock::time_point;

    RateWindow(std::chrono::seconds period, std::size_t keys) : period_(period), keys_(keys) {}

    /// Counts `amount` if that stays within `limit`, which 0 means there is none; else counts nothing.
    bool take(std::string_view key, std::uint64_t amount, std::uint64_t limit, Time now);

private:
    struct Count {
        Time began{};  // of this period
        std::uint64_t now = 0, before = 0;
    };
    void make_room(Time now);

    const std::chrono::seconds period_;
    const std::size_t keys_;
    std::mutex mutex_;
    std::unordered_map<std::string, Count> counts_;
};

}  // namespace restante::mta
