#include "message/encoding.hpp"

#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace restante::message {
namespace {
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char l = ascii_lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;  // '-' and '_' are of RFC 4648 5: seen in the wild
    if (c == '/' || c == '_') return 63;
    return -1;
}
}  // namespace

std::string decode_base64(std::string_view text, std::size_t max_bytes) {
    std::string out;
    out.reserve(std::min(max_bytes, text.size() / 4 * 3 + 3));
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        if (out.size() >= max_bytes) break;
        if (c == '=') {
            bits = count = 0;  // whatever bits are left are padding
            continue;
        }
        const int value = base64_value(c);
        if (value < 0) continue;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xFFU);
        }
    }
    return out;
}

std::string decode_quoted_printable(std::string_view text, std::size_t max_bytes, bool underscore_is_blank) {
    std::string out;
    out.reserve(std::min(max_bytes, text.size()));
    std::size_t line_content_end = 0;  // out.size() after the last byte of this line that may not be dropped
    for (std::size_t i = 0; i < text.size() && out.size() < max_bytes; ++i) {
        const char c = text[i];
        if (c == '\n') {
            const bool cr = i > 0 && text[i - 1] == '\r';
            if (!underscore_is_blank) out.resize(line_content_end);  // blanks at the end were added in transport
            out += cr ? "\r\n" : "\n";
            line_content_end = out.size();
            continue;
        }
        if (c == '=') {
            const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high >= 0 && low >= 0) {
                out += static_cast<char>(high * 16 + low);
                i += 2;
                line_content_end = out.size();
                continue;
            }
            const std::size_t next = text.find_first_not_of(" \t\r", i + 1);
            if (next == std::string_view::npos || text[next] == '\n') {  // soft break, or cut off there
                i = next == std::string_view::npos ? text.size() : next;
                line_content_end = out.size();
                continue;
            }
        }
        out += c == '_' && underscore_is_blank ? ' ' : c;
        if (c != ' ' && c != '\t' && c != '\r') line_content_end = out.size();
    }
    return out;
}

std::string decode_transfer_encoding(std::string_view body, std::string_view encoding, std::size_t max_bytes) {
    encoding = trim(encoding);
    if (iequals(encoding, "base64")) return decode_base64(body, max_bytes);
    if (iequals(encoding, "quoted-printable")) return decode_quoted_printable(body, max_bytes);
    return std::string(body.substr(0, max_bytes));
}

std::string encode_quoted_printable(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) {
        std::size_t width = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const auto c = static_cast<unsigned char>(line[i]);
            const bool last = i + 1 == line.size();
            const bool blank_at_end = last && (c == ' ' || c == '\t');
            const bool start = width == 0 && (c == '.' || (c == 'F' && line.substr(i, 5) == "From "));
            const bool literal =
                ((c > 0x20 && c < 0x7F && c != '=') || c == ' ' || c == '\t') && !blank_at_end && !start;
            const std::size_t needed = literal ? 1 : 3;
            if (width + needed > (last ? 76U : 75U)) {
                out += "=\r\n";
                width = 0;
                --i;  // judge this byte again at the start of its new line
                continue;
            }
            if (literal)
                out += static_cast<char>(c);
            else
                ((out += '=') += kHexDigits[c >> 4U]) += kHexDigits[c & 15U];
            width += needed;
        }
        out += "\r\n";
    }
    // split() saw one line more than there are line ends.
    if (!text.empty() && text.back() == '\n') out.resize(out.size() - 2);
    return out;
}

}  // namespace restante::message
