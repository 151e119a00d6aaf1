// Any bytes as an HTTP request, in pieces: no crash, and the same request or the same refusal as in one piece.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "admin/http_codec.hpp"

using namespace restante;

namespace {
constexpr std::size_t kHeaderLimit = 2048;
constexpr std::size_t kBodyLimit = 4096;

struct Outcome {
    int refused = 0;  // HTTP status
    bool header = false, complete = false;
    std::string method, target, body;
    bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view bytes, std::size_t piece) {
    admin::RequestReader reader(kHeaderLimit, kBodyLimit);
    Outcome outcome;
    std::string buffer;
    while (true) {
        const auto state = reader.feed(buffer);
        if (!state) {
            outcome.refused = state.error().status;
            return outcome;
        }
        if (*state == admin::RequestReader::State::complete) {
            outcome.complete = true;
            outcome.body = reader.take_body();
            if (outcome.body.size() > kBodyLimit) std::abort();
            return outcome;
        }
        if (*state == admin::RequestReader::State::header) {
            const admin::Request head = reader.head();
            outcome.header = true;
            outcome.method = head.method;
            outcome.target = head.path;
            continue;
        }
        if (bytes.empty()) return outcome;
        buffer += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Outcome whole = read(bytes, bytes.size());
    const Outcome pieces = read(bytes, data[0] % 13 + 1);
    // A header that is too long may be noticed earlier or later, so only what was understood is compared.
    if (whole.complete && pieces.complete && !(whole == pieces)) std::abort();
    return 0;
}
