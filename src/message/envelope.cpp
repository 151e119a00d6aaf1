#include "message/envelope.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::message {
namespace {
constexpr std::size_t kMaxLocalPart = 128;  // RFC 5321 asks for 64 at least; VERP senders use more
constexpr std::size_t kMaxDomain = 255;
constexpr std::size_t kMaxLabel = 63;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool is_8bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_alnum(char c) { return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'); }

// RFC 5322 3.2.3 atext, with UTF-8 of RFC 6531 3.3.
bool is_atext(char c) {
    return is_alnum(c) || is_8bit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view s) {
    if (s.empty()) return false;
    for (const std::string_view atom : split(s, '.'))
        if (atom.empty() || !std::all_of(atom.begin(), atom.end(), is_atext)) return false;
    return true;
}

bool is_address_literal(std::string_view s) {
    if (s.size() < 3 || s.front() != '[' || s.back() != ']') return false;
    const std::string_view inside = s.substr(1, s.size() - 2);
    return std::all_of(inside.begin(), inside.end(),
                       [](char c) { return is_alnum(c) || c == '.' || c == ':' || c == '-'; });
}

/// Reads a quoted string at the start of text; `rest` is what follows its closing quote.
std::optional<std::string> unquote(std::string_view text, std::string_view& rest) {
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        char c = text[i];
        if (c == '"') {
            rest = text.substr(i + 1);
            return out;
        }
        if (c == '\\') {
            if (++i == text.size()) return std::nullopt;
            c = text[i];
        }
        if (is_control(c)) return std::nullopt;
        out += c;
    }
    return std::nullopt;
}

std::string quote(std::string_view s) {
    std::string out = "\"";
    for (const char c : s) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

tl::unexpected<Error> bad(std::string_view text) {
    return fail(ErrorKind::invalid, "\"" + escape_for_log(text, 80) + "\" is not a mail address");
}
}  // namespace

bool is_domain_name(std::string_view text) {
    if (text.empty() || text.size() > kMaxDomain || !is_valid_utf8(text)) return false;
    const auto is_label_char = [](char c) { return is_alnum(c) || is_8bit(c) || c == '-' || c == '_'; };
    for (const std::string_view label : split(text, '.')) {
        if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-') return false;
        if (!std::all_of(label.begin(), label.end(), is_label_char)) return false;
    }
    return true;
}

Result<Address> Address::parse(std::string_view text) {
    if (!is_valid_utf8(text)) return bad(text);
    Address address;
    std::string_view domain;
    if (!text.empty() && text.front() == '"') {
        std::string_view rest;
        auto local = unquote(text, rest);
        if (!local || rest.size() < 2 || rest.front() != '@') return bad(text);
        address.local_part = std::move(*local);
        domain = rest.substr(1);
    } else {
        const std::size_t at = text.rfind('@');
        if (at == std::string_view::npos) {
            if (!iequals(text, "postmaster")) return bad(text);
            return Address{std::string(text), ""};
        }
        if (!is_dot_string(text.substr(0, at))) return bad(text);
        address.local_part = text.substr(0, at);
        domain = text.substr(at + 1);
    }
    if (address.local_part.size() > kMaxLocalPart) return bad(text);
    if (!is_domain_name(domain) && !is_address_literal(domain)) return bad(text);
    address.domain = to_lower(domain);
    return address;
}

std::string Address::to_string() const {
    std::string out = is_dot_string(local_part) ? local_part : quote(local_part);
    if (!domain.empty()) out += '@' + domain;
    return out;
}

bool same_mailbox(const Address& a, const Address& b) {
    return iequals(a.domain, b.domain) && iequals(a.local_part, b.local_part);
}

PlusParts split_plus(std::string_view local_part, char separator) {
    const std::size_t at = local_part.find(separator);
    if (at == std::string_view::npos || at == 0) return {std::string(local_part), std::nullopt};
    return {std::string(local_part.substr(0, at)), std::string(local_part.substr(at + 1))};
}

}  // namespace restante::message
