#pragma once
// Canonicalisation (RFC 6376 3.4) and hashes over it. Pure.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailauth/header_fields.hpp"

namespace restante::mailauth {

enum class Canon : std::uint8_t { simple, relaxed };

/// One field with its final CRLF (RFC 6376 3.4.1, 3.4.2). field: without the final line end.
std::string canonical_field(std::string_view field, Canon canon);

/// Digests bodies while they stream by, in constant memory (RFC 6376 3.4.3, 3.4.4). Of a body the octets up to
/// `length`, counted after canonicalisation, are digested by SHA-256.
class BodyHash {
public:
    explicit BodyHash(Canon canon, std::optional<std::uint64_t> length = std::nullopt);
    BodyHash(BodyHash&&) noexcept;
    BodyHash& operator=(BodyHash&&) noexcept;
    ~BodyHash();

    void feed(std::string_view piece);
    /// The digest, 32 octets. Once, after the last piece.
    std::string finish();
    /// Octets of the canonical body, digested or not; after finish().
    std::uint64_t octets() const { return octets_; }

    Canon canon() const { return canon_; }
    const std::optional<std::uint64_t>& length() const { return length_; }

private:
    struct Digest;
    void text(std::string_view run);
    void line_end();
    void put(std::string_view bytes);
    void flush();

    Canon canon_;
    std::optional<std::uint64_t> length_;
    std::unique_ptr<Digest> digest_;
    std::string buffer_;  // canonical octets on their way to the digest
    std::uint64_t octets_ = 0;
    std::uint64_t empty_lines_ = 0;  // line ends held back: those at the body's end do not count
    bool carriage_return_ = false;   // the last octet was a CR
    bool blank_ = false;             // white space was seen that matters if more of the line comes
};

/// Every digest that a message's signatures ask for, each once.
class BodyHashes {
public:
    /// The number to ask digest() for. Before the first piece.
    std::size_t want(Canon canon, std::optional<std::uint64_t> length);
    bool any() const { return !hashes_.empty(); }
    void feed(std::string_view piece);
    void finish();
    const std::string& digest(std::size_t number) const { return digests_[number]; }
    std::uint64_t octets(std::size_t number) const { return hashes_[number].octets(); }

private:
    std::vector<BodyHash> hashes_;
    std::vector<std::string> digests_;
};

}  // namespace restante::mailauth
