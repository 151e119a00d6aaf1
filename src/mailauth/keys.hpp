#pragma once
// Keys of signatures: RSA with PKCS #1 v1.5 over SHA-256 (RFC 8301), Ed25519 over a SHA-256 digest (RFC 8463). Over
// OpenSSL 3; values, thread-safe for concurrent use.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

extern "C" {
struct evp_pkey_st;
}

namespace restante::mailauth {

enum class KeyType : std::uint8_t { rsa, ed25519 };
/// "rsa", "ed25519": k= of a key record, and what stands before "-sha256" in a signature.
const char* to_string(KeyType type);

class PublicKey {
public:
    /// From the p= of a key record, decoded: for RSA a SubjectPublicKeyInfo or a bare RSAPublicKey, for Ed25519 the 32
    /// octets. invalid: no such key.
    static Result<PublicKey> from_bytes(KeyType type, std::string_view bytes);

    KeyType type() const { return type_; }
    int bits() const;
    /// Whether the signature is this key's, over data with that SHA-256 digest.
    bool verifies(std::string_view digest, std::string_view signature) const;

private:
    PublicKey(KeyType type, std::shared_ptr<evp_pkey_st> key) : type_(type), key_(std::move(key)) {}
    KeyType type_;
    std::shared_ptr<evp_pkey_st> key_;
};

class PrivateKey {
public:
    /// rsa_bits: 2048 to 4096. Takes a good part of a second for RSA.
    static Result<PrivateKey> generate(KeyType type, int rsa_bits = 2048);
    /// PKCS #8 in PEM, as pem() gives it. invalid: no such key.
    static Result<PrivateKey> from_pem(std::string_view pem);

    KeyType type() const { return type_; }
    int bits() const;
    std::string pem() const;
    /// What PublicKey::from_bytes takes.
    std::string public_bytes() const;
    std::string sign(std::string_view digest) const;

private:
    PrivateKey(KeyType type, std::shared_ptr<evp_pkey_st> key) : type_(type), key_(std::move(key)) {}
    KeyType type_;
    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace restante::mailauth
