#include "base/random.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <array>
#include <stdexcept>

namespace restante {
namespace {
std::string_view view(const unsigned char* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }
const unsigned char* octets_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
}  // namespace

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    for (std::size_t done = 0; done < count;) {
        const ssize_t got = getrandom(out.data() + done, count - done, 0);
        if (got < 0) throw std::runtime_error("getrandom failed");
        done += static_cast<std::size_t>(got);
    }
    return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
    return std::string(view(digest.data(), size));
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets_of(bytes), bytes.size(), digest.data(),
             &size) == nullptr)
        throw std::runtime_error("HMAC-SHA-256 failed");
    return std::string(view(digest.data(), size));
}

}  // namespace restante
