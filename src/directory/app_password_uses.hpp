#pragma once
// When each app password was last used, in memory; the database hears of it now and then only.
#include <atomic>
#include <chrono>
#include <mutex>
#include <unordered_map>

#include "directory/directory.hpp"

namespace restante::directory {

/// Thread-safe, never blocks for long.
class AppPasswordUses {
public:
    explicit AppPasswordUses(std::chrono::seconds write_every) : write_every_(write_every) {}

    void set_write_every(std::chrono::seconds every) { write_every_ = every; }

    /// Is it time to write a use of `password` (as stored) down? Then the caller says written().
    bool is_due(const AppPassword& password, Timestamp now) const;
    void note(const AppPassword& password, const std::string& address, Timestamp now);
    void written(std::int64_t id, Timestamp now);
    void forget(std::int64_t id);
    /// The newest use known.
    void fill_in(AppPassword& password) const;

private:
    struct Use {
        Timestamp at{};
        std::string from;
        std::optional<Timestamp> written{};
    };
    std::atomic<std::chrono::seconds> write_every_;
    mutable std::mutex mutex_;
    std::unordered_map<std::int64_t, Use> uses_;
};

}  // namespace restante::directory
