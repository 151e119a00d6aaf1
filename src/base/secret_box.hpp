#pragma once
// Passwords that must be known again (to be sent to another server, or as a shared secret) are stored encrypted.
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace restante {

/// XSalsa20-Poly1305 under one key file's bytes. Immutable, thread-safe.
class SecretBox {
public:
    static constexpr std::size_t kKeyOctets = 32;
    /// Throws std::invalid_argument for a key of another length.
    explicit SecretBox(std::string key);
    ~SecretBox();
    SecretBox(const SecretBox&) = delete;
    SecretBox& operator=(const SecretBox&) = delete;

    /// owner: what the secret belongs to ("connection 17"); a box opens for its owner only.
    std::string seal(std::string_view owner, std::string_view secret) const;
    /// corrupt: damaged, of another owner, or of another key.
    Result<std::string> open(std::string_view owner, std::string_view box) const;

private:
    std::string key_;
};

}  // namespace restante
