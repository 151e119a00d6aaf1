#include "smtp/path.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "message/idna.hpp"

namespace restante::smtp {
namespace {

constexpr auto make_atext() {
    std::array<bool, 256> table{};
    for (int c = '0'; c <= '9'; ++c) table[c] = true;
    for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
    for (const char c :
         {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '/', '=', '?', '^', '_', '`', '{', '|', '}', '~'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}
constexpr auto atext = make_atext();

bool is_atext(char c) { return atext[static_cast<unsigned char>(c)]; }
bool is_utf8_octet(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_label_char(char c) {
    const char l = ascii_lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Dot-string = Atom *("." Atom)
bool is_dot_string(std::string_view s) {
    bool after_dot = true;
    for (const char c : s) {
        if (c == '.' ? after_dot : !is_atext(c) && !is_utf8_octet(c)) return false;
        after_dot = c == '.';
    }
    return !after_dot;
}

bool valid_ipv4(const std::string& text) {
    in_addr ignored{};
    return inet_pton(AF_INET, text.c_str(), &ignored) == 1;
}

bool valid_ipv6(const std::string& text) {
    in6_addr ignored{};
    return inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

struct Cursor {
    std::string_view text;
    std::size_t at = 0;
    PathFault fault = PathFault::syntax;

    bool done() const { return at >= text.size(); }
    char peek() const { return done() ? '\0' : text[at]; }
    bool take(char c) {
        if (done() || text[at] != c) return false;
        ++at;
        return true;
    }
    bool failed(PathFault why) {
        fault = why;
        return false;
    }
};

bool read_quoted(Cursor& in, std::string& local, bool utf8) {
    in.take('"');
    while (!in.done()) {
        char c = in.text[in.at++];
        if (c == '"') return !local.empty() || in.failed(PathFault::syntax);
        if (c == '\\') {
            if (in.done()) return false;
            c = in.text[in.at++];
        }
        if (is_utf8_octet(c) && !utf8) return in.failed(PathFault::utf8);
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return in.failed(PathFault::syntax);
        local += c;
    }
    return false;
}

bool read_local(Cursor& in, std::string& local, const PathLimits& limits) {
    if (in.peek() == '"') {
        if (!read_quoted(in, local, limits.utf8)) return false;
    } else {
        const std::size_t start = in.at;
        while (!in.done() && (is_atext(in.text[in.at]) || in.text[in.at] == '.' || is_utf8_octet(in.text[in.at]))) {
            if (is_utf8_octet(in.text[in.at]) && !limits.utf8) return in.failed(PathFault::utf8);
            ++in.at;
        }
        local = in.text.substr(start, in.at - start);
        if (!is_dot_string(local)) return in.failed(PathFault::syntax);
    }
    if (limits.utf8 && !is_valid_utf8(local)) return in.failed(PathFault::syntax);
    return local.size() <= limits.local_part || in.failed(PathFault::too_long);
}

bool read_domain(Cursor& in, std::string& domain, const PathLimits& limits) {
    const std::size_t start = in.at;
    if (in.peek() == '[') {
        while (!in.done() && in.text[in.at] != ']') ++in.at;
        if (!in.take(']')) return in.failed(PathFault::syntax);
    } else {
        while (!in.done() &&
               (is_label_char(in.text[in.at]) || in.text[in.at] == '.' || is_utf8_octet(in.text[in.at]))) {
            if (is_utf8_octet(in.text[in.at]) && !limits.utf8) return in.failed(PathFault::utf8);
            ++in.at;
        }
    }
    domain = in.text.substr(start, in.at - start);
    if (domain.size() > limits.domain) return in.failed(PathFault::too_long);
    const bool good = domain.starts_with('[') ? valid_address_literal(domain) : valid_domain(domain, limits.utf8);
    return good || in.failed(PathFault::syntax);
}

/// A-d-l = At-domain *( "," At-domain ) ":"; read so that it can be ignored (RFC 5321 appendix F.2).
bool skip_source_route(Cursor& in, const PathLimits& limits) {
    do {
        std::string hop;
        if (!in.take('@') || !read_domain(in, hop, limits)) return false;
    } while (in.take(','));
    return in.take(':');
}

bool read_mailbox(Cursor& in, message::Address& address, const PathLimits& limits) {
    if (!read_local(in, address.local_part, limits) || !in.take('@') || !read_domain(in, address.domain, limits))
        return false;
    if (limits.utf8 && std::ranges::any_of(address.domain, is_utf8_octet)) {
        auto ascii = message::ascii_domain(address.domain);
        if (!ascii) return in.failed(PathFault::syntax);
        address.domain = std::move(*ascii);
    }
    address.domain = to_lower(address.domain);
    return true;
}

PathRead refuse(PathFault why) { return {why, std::nullopt, false, {}}; }

PathRead read_path(std::string_view text, const PathLimits& limits) {
    Cursor in{text};
    message::Address address;
    if (!in.take('<')) return refuse(PathFault::syntax);
    if (in.peek() == '@' && !skip_source_route(in, limits)) return refuse(in.fault);
    if (!read_mailbox(in, address, limits)) return refuse(in.fault);
    if (!in.take('>')) return refuse(PathFault::syntax);
    if (in.at > limits.path) return refuse(PathFault::too_long);
    const bool utf8 = std::ranges::any_of(text.substr(0, in.at), is_utf8_octet);
    return {PathFault::none, std::move(address), utf8, text.substr(in.at)};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

PathRead read_reverse_path(std::string_view text, const PathLimits& limits) {
    if (text.starts_with("<>")) return {PathFault::none, std::nullopt, false, text.substr(2)};
    return read_path(text, limits);
}

PathRead read_forward_path(std::string_view text, const PathLimits& limits) {
    constexpr std::string_view postmaster = "<postmaster>";  // RFC 5321 4.5.1: without a domain, in any case
    if (istarts_with(text, postmaster))
        return {PathFault::none, message::Address{std::string(text.substr(1, 10)), ""}, false,
                text.substr(postmaster.size())};
    return read_path(text, limits);
}

bool valid_domain(std::string_view domain, bool utf8) {
    if (domain.empty() || domain.size() > 255 || (utf8 && !is_valid_utf8(domain))) return false;
    for (const std::string_view label : split(domain, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        for (const char c : label)
            if (!is_label_char(c) && !(utf8 && is_utf8_octet(c))) return false;
    }
    return true;
}

bool valid_address_literal(std::string_view literal) {
    if (literal.size() < 3 || literal.front() != '[' || literal.back() != ']') return false;
    const std::string_view inner = literal.substr(1, literal.size() - 2);
    if (inner.find('\0') != std::string_view::npos) return false;
    if (istarts_with(inner, "IPv6:")) return valid_ipv6(std::string(inner.substr(5)));
    return valid_ipv4(std::string(inner));
}

std::optional<std::string> decode_xtext(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return std::nullopt;
        } else if (c < '!' || c > '~' || c == '=') {
            return std::nullopt;
        }
        out += c;
    }
    return out;
}

}  // namespace restante::smtp
