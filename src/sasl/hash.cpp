#include "sasl/hash.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace restante::sasl {
namespace {
const EVP_MD* algorithm(Hash hash) {
    switch (hash) {
        case Hash::md5:
            return EVP_md5();
        case Hash::sha1:
            return EVP_sha1();
        case Hash::sha256:
            return EVP_sha256();
    }
    return nullptr;
}
unsigned char* octets(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* octets(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
}  // namespace

std::size_t hash_size(Hash hash) { return static_cast<std::size_t>(EVP_MD_get_size(algorithm(hash))); }

std::string digest(Hash hash, std::string_view bytes) {
    std::string out(hash_size(hash), '\0');
    if (EVP_Digest(bytes.data(), bytes.size(), octets(out), nullptr, algorithm(hash), nullptr) != 1)
        throw std::runtime_error("OpenSSL refuses a digest");
    return out;
}

std::string hmac(Hash hash, std::string_view key, std::string_view bytes) {
    std::string out(hash_size(hash), '\0');
    if (HMAC(algorithm(hash), key.data(), static_cast<int>(key.size()), octets(bytes), bytes.size(), octets(out),
             nullptr) == nullptr)
        throw std::runtime_error("OpenSSL refuses an HMAC");
    return out;
}

std::string pbkdf2(Hash hash, std::string_view password, std::string_view salt, std::uint32_t iterations) {
    std::string out(hash_size(hash), '\0');
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets(salt),
                          static_cast<int>(salt.size()), static_cast<int>(iterations), algorithm(hash),
                          static_cast<int>(out.size()), octets(out)) != 1)
        throw std::runtime_error("OpenSSL refuses PBKDF2");
    return out;
}

}  // namespace restante::sasl
