#pragma once
// How many connections there are, in all, per peer and per loop thread.
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace restante::net {

/// Thread-safe. Place objects keep it alive.
class Admission : public std::enable_shared_from_this<Admission> {
public:
    struct Limits {
        std::size_t most;
        std::size_t most_per_key;
    };

    Admission(Limits limits, std::size_t loops) : limits_(limits), load_(loops) {}

    /// One connection's place, given back on destruction.
    class Place {
    public:
        Place(std::shared_ptr<Admission> owner, std::string key, std::size_t loop)
            : owner_(std::move(owner)), key_(std::move(key)), loop_(loop) {}
        Place(Place&&) noexcept = default;
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (owner_) owner_->leave(key_, loop_);
        }
        std::size_t loop() const { return loop_; }

    private:
        std::shared_ptr<Admission> owner_;
        std::string key_;
        std::size_t loop_;
    };

    /// A place on the loop with the fewest connections, or none if a limit is reached. An empty key has no limit of
    /// its own.
    std::optional<Place> enter(std::string key);
    std::size_t count() const;
    /// For those who come from now on; nobody is sent away.
    void set(Limits limits);

private:
    void leave(const std::string& key, std::size_t loop);

    mutable std::mutex mutex_;
    Limits limits_;
    std::vector<std::size_t> load_;
    std::unordered_map<std::string, std::size_t> per_key_;
    std::size_t total_ = 0;
    std::size_t turn_ = 0;
};

}  // namespace restante::net
