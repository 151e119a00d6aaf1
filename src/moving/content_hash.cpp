#include "moving/content_hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "base/text.hpp"

namespace restante::moving {

ContentHash::ContentHash() : context_(EVP_MD_CTX_new()) {
    if (context_ == nullptr || EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
}

ContentHash::~ContentHash() { EVP_MD_CTX_free(context_); }

void ContentHash::update(std::string_view bytes) {
    if (EVP_DigestUpdate(context_, bytes.data(), bytes.size()) != 1) throw std::runtime_error("SHA-256 failed");
}

std::string ContentHash::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(context_, digest.data(), &size) != 1) throw std::runtime_error("SHA-256 failed");
    return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace restante::moving
