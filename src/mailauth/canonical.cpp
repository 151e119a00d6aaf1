#include "mailauth/canonical.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace restante::mailauth {
namespace {

constexpr std::size_t kBuffer = 16 * 1024;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// RFC 6376 3.4.2: unfolded, runs of blanks as one, none at the end.
std::string relaxed_value(std::string_view value) {
    std::string out;
    bool blank = false;
    for (const char c : value) {
        if (c == '\r' || c == '\n') continue;
        if (is_blank(c)) {
            blank = true;
            continue;
        }
        if (blank && !out.empty()) out += ' ';
        blank = false;
        out += c;
    }
    return out;
}

}  // namespace

std::string canonical_field(std::string_view field, Canon canon) {
    if (canon == Canon::simple) return std::string(field) + "\r\n";
    const std::size_t colon = std::min(field.find(':'), field.size());
    std::string out = to_lower(trim(field.substr(0, colon)));
    return out.append(":").append(relaxed_value(field.substr(std::min(colon + 1, field.size())))).append("\r\n");
}

struct BodyHash::Digest {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    Digest() {
        if (context == nullptr || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1)
            throw std::runtime_error("SHA-256 is not available");
    }
    ~Digest() { EVP_MD_CTX_free(context); }
    Digest(const Digest&) = delete;
    Digest& operator=(const Digest&) = delete;
};

BodyHash::BodyHash(Canon canon, std::optional<std::uint64_t> length)
    : canon_(canon), length_(length), digest_(std::make_unique<Digest>()) {
    buffer_.reserve(kBuffer);
}
BodyHash::BodyHash(BodyHash&&) noexcept = default;
BodyHash& BodyHash::operator=(BodyHash&&) noexcept = default;
BodyHash::~BodyHash() = default;

void BodyHash::feed(std::string_view piece) {
    std::size_t at = 0;
    if (carriage_return_ && !piece.empty()) {
        carriage_return_ = false;
        if (piece.front() == '\n') {
            line_end();
            at = 1;
        } else {
            text("\r");
        }
    }
    while (at < piece.size()) {
        const std::size_t found = piece.find('\r', at);
        const std::size_t end = std::min(found, piece.size());
        if (end > at) text(piece.substr(at, end - at));
        at = end;
        if (found == std::string_view::npos) return;
        if (end + 1 == piece.size()) {
            carriage_return_ = true;
            return;
        }
        if (piece[end + 1] == '\n') {
            line_end();
            at = end + 2;
        } else {
            text("\r");
            at = end + 1;
        }
    }
}

/// Part of a line. What was held back comes before it.
void BodyHash::text(std::string_view run) {
    if (canon_ == Canon::simple) {
        for (; empty_lines_ > 0; --empty_lines_) put("\r\n");
        return put(run);
    }
    for (std::size_t at = 0; at < run.size();) {
        if (is_blank(run[at])) {
            blank_ = true;
            ++at;
            continue;
        }
        for (; empty_lines_ > 0; --empty_lines_) put("\r\n");
        if (blank_) put(" ");
        blank_ = false;
        std::size_t end = at + 1;
        while (end < run.size() && !is_blank(run[end])) ++end;
        put(run.substr(at, end - at));
        at = end;
    }
}

void BodyHash::line_end() {
    ++empty_lines_;
    blank_ = false;
}

void BodyHash::put(std::string_view bytes) {
    std::uint64_t room = bytes.size();
    if (length_) room = std::min<std::uint64_t>(room, *length_ > octets_ ? *length_ - octets_ : 0);
    octets_ += bytes.size();
    if (buffer_.size() + room > kBuffer) flush();
    if (room > kBuffer)
        EVP_DigestUpdate(digest_->context, bytes.data(), room);
    else
        buffer_.append(bytes.substr(0, room));
}

void BodyHash::flush() {
    EVP_DigestUpdate(digest_->context, buffer_.data(), buffer_.size());
    buffer_.clear();
}

std::string BodyHash::finish() {
    if (carriage_return_) text("\r");
    // The last line ends in CRLF whether it did or not; a body without content is one line end, or relaxed nothing.
    if (octets_ > 0 || canon_ == Canon::simple) put("\r\n");
    flush();
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_DigestFinal_ex(digest_->context, reinterpret_cast<unsigned char*>(out.data()), &size);
    out.resize(size);
    return out;
}

std::size_t BodyHashes::want(Canon canon, std::optional<std::uint64_t> length) {
    for (std::size_t i = 0; i < hashes_.size(); ++i)
        if (hashes_[i].canon() == canon && hashes_[i].length() == length) return i;
    hashes_.emplace_back(canon, length);
    return hashes_.size() - 1;
}

void BodyHashes::feed(std::string_view piece) {
    for (BodyHash& hash : hashes_) hash.feed(piece);
}

void BodyHashes::finish() {
    for (BodyHash& hash : hashes_) digests_.push_back(hash.finish());
}

}  // namespace restante::mailauth
