#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace restante {
namespace {
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode64(std::string_view bytes, std::string_view alphabet, bool pad) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) {
            if (k <= left)
                out += alphabet[group >> (18 - 6 * k) & 63U];
            else if (pad)
                out += '=';
        }
    }
    return out;
}

/// Length of the valid UTF-8 sequence at the start of s, or 0.
std::size_t utf8_sequence(std::string_view s) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || s.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0U) != 0x80) return 0;
    // Overlong forms, surrogates and values over U+10FFFF (RFC 3629 4).
    if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
    if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
    return length;
}
}  // namespace

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string to_lower(std::string_view s) {
    std::string out(s);
    std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
    return out;
}

bool iequals(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

bool istarts_with(std::string_view s, std::string_view prefix) {
    return s.size() >= prefix.size() && iequals(s.substr(0, prefix.size()), prefix);
}

std::string_view trim(std::string_view s) {
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t first = s.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return s.substr(first, s.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> split(std::string_view s, char separator) {
    std::vector<std::string_view> out;
    for (;;) {
        const std::size_t at = s.find(separator);
        out.push_back(s.substr(0, at));
        if (at == std::string_view::npos) return out;
        s.remove_prefix(at + 1);
    }
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto b = static_cast<unsigned char>(c);
        out += digits[b >> 4U];
        out += digits[b & 15U];
    }
    return out;
}

std::string base64_encode(std::string_view bytes) { return encode64(bytes, kBase64, true); }
std::string base64url_encode(std::string_view bytes) { return encode64(bytes, kBase64Url, false); }

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        std::size_t pad = 0;
        if (last) pad = text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            if (k >= 4 - pad) {
                group <<= 6U;
                continue;
            }
            const std::size_t value = kBase64.find(text[i + k]);
            if (value == std::string_view::npos) return std::nullopt;
            group = group << 6U | static_cast<std::uint32_t>(value);
        }
        // Bits beyond the last byte must be zero, or two texts would mean the same bytes (RFC 4648 3.5).
        if ((pad == 1 && (group & 0xFFU) != 0) || (pad == 2 && (group & 0xFFFFU) != 0)) return std::nullopt;
        for (std::size_t k = 0; k < 3 - pad; ++k) out += static_cast<char>(group >> (16 - 8 * k) & 0xFFU);
    }
    return out;
}

std::string base32_lower(std::string_view bytes) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = bits << 8U | static_cast<unsigned char>(c);
        for (count += 8; count >= 5; count -= 5) out += alphabet[bits >> (count - 5) & 31U];
    }
    if (count > 0) out += alphabet[bits << (5 - count) & 31U];
    return out;
}

std::optional<std::uint64_t> parse_u64(std::string_view s) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (s.empty() || error != std::errc{} || end != s.data() + s.size()) return std::nullopt;
    return value;
}

std::string escape_for_log(std::string_view s, std::size_t max_length) {
    std::string out;
    while (!s.empty() && out.size() < max_length) {
        const std::size_t length = utf8_sequence(s);
        const auto lead = static_cast<unsigned char>(s[0]);
        // C1 controls (U+0080-U+009F) drive terminals as ESC does.
        const bool c1 = length == 2 && lead == 0xC2 && static_cast<unsigned char>(s[1]) < 0xA0;
        if (length == 0 || c1 || lead < 0x20 || lead == 0x7F) {
            std::array<char, 8> hex{};
            std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned>(lead));
            out += hex.data();
            s.remove_prefix(1);
        } else {
            if (lead == '\\') out += '\\';
            out += s.substr(0, length);
            s.remove_prefix(length);
        }
    }
    if (!s.empty()) out += "...";
    return out;
}

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
    std::array<char, 40> out{};
    std::snprintf(out.data(), out.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return out.data();
}

bool is_valid_utf8(std::string_view s) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080U;
    while (!s.empty()) {
        for (std::uint64_t eight = 0; s.size() >= sizeof eight; s.remove_prefix(sizeof eight)) {  // most text is ASCII
            std::memcpy(&eight, s.data(), sizeof eight);
            if ((eight & kHighBits) != 0) break;
        }
        if (s.empty()) break;
        const std::size_t length = utf8_sequence(s);
        if (length == 0) return false;
        s.remove_prefix(length);
    }
    return true;
}

}  // namespace restante
