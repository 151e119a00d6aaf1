#include "relay/content.hpp"

#include <algorithm>

namespace restante::relay {
namespace {
constexpr std::size_t kPiece = 65'536;

bool has_eight_bit(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}
}  // namespace

net::Task<Result<void>> Content::scan() {
    return pool_.run([this] { return look(); });
}

Result<void> Content::look() {
    bool in_header = true;
    std::string last;  // of the piece before: the header's end may lie across
    for (std::uint64_t offset = 0; offset < mail_.size;) {
        auto piece = read(offset, kPiece);
        if (!piece) return fail(std::move(piece.error()));
        if (piece->empty()) return fail(ErrorKind::corrupt, "a queued message ends before its size");
        if (mail_.size <= kPiece) small_ = *piece;
        const bool here = has_eight_bit(*piece);
        eight_bit_ = eight_bit_ || here;
        if (in_header) {
            const std::string joined = last + *piece;
            const std::size_t end = joined.find("\r\n\r\n");
            eight_bit_header_ = eight_bit_header_ || (here && has_eight_bit(std::string_view(joined).substr(0, end)));
            in_header = end == std::string::npos;
            last = joined.substr(joined.size() - std::min<std::size_t>(joined.size(), 3));
        }
        offset += piece->size();
        if (!in_header && eight_bit_) break;
    }
    return {};
}

net::Task<Result<std::string>> Content::next() {
    if (!small_.empty()) {
        const bool first = offset_ == 0;
        offset_ = small_.size();
        co_return first ? small_ : std::string();
    }
    auto piece = co_await pool_.run([this] { return read(offset_, kPiece); });
    if (piece) offset_ += piece->size();
    co_return piece;
}

net::Task<Result<std::string>> Content::head(std::size_t most) {
    return pool_.run([this, most] { return read(0, most); });
}

Result<std::string> Content::read(std::uint64_t offset, std::size_t most) {
    std::string out(static_cast<std::size_t>(std::min<std::uint64_t>(most, mail_.size - std::min(offset, mail_.size))),
                    '\0');
    for (std::size_t have = 0; have < out.size();) {
        auto got = queue_.read(mail_, offset + have, std::span(out).subspan(have));
        if (!got) return fail(std::move(got.error()));
        if (*got == 0) return fail(ErrorKind::corrupt, "a queued message ends before its size");
        have += *got;
    }
    return out;
}

}  // namespace restante::relay
