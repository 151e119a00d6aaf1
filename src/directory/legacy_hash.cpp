#include "directory/legacy_hash.hpp"

#include <crypt.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <array>
#include <memory>
#include <optional>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::directory {
namespace {

struct Parts {
    std::string scheme;  // upper case
    std::string_view text;
    bool hex = false;
};

std::optional<Parts> split_scheme(std::string_view hash) {
    const std::size_t end = hash.find('}');
    if (hash.empty() || hash.front() != '{' || end == std::string_view::npos) return std::nullopt;
    Parts parts{std::string(hash.substr(1, end - 1)), hash.substr(end + 1)};
    for (char& c : parts.scheme)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    parts.hex = parts.scheme == "PLAIN-MD5";
    for (const std::string_view suffix : {std::string_view(".HEX"), std::string_view(".B64")}) {
        if (!parts.scheme.ends_with(suffix)) continue;
        parts.scheme.resize(parts.scheme.size() - suffix.size());
        parts.hex = suffix == ".HEX";
    }
    return parts;
}

struct Digest {
    const EVP_MD* method;
    std::size_t size;
    bool salted;
};

std::optional<Digest> digest_of(std::string_view scheme) {
    if (scheme == "SHA" || scheme == "SHA1") return Digest{EVP_sha1(), 20, false};
    if (scheme == "SSHA") return Digest{EVP_sha1(), 20, true};
    if (scheme == "PLAIN-MD5" || scheme == "LDAP-MD5") return Digest{EVP_md5(), 16, false};
    if (scheme == "SMD5") return Digest{EVP_md5(), 16, true};
    if (scheme == "SHA256") return Digest{EVP_sha256(), 32, false};
    if (scheme == "SSHA256") return Digest{EVP_sha256(), 32, true};
    if (scheme == "SHA512") return Digest{EVP_sha512(), 64, false};
    if (scheme == "SSHA512") return Digest{EVP_sha512(), 64, true};
    return std::nullopt;
}

std::optional<std::string> hex_decode(std::string_view text) {
    std::string out;
    const auto value = [](char c) {
        return static_cast<int>(std::string_view("0123456789abcdef").find(ascii_lower(c)));
    };
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const int high = value(text[i]), low = value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
    }
    if (text.size() % 2 != 0) return std::nullopt;
    return out;
}

/// The stored digest with its salt behind it, or nullopt if it has not the right length.
std::optional<std::string> decoded(const Parts& parts, const Digest& digest) {
    auto bytes = parts.hex ? hex_decode(parts.text) : base64_decode(parts.text);
    if (!bytes) return std::nullopt;
    const bool right_size =
        digest.salted ? bytes->size() > digest.size && bytes->size() <= digest.size + 64 : bytes->size() == digest.size;
    if (!right_size) return std::nullopt;
    return bytes;
}

bool digest_matches(const Parts& parts, const Digest& digest, std::string_view password) {
    const auto stored = decoded(parts, digest);
    if (!stored) return false;
    const std::string input = std::string(password) + stored->substr(digest.size);
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    if (EVP_Digest(input.data(), input.size(), out.data(), &size, digest.method, nullptr) != 1) return false;
    return constant_time_equal({reinterpret_cast<const char*>(out.data()), size},
                               std::string_view(*stored).substr(0, digest.size));
}

/// "$1$salt$rounds$digest", the digest in hexadecimal.
struct Pbkdf2 {
    std::string_view salt;
    std::uint64_t rounds = 0;
    std::string digest;
};

std::optional<Pbkdf2> parse_pbkdf2(std::string_view text) {
    constexpr std::uint64_t kMostRounds = 1'000'000;
    const auto parts = split(text, '$');
    if (parts.size() != 5 || !parts[0].empty() || parts[1] != "1" || parts[2].empty() || parts[2].size() > 64)
        return std::nullopt;
    const auto rounds = parse_u64(parts[3]);
    auto digest = hex_decode(parts[4]);
    if (!rounds || *rounds == 0 || *rounds > kMostRounds || !digest || digest->size() != 20) return std::nullopt;
    return Pbkdf2{parts[2], *rounds, std::move(*digest)};
}

bool pbkdf2_matches(std::string_view text, std::string_view password) {
    const auto stored = parse_pbkdf2(text);
    if (!stored) return false;
    std::string made(stored->digest.size(), '\0');
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                          reinterpret_cast<const unsigned char*>(stored->salt.data()),
                          static_cast<int>(stored->salt.size()), static_cast<int>(stored->rounds), EVP_sha1(),
                          static_cast<int>(made.size()), reinterpret_cast<unsigned char*>(made.data())) != 1)
        return false;
    return constant_time_equal(made, stored->digest);
}

