// Any bytes as the front of a message, in pieces: the same is found as in one piece, and every span lies in the bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mda/header_scan.hpp"

using namespace restante;

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}

void feed_in_pieces(mda::HeaderScan& scan, std::string_view bytes, std::size_t piece) {
    while (!bytes.empty() && scan.feed(bytes.substr(0, piece))) bytes.remove_prefix(std::min(piece, bytes.size()));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    mda::HeaderScan whole, pieces;
    whole.feed(bytes);
    feed_in_pieces(pieces, bytes, data[0] % 17 + 1);
    require(whole.received_fields() == pieces.received_fields());
    const auto span = whole.return_path();
    require(span.has_value() == pieces.return_path().has_value());
    if (!span) return 0;
    require(span->begin == pieces.return_path()->begin && span->end == pieces.return_path()->end);
    require(span->begin < span->end && span->end <= bytes.size() && bytes[span->end - 1] == '\n');
    require(span->begin == 0 || bytes[span->begin - 1] == '\n');
    return 0;
}
