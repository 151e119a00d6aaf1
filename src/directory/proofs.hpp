#pragma once
// Proven passwords, remembered for a while as keyed hashes, so that a client that polls every minute does not cost an
// Argon2id each time.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace restante::directory {

/// Thread-safe, never blocks for long. The key is random and lives only in this object.
class Proofs {
public:
    /// capacity: logins remembered at most, about 80 octets each.
    Proofs(const Clock& clock, std::chrono::seconds lifetime, std::size_t capacity = 262'144);

    /// Of what is remembered from now on; 0: nothing is asked any more.
    void set_lifetime(std::chrono::seconds lifetime) { lifetime_ = lifetime; }

    /// id, version: the login and the version of its credential; a changed credential has another version, so an old
    /// proof can never be used for it, however the calls interleave.
    bool matches(std::int64_t id, std::uint64_t version, std::string_view password);
    void remember(std::int64_t id, std::uint64_t version, std::string_view password);
    void forget(std::int64_t id);

private:
    using Mac = std::array<unsigned char, 16>;
    struct Proof {
        Mac mac;
        Timestamp until;
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::int64_t, Proof> proofs;
    };
    static constexpr std::size_t kShards = 16;

    Mac mac_of(std::int64_t id, std::uint64_t version, std::string_view password) const;
    Shard& shard_of(std::int64_t id) { return shards_[std::hash<std::int64_t>{}(id >> 8) % kShards]; }

    const Clock& clock_;
    std::atomic<std::chrono::seconds> lifetime_;
    const std::size_t shard_capacity_;
    std::array<unsigned char, 16> key_{};
    std::array<Shard, kShards> shards_;
};

}  // namespace restante::directory
