#include "base/secret_box.hpp"

#include <sodium.h>

#include <stdexcept>

#include "base/random.hpp"

namespace restante {
namespace {
const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* bytes_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
}  // namespace

SecretBox::SecretBox(std::string key) : key_(std::move(key)) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
    if (key_.size() != kKeyOctets) throw std::invalid_argument("the key for stored passwords must have 32 octets");
}

SecretBox::~SecretBox() { sodium_memzero(key_.data(), key_.size()); }

std::string SecretBox::seal(std::string_view owner, std::string_view secret) const {
    std::string plain = std::string(owner) + '\0' + std::string(secret);
    std::string box = random_bytes(crypto_secretbox_NONCEBYTES);
    box.resize(box.size() + crypto_secretbox_MACBYTES + plain.size());
    unsigned char* const nonce = bytes_of(box);
    crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES, bytes_of(plain), plain.size(), nonce, bytes_of(key_));
    sodium_memzero(plain.data(), plain.size());
    return box;
}

Result<std::string> SecretBox::open(std::string_view owner, std::string_view box) const {
    const auto unreadable = [] {
        return fail(ErrorKind::corrupt,
                    "a stored password cannot be decrypted: was the key file replaced? Enter it again");
    };
    constexpr std::size_t kHead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    if (box.size() < kHead) return unreadable();
    std::string plain(box.size() - kHead, '\0');
    if (crypto_secretbox_open_easy(bytes_of(plain), bytes_of(box) + crypto_secretbox_NONCEBYTES,
                                   box.size() - crypto_secretbox_NONCEBYTES, bytes_of(box), bytes_of(key_)) != 0)
        return unreadable();
    const std::string head = std::string(owner) + '\0';
    if (!plain.starts_with(head)) return unreadable();
    return plain.substr(head.size());
}

}  // namespace restante
