#include "smtp/reply.hpp"

#include <algorithm>
#include <charconv>

namespace restante::smtp {
namespace {

constexpr std::size_t max_reply_line = 512;  // RFC 5321 4.5.3.1.5, with CRLF

void append_number(std::string& out, unsigned value) {
    char digits[12];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

void append_enhanced(std::string& out, const EnhancedCode& code) {
    append_number(out, code.klass);
    out += '.';
    append_number(out, code.subject);
    out += '.';
    append_number(out, code.detail);
}

void append_line(std::string& out, const Reply& reply, std::string_view text, bool last) {
    const std::size_t start = out.size();
    append_number(out, reply.code);
    out += last ? ' ' : '-';
    if (reply.enhanced.klass != 0) {
        append_enhanced(out, reply.enhanced);
        out += ' ';
    }
    const std::size_t room = max_reply_line - 2 - (out.size() - start);
    for (const char c : text.substr(0, room)) out += c >= 0x20 && c < 0x7F ? c : '?';
    out += "\r\n";
}

/// One to three digits, as RFC 3463 2 writes them.
bool take_digits(std::string_view& text, std::uint16_t& value) {
    std::size_t n = 0;
    value = 0;
    while (n < text.size() && n < 3 && text[n] >= '0' && text[n] <= '9') value = value * 10 + (text[n++] - '0');
    text.remove_prefix(n);
    return n > 0;
}

bool take_dot(std::string_view& text) {
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::string to_string(const EnhancedCode& code) {
    std::string out;
    if (code.klass != 0) append_enhanced(out, code);
    return out;
}

void append_wire(std::string& out, const Reply& reply) {
    std::string_view rest = reply.text;
    for (;;) {
        const std::size_t end = rest.find('\n');
        append_line(out, reply, rest.substr(0, end), end == std::string_view::npos);
        if (end == std::string_view::npos) return;
        rest.remove_prefix(end + 1);
    }
}

std::string to_wire(const Reply& reply) {
    std::string out;
    append_wire(out, reply);
    return out;
}

EnhancedCode take_enhanced(std::string_view& text) {
    std::string_view rest = text;
    std::uint16_t klass = 0;
    EnhancedCode code;
    if (rest.empty() || (rest[0] != '2' && rest[0] != '4' && rest[0] != '5')) return {};
    if (!take_digits(rest, klass) || klass > 9 || !take_dot(rest) || !take_digits(rest, code.subject) ||
        !take_dot(rest) || !take_digits(rest, code.detail))
        return {};
    if (!rest.empty() && rest.front() != ' ') return {};
    code.klass = static_cast<std::uint8_t>(klass);
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
    text = rest;
    return code;
}

}  // namespace restante::smtp
