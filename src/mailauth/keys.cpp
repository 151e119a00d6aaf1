#include "mailauth/keys.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace restante::mailauth {
namespace {

constexpr std::size_t kEd25519Octets = 32;

using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* octets(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
    return key == nullptr ? nullptr : std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

std::shared_ptr<EVP_PKEY> read_rsa(std::string_view bytes) {
    const auto size = static_cast<long>(bytes.size());
    const unsigned char* at = octets(bytes);
    EVP_PKEY* key = d2i_PUBKEY(nullptr, &at, size);
    if (key == nullptr) {
        at = octets(bytes);
        key = d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size);
    }
    auto out = owned(key);
    return out && EVP_PKEY_get_base_id(out.get()) == EVP_PKEY_RSA ? out : nullptr;
}

/// The padding and digest that both sides of an RSA signature need.
bool prepare_rsa(EVP_PKEY_CTX* context) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1;
}

std::string from_bio(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

void require(bool done) {
    if (!done) throw std::runtime_error("OpenSSL cannot sign");
}

}  // namespace

const char* to_string(KeyType type) { return type == KeyType::rsa ? "rsa" : "ed25519"; }

Result<PublicKey> PublicKey::from_bytes(KeyType type, std::string_view bytes) {
    std::shared_ptr<EVP_PKEY> key;
    if (type == KeyType::rsa)
        key = read_rsa(bytes);
    else if (bytes.size() == kEd25519Octets)
        key = owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(bytes), bytes.size()));
    if (!key) return fail(ErrorKind::invalid, std::string("not an ") + to_string(type) + " key");
    return PublicKey(type, std::move(key));
}

int PublicKey::bits() const { return EVP_PKEY_get_bits(key_.get()); }

bool PublicKey::verifies(std::string_view digest, std::string_view signature) const {
    if (type_ == KeyType::ed25519) {
        const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(digest), digest.size()) == 1;
    }
    const Context context(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
    return EVP_PKEY_verify_init(context.get()) == 1 && prepare_rsa(context.get()) &&
           EVP_PKEY_verify(context.get(), octets(signature), signature.size(), octets(digest), digest.size()) == 1;
}

Result<PrivateKey> PrivateKey::generate(KeyType type, int rsa_bits) {
    if (type == KeyType::rsa && (rsa_bits < 2048 || rsa_bits > 4096))
        return fail(ErrorKind::invalid, "an RSA key has from 2048 to 4096 bits");
    auto key = owned(type == KeyType::rsa ? EVP_RSA_gen(static_cast<unsigned>(rsa_bits))
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key) return fail(ErrorKind::internal, "OpenSSL made no key");
    return PrivateKey(type, std::move(key));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    const auto no_password = [](char*, int, int, void*) { return 0; };
    auto key = owned(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    const int id = key ? EVP_PKEY_get_base_id(key.get()) : 0;
    if (id != EVP_PKEY_RSA && id != EVP_PKEY_ED25519)
        return fail(ErrorKind::invalid, "not an RSA or Ed25519 key in PEM");
    return PrivateKey(id == EVP_PKEY_RSA ? KeyType::rsa : KeyType::ed25519, std::move(key));
}

int PrivateKey::bits() const { return EVP_PKEY_get_bits(key_.get()); }

std::string PrivateKey::pem() const {
    const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
    require(PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return from_bio(bio.get());
}

std::string PrivateKey::public_bytes() const {
    if (type_ == KeyType::ed25519) {
        std::string out(kEd25519Octets, '\0');
        std::size_t size = out.size();
        require(EVP_PKEY_get_raw_public_key(key_.get(), octets(out), &size) == 1);
        return out;
    }
    const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
    require(i2d_PUBKEY_bio(bio.get(), key_.get()) == 1);
    return from_bio(bio.get());
}

std::string PrivateKey::sign(std::string_view digest) const {
    std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t size = out.size();
    if (type_ == KeyType::ed25519) {
        const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                EVP_DigestSign(context.get(), octets(out), &size, octets(digest), digest.size()) == 1);
    } else {
        const Context context(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
        require(EVP_PKEY_sign_init(context.get()) == 1 && prepare_rsa(context.get()) &&
                EVP_PKEY_sign(context.get(), octets(out), &size, octets(digest), digest.size()) == 1);
    }
    out.resize(size);
    return out;
}

}  // namespace restante::mailauth