bool argon2_matches(std::string_view text, std::string_view password) {
    return crypto_pwhash_str_verify(std::string(text).c_str(), password.data(), password.size()) == 0;
}

// crypt(3) methods that keep the whole password, with a cost that cannot stall the server: MD5-crypt, SHA-crypt to a
// million rounds (about a second), bcrypt to 2^14, yescrypt at its default cost.
bool is_sane_crypt(std::string_view text) {
    if (text.size() > 128 || text.find('\0') != std::string_view::npos) return false;
    if (text.starts_with("$1$")) return split(text, '$').size() == 4 && text.size() >= 3 + 1 + 22;
    if (text.starts_with("$5$") || text.starts_with("$6$")) {
        constexpr std::string_view kRounds = "rounds=";
        const auto parts = split(text, '$');
        if (parts.size() == 4) return !parts[2].starts_with(kRounds);
        if (parts.size() != 5 || !parts[2].starts_with(kRounds)) return false;
        const auto rounds = parse_u64(parts[2].substr(kRounds.size()));
        return rounds && *rounds <= 1'000'000;
    }
    if (text.starts_with("$2a$") || text.starts_with("$2b$") || text.starts_with("$2y$"))
        return text.size() == 60 && parse_u64(text.substr(4, 2)).value_or(99) <= 14;
    return text.starts_with("$y$j9T$");
}

/// What a crypt(3) scheme's text begins with; empty: anything of is_sane_crypt; nullopt: no such scheme.
std::optional<std::string_view> crypt_prefix(std::string_view scheme) {
    if (scheme == "SHA512-CRYPT") return "$6$";
    if (scheme == "SHA256-CRYPT") return "$5$";
    if (scheme == "BLF-CRYPT") return "$2";
    if (scheme == "MD5-CRYPT" || scheme == "MD5") return "$1$";
    if (scheme == "CRYPT") return "";
    return std::nullopt;
}

bool is_crypt(const Parts& parts) {
    const auto prefix = crypt_prefix(parts.scheme);
    return prefix && parts.text.starts_with(*prefix) && is_sane_crypt(parts.text);
}

bool crypt_matches(std::string_view text, std::string_view password) {
    // 32 KiB: too large for a small stack.
    const auto data = std::make_unique<crypt_data>();
    const std::string phrase(password), setting(text);
    const char* made = crypt_r(phrase.c_str(), setting.c_str(), data.get());
    return made != nullptr && constant_time_equal(made, text);
}

}  // namespace

// A hash that asks for gigabytes or minutes would let its owner stop everybody's logins.
bool is_sane_argon2(std::string_view encoded) {
    constexpr std::uint64_t kMaxKib = 1'048'576, kMaxPasses = 64;
    if (encoded.size() >= crypto_pwhash_STRBYTES) return false;
    const auto parts = split(encoded, '$');
    if (parts.size() != 6 || !parts[0].empty() || (parts[1] != "argon2id" && parts[1] != "argon2i")) return false;
    std::optional<std::uint64_t> memory, passes;
    for (const std::string_view parameter : split(parts[3], ',')) {
        if (parameter.substr(0, 2) == "m=") memory = parse_u64(parameter.substr(2));
        if (parameter.substr(0, 2) == "t=") passes = parse_u64(parameter.substr(2));
    }
    return memory && passes && *memory <= kMaxKib && *passes <= kMaxPasses;
}

bool is_legacy_hash(std::string_view hash) {
    const auto parts = split_scheme(hash);
    if (!parts) return false;
    if (const auto digest = digest_of(parts->scheme)) return decoded(*parts, *digest).has_value();
    if (parts->scheme == "PBKDF2") return parse_pbkdf2(parts->text).has_value();
    if (parts->scheme == "ARGON2I") return parts->text.starts_with("$argon2i$") && is_sane_argon2(parts->text);
    return is_crypt(*parts);
}

bool legacy_hash_matches(const std::string& hash, std::string_view password) {
    const auto parts = split_scheme(hash);
    if (!parts) return false;
    if (const auto digest = digest_of(parts->scheme)) return digest_matches(*parts, *digest, password);
    if (parts->scheme == "PBKDF2") return pbkdf2_matches(parts->text, password);
    if (parts->scheme == "ARGON2I") return is_legacy_hash(hash) && argon2_matches(parts->text, password);
    return is_crypt(*parts) && crypt_matches(parts->text, password);
}

}  // namespace restante::directory
