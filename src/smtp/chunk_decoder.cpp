#include "smtp/chunk_decoder.hpp"

namespace restante::smtp {
namespace {

/// Whether every LF follows a CR and every CR is followed by LF; the last octet may still be a CR. Free of branches, so
/// that compilers turn it into vector code.
bool well_paired(char before, std::string_view octets) {
    if (octets.empty()) return true;
    bool odd = (before == '\r') != (octets[0] == '\n');
    for (std::size_t i = 1; i < octets.size(); ++i) odd |= (octets[i - 1] == '\r') != (octets[i] == '\n');
    return !odd;
}

}  // namespace

/// Of a binary message: its header section, which ends with an empty line.
bool ChunkDecoder::good_header(std::string_view octets) {
    for (const char c : octets) {
        if ((last_ == '\r') != (c == '\n') || c == '\0') return false;
        last_ = c;
        if (c == '\n') {
            if (line_ == 0) {
                in_header_ = false;
                return true;
            }
            line_ = 0;
        } else if (c != '\r') {
            ++line_;
        }
    }
    return true;
}

std::string_view ChunkDecoder::decode(std::string_view octets) {
    if (octets.empty()) return {};
    size_ += octets.size();
    if (fault_ != Fault::none) return {};
    bool good = true;
    if (!binary_) {
        good = well_paired(last_, octets);
        last_ = octets.back();
    } else if (in_header_) {
        good = good_header(octets);
    }
    if (!good) fault_ = Fault::bare_newline;
    if (fault_ == Fault::none && size_ > max_size_) fault_ = Fault::too_large;
    return fault_ == Fault::none ? octets : std::string_view{};
}

void ChunkDecoder::finish() {
    const bool judged = !binary_ || in_header_;
    if (judged && last_ == '\r' && fault_ == Fault::none) fault_ = Fault::bare_newline;
}

}  // namespace restante::smtp
