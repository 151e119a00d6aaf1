// The data decoder against any octets and cuts: it must agree with a plain statement of RFC 5321 4.5.2, and what it
// takes must survive the way out again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "smtp/data_decoder.hpp"
#include "smtp/dot_stuffing.hpp"
#include "smtp/header_scanner.hpp"

namespace {
using namespace restante::smtp;

void require(bool condition) {
    if (!condition) std::abort();
}

struct Decoded {
    std::string data;
    std::size_t used = 0;
    bool ended = false, fault = false;
};

Decoded decode(std::string wire, std::size_t cut) {
    DataDecoder decoder(1 << 24);
    Decoded out;
    while (out.used < wire.size() && !decoder.ended()) {
        const auto piece = decoder.decode({wire.data() + out.used, std::min(cut, wire.size() - out.used)});
        out.data += piece.data;
        out.used += piece.consumed;
    }
    out.ended = decoder.ended();
    out.fault = decoder.fault() != DataDecoder::Fault::none;
    return out;
}

/// Where the data ends: behind the first CRLF "." CRLF (the CRLF before the data counts), or npos.
std::size_t end_of_data(const std::string& wire) {
    if (wire.starts_with(".\r\n")) return 3;
    const std::size_t at = wire.find("\r\n.\r\n");
    return at == std::string::npos ? at : at + 5;
}

bool has_bare_newline(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] != '\n') return true;
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
    }
    return false;
}

void check_way_out(const std::string& text, std::size_t cut) {
    DotStuffing stuffing;
    HeaderScanner scanner;
    std::string wire;
    for (std::size_t at = 0; at < text.size(); at += cut) {
        stuffing.encode(std::string_view(text).substr(at, cut), wire);
        scanner.feed(std::string_view(text).substr(at, cut));
    }
    stuffing.finish(wire);
    require(scanner.facts().octets <= text.size());
    require(!has_bare_newline(wire) && wire.find('\0') == std::string::npos && end_of_data(wire) == wire.size());
    const Decoded back = decode(wire, 61);
    require(back.ended && !back.fault);
    if (!has_bare_newline(text) && text.find('\0') == std::string::npos && (text.empty() || text.ends_with("\r\n")))
        require(back.data == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::size_t cut = data[0] == 0 ? size : data[0];
    const std::string wire(reinterpret_cast<const char*>(data + 1), size - 1);
    const Decoded out = decode(wire, cut);
    const std::size_t end = end_of_data(wire);
    require(out.ended == (end != std::string::npos));
    require(out.used == (out.ended ? end : wire.size()));
    require(out.fault == has_bare_newline(wire.substr(0, out.used)));
    check_way_out(wire, cut);
    return 0;
}
