#include "directory/password.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/random.hpp"
#include "base/text.hpp"
#include "directory/legacy_hash.hpp"

namespace restante::directory {
namespace {
// What guessing programs try first, of at least the floor's length.
constexpr std::array<std::string_view, 40> kCommon{
    "123456",   "1234567",  "12345678",      "123456789", "1234567890", "password", "password1", "passw0rd",
    "p@ssw0rd", "qwerty",   "qwertyuiop",    "qwerty123", "1q2w3e4r",   "1qaz2wsx", "abc123",    "abcdef",
    "abcd1234", "111111",   "000000",        "123123",    "654321",     "iloveyou", "letmein",   "welcome",
    "welcome1", "monkey",   "dragon",        "football",  "baseball",   "sunshine", "princess",  "superman",
    "trustno1", "admin123", "administrator", "changeme",  "secret",     "passwort", "passwort1", "test1234"};

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

constexpr std::string_view kArgon2id = "{ARGON2ID}";

bool is_own_form(std::string_view encoded) { return encoded.starts_with("$argon2id$") && is_sane_argon2(encoded); }

}  // namespace

Result<void> check_password_policy(std::string_view password, std::string_view name, std::size_t min_length) {
    const std::size_t least = std::max(min_length, kPasswordFloor);
    if (!is_valid_utf8(password)) return fail(ErrorKind::invalid, "the password is not valid UTF-8");
    if (std::any_of(password.begin(), password.end(),
                    [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }))
        return fail(ErrorKind::invalid, "the password must not hold spaces or control characters");
    if (characters(password) < least)
        return fail(ErrorKind::invalid,
                    "the password is too short: use at least " + std::to_string(least) + " characters");
    if (password.size() > kPasswordMax)
        return fail(ErrorKind::invalid,
                    "the password is too long: use at most " + std::to_string(kPasswordMax) + " octets");
    const std::string lower = to_lower(password);
    if (lower == name || lower == std::string(name.rbegin(), name.rend()))
        return fail(ErrorKind::invalid, "the password must not be the user name");
    if (std::find(kCommon.begin(), kCommon.end(), lower) != kCommon.end())
        return fail(ErrorKind::invalid, "the password is one of the first that are guessed: choose another");
    return {};
}

Result<void> check_imported_hash(std::string_view hash) {
    const bool fine = istarts_with(hash, kArgon2id) ? is_own_form(hash.substr(kArgon2id.size())) : is_legacy_hash(hash);
    if (!fine)
        return fail(ErrorKind::invalid,
                    "the password hash has an unknown scheme, a wrong form or an excessive cost (DES crypt knows eight "
                    "characters only and is not taken)");
    return {};
}

const char* clear_text_of(const std::string& hash) {
    for (const std::string_view scheme : {std::string_view("{PLAIN}"), std::string_view("{CLEARTEXT}")})
        if (istarts_with(hash, scheme)) return hash.c_str() + scheme.size();
    return nullptr;
}

class PasswordHasher::Slot {
public:
    explicit Slot(PasswordHasher& hasher) : hasher_(hasher) {
        std::unique_lock lock(hasher_.mutex_);
        hasher_.freed_.wait(lock, [&] { return hasher_.busy_ < hasher_.most_; });
        ++hasher_.busy_;
    }
    ~Slot() {
        const std::lock_guard lock(hasher_.mutex_);
        --hasher_.busy_;
        hasher_.freed_.notify_one();
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

private:
    PasswordHasher& hasher_;
};

PasswordHasher::PasswordHasher(std::uint32_t memory_kib, std::uint32_t passes, std::uint32_t concurrency)
    : cost_(cost_of(memory_kib, passes)), most_(std::max(concurrency, 1U)) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
    if (auto made = set(memory_kib, passes, concurrency); !made) throw std::runtime_error(made.error().detail);
}

PasswordHasher::Cost PasswordHasher::cost_of(std::uint32_t memory_kib, std::uint32_t passes) {
    return {std::max<std::uint64_t>(std::uint64_t{memory_kib} * 1024, crypto_pwhash_MEMLIMIT_MIN),
            std::max(passes, 1U)};
}

PasswordHasher::Cost PasswordHasher::cost() const {
    const std::lock_guard lock(mutex_);
    return cost_;
}

Result<void> PasswordHasher::set(std::uint32_t memory_kib, std::uint32_t passes, std::uint32_t concurrency) {
    const Cost wanted = cost_of(memory_kib, passes);
    auto made = hash(to_hex(random_bytes(16)), wanted);
    if (!made) return fail(std::move(made.error()));
    const std::lock_guard lock(mutex_);
    cost_ = wanted;
    most_ = std::max(concurrency, 1U);
    nobody_ = std::move(*made);
    freed_.notify_all();
    return {};
}

bool PasswordHasher::is_current(const std::string& hash) const {
    const Cost now = cost();
    return is_own(hash) &&
           crypto_pwhash_str_needs_rehash(hash.c_str() + kArgon2id.size(), now.passes, now.memory_octets) == 0;
}

bool PasswordHasher::is_own(std::string_view hash) { return istarts_with(hash, kArgon2id); }

Result<std::string> PasswordHasher::hash(std::string_view password) {
    const Slot slot(*this);
    return hash(password, cost());
}

Result<std::string> PasswordHasher::hash(std::string_view password, Cost cost) {
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes, cost.memory_octets,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(ErrorKind::unavailable, "not enough memory to hash a password");
    return std::string(kArgon2id) + out.data();
}

bool PasswordHasher::matches(const std::string& stored, std::string_view password) {
    if (!istarts_with(stored, kArgon2id)) return legacy_hash_matches(stored, password);
    return crypto_pwhash_str_verify(stored.c_str() + kArgon2id.size(), password.data(), password.size()) == 0;
}

bool PasswordHasher::verify(const std::string& stored, std::string_view password) {
    // A NUL would end the password for crypt(3); an over-long one costs time.
    if (password.size() > kPasswordMax || password.find('\0') != std::string_view::npos) return verify_nobody("");
    {
        const Slot slot(*this);
        if (matches(stored, password)) return true;
        if (istarts_with(stored, kArgon2id)) return false;
    }
    // A cheap scheme must not tell by its speed that the name exists.
    return verify_nobody(password);
}

bool PasswordHasher::verify_nobody(std::string_view password) {
    const Slot slot(*this);
    std::string nobody;
    {
        const std::lock_guard lock(mutex_);
        nobody = nobody_;
    }
    (void)matches(nobody, password.substr(0, kPasswordMax));
    return false;
}

}  // namespace restante::directory
