#include "message_spool.hpp"

#include <cerrno>

namespace restante::cli {
namespace {
constexpr std::size_t kInMemory = 8U << 20;
constexpr std::size_t kPiece = 256 * 1024;
}  // namespace

Result<void> MessageSpool::append(std::string_view bytes) {
    std::string text;
    ends_.convert(bytes, text);
    return keep(text);
}

Result<void> MessageSpool::finish() {
    std::string text;
    ends_.finish(text);
    if (auto kept = keep(text); !kept) return kept;
    sha256_ = hash_.finish();
    if (file_ && std::fseek(file_.get(), 0, SEEK_SET) != 0) return fail(errno_error(errno, "a temporary file"));
    return {};
}

Result<void> MessageSpool::keep(std::string_view text) {
    hash_.update(text);
    octets_ += text.size();
    if (file_) return to_file(text);
    memory_ += text;
    if (memory_.size() <= kInMemory) return {};
    file_.reset(std::tmpfile());
    if (!file_) return fail(errno_error(errno, "make a temporary file"));
    const std::string all = std::exchange(memory_, {});
    return to_file(all);
}

Result<void> MessageSpool::to_file(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size()) return {};
    return fail(errno_error(errno, "write to a temporary file"));
}

Result<std::string> MessageSpool::next() {
    if (!file_) {
        const std::size_t at = static_cast<std::size_t>(given_);
        std::string piece = memory_.substr(std::min(at, memory_.size()), kPiece);
        given_ += piece.size();
        return piece;
    }
    std::string piece(kPiece, '\0');
    piece.resize(std::fread(piece.data(), 1, piece.size(), file_.get()));
    given_ += piece.size();
    if (piece.empty() && given_ != octets_) return fail(ErrorKind::io, "a temporary file could not be read back");
    return piece;
}

}  // namespace restante::cli
