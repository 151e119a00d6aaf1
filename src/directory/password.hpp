#pragma once
// Passwords: what is good enough, how it is stored, and how stored ones of other programs are checked.
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace restante::directory {

/// Lowest length an administrator may allow (S5.9), in characters.
inline constexpr std::size_t kPasswordFloor = 6;
/// Longer ones are refused when set and never match: the time to hash them must be bounded. Octets.
inline constexpr std::size_t kPasswordMax = 512;

/// May `password` be chosen by the owner of `name`? invalid, with what to change, otherwise. Pure.
Result<void> check_password_policy(std::string_view password, std::string_view name, std::size_t min_length);

/// A hash made elsewhere: is its scheme known and its cost sane? Pure. The text never holds the hash.
Result<void> check_imported_hash(std::string_view hash);

/// If `hash` is "{PLAIN}..." or "{CLEARTEXT}...": the clear text.
const char* clear_text_of(const std::string& hash);

/// Makes and checks hashes; at most `concurrency` at a time, as each Argon2id needs its memory. Thread-safe, blocking.
class PasswordHasher {
public:
    PasswordHasher(std::uint32_t memory_kib, std::uint32_t passes, std::uint32_t concurrency);

    /// Costs of what is hashed from now on. Errors: no memory for that (unavailable); nothing has changed then.
    Result<void> set(std::uint32_t memory_kib, std::uint32_t passes, std::uint32_t concurrency);

    /// Is it Argon2id of the cost that holds now?
    bool is_current(const std::string& hash) const;
    /// Is it Argon2id, and not a hash that another server left behind?
    static bool is_own(std::string_view hash);

    /// "{ARGON2ID}$argon2id$...". Errors: no memory (unavailable).
    Result<std::string> hash(std::string_view password);
    /// Takes as long for a wrong password as one Argon2id, whatever the scheme.
    bool verify(const std::string& stored, std::string_view password);
    /// The answer no, in the time that verify() takes for a wrong password.
    bool verify_nobody(std::string_view password);

private:
    class Slot;
    struct Cost {
        std::uint64_t memory_octets;
        std::uint32_t passes;
    };
    static Cost cost_of(std::uint32_t memory_kib, std::uint32_t passes);
    static Result<std::string> hash(std::string_view password, Cost cost);
    static bool matches(const std::string& stored, std::string_view password);
    Cost cost() const;

    mutable std::mutex mutex_;  // of all below
    std::condition_variable freed_;
    Cost cost_;
    std::uint32_t most_, busy_ = 0;
    std::string nobody_;  // hash of a random password
};

}  // namespace restante::directory
