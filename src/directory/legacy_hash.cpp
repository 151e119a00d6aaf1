#include "directory/legacy_hash.hpp"

#include <crypt.h>
#include <openssl/evp.h>

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

// crypt(3) methods that are not broken, with a cost that cannot stall the server: SHA-crypt to a million rounds
// (about a second), bcrypt to 2^14, yescrypt at its default cost.
bool is_sane_crypt(std::string_view text) {
    if (text.size() > 128 || text.find('\0') != std::string_view::npos) return false;
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

bool is_crypt_scheme(std::string_view scheme) {
    return scheme == "SHA512-CRYPT" || scheme == "SHA256-CRYPT" || scheme == "BLF-CRYPT" || scheme == "CRYPT";
}

bool crypt_matches(std::string_view text, std::string_view password) {
    // 32 KiB: too large for a small stack.
    const auto data = std::make_unique<crypt_data>();
    const std::string phrase(password), setting(text);
    const char* made = crypt_r(phrase.c_str(), setting.c_str(), data.get());
    return made != nullptr && constant_time_equal(made, text);
}

}  // namespace

bool is_legacy_hash(std::string_view hash) {
    const auto parts = split_scheme(hash);
    if (!parts) return false;
    if (const auto digest = digest_of(parts->scheme)) return decoded(*parts, *digest).has_value();
    return is_crypt_scheme(parts->scheme) && is_sane_crypt(parts->text);
}

bool legacy_hash_matches(const std::string& hash, std::string_view password) {
    const auto parts = split_scheme(hash);
    if (!parts) return false;
    if (const auto digest = digest_of(parts->scheme)) return digest_matches(*parts, *digest, password);
    return is_crypt_scheme(parts->scheme) && is_sane_crypt(parts->text) && crypt_matches(parts->text, password);
}

}  // namespace restante::directory
