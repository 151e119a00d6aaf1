#include "mailauth/spf_record.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace restante::mailauth {
namespace {

using Kind = SpfDirective::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }

bool is_top_label(std::string_view label) {
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; })) return false;
    return !std::ranges::all_of(label, is_digit);
}

/// Walks a macro-string. nullopt: it is none. Otherwise whether it ends in a macro-expand.
std::optional<bool> ends_in_macro(std::string_view text, bool in_explanation) {
    bool macro_last = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        macro_last = c == '%';
        if (!macro_last) {
            if ((c < 0x21 || c > 0x7e) && !(c == ' ' && in_explanation)) return std::nullopt;
            continue;
        }
        if (++i == text.size()) return std::nullopt;
        if (text[i] == '%' || text[i] == '_' || text[i] == '-') continue;
        if (text[i] != '{') return std::nullopt;
        const auto macro = parse_spf_macro(text.substr(i + 1), in_explanation);
        if (!macro) return std::nullopt;
        i += macro->second;
    }
    return macro_last;
}

/// domain-spec = macro-string domain-end
bool is_domain_spec(std::string_view text) {
    const auto macro_last = ends_in_macro(text, false);
    if (!macro_last || *macro_last) return macro_last.has_value();
    if (text.ends_with('.')) text.remove_suffix(1);
    const std::size_t dot = text.rfind('.');
    return dot != std::string_view::npos && is_top_label(text.substr(dot + 1));
}

/// "0" to most, without leading zeros.
std::optional<std::uint8_t> prefix_length(std::string_view digits, unsigned most) {
    if (digits.empty() || digits.size() > 3 || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
    if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
    const auto value = parse_u64(digits);
    if (!value || *value > most) return std::nullopt;
    return static_cast<std::uint8_t>(*value);
}

/// Where trailing digits behind a '/' begin, the slash included; npos if there are none.
std::size_t trailing_length(std::string_view text) {
    std::size_t at = text.size();
    while (at > 0 && is_digit(text[at - 1])) --at;
    return at > 0 && at < text.size() && text[at - 1] == '/' ? at - 1 : std::string_view::npos;
}

/// Takes "/24", "//64" or "/24//64" off the end. False for a length that is none.
bool take_dual_length(std::string_view& text, SpfDirective& directive) {
    std::size_t at = trailing_length(text);
    if (at != std::string_view::npos && at > 0 && text[at - 1] == '/') {
        const auto length = prefix_length(text.substr(at + 1), 128);
        if (!length) return false;
        directive.prefix6 = *length;
        text = text.substr(0, at - 1);
        at = trailing_length(text);
    }
    if (at != std::string_view::npos) {
        const auto length = prefix_length(text.substr(at + 1), 32);
        if (!length) return false;
        directive.prefix4 = *length;
        text = text.substr(0, at);
    }
    return true;
}

bool take_network(std::string_view text, SpfDirective& directive) {
    const bool v4 = directive.kind == Kind::ip4;
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto length = prefix_length(text.substr(slash + 1), v4 ? 32 : 128);
        if (!length) return false;
        (v4 ? directive.prefix4 : directive.prefix6) = *length;
    }
    const std::string address(text.substr(0, slash));
    std::array<char, 16> bytes{};
    if (::inet_pton(v4 ? AF_INET : AF_INET6, address.c_str(), bytes.data()) != 1) return false;
    directive.network.assign(bytes.data(), v4 ? 4 : 16);
    return true;
}

/// value: what follows the mechanism's name: "", ":domain", "/24".
bool take_value(std::string_view value, SpfDirective& directive) {
    const bool has_colon = value.starts_with(':');
    switch (directive.kind) {
        case Kind::all:
            return value.empty();
        case Kind::ip4:
        case Kind::ip6:
            return has_colon && take_network(value.substr(1), directive);
        case Kind::include:
        case Kind::exists:
            if (!has_colon) return false;
            break;
        case Kind::a:
        case Kind::mx:
            if (!take_dual_length(value, directive)) return false;
            break;
        case Kind::ptr:
            break;
    }
    if (value.empty()) return true;
    if (!has_colon) return false;
    directive.domain = value.substr(1);
    return is_domain_spec(directive.domain);
}

std::optional<Kind> kind_of(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, Kind>, 8> kinds{{{"all", Kind::all},
                                                                             {"include", Kind::include},
                                                                             {"a", Kind::a},
                                                                             {"mx", Kind::mx},
                                                                             {"ptr", Kind::ptr},
                                                                             {"ip4", Kind::ip4},
                                                                             {"ip6", Kind::ip6},
                                                                             {"exists", Kind::exists}}};
    const auto* found = std::ranges::find_if(kinds, [&](const auto& kind) { return iequals(kind.first, name); });
    if (found == kinds.end()) return std::nullopt;
    return found->second;
}

std::optional<SpfDirective> parse_directive(std::string_view term) {
    SpfDirective out;
    out.text = term;
    if (std::string_view("+-~?").find(term.front()) != std::string_view::npos) {
        out.qualifier = term.front();
        term.remove_prefix(1);
    }
    const std::size_t end = std::min(term.find_first_of(":/"), term.size());
    const auto kind = kind_of(term.substr(0, end));
    if (!kind) return std::nullopt;
    out.kind = *kind;
    if (!take_value(term.substr(end), out)) return std::nullopt;
    return out;
}

/// Where the '=' of "name=value" stands, if the term is a modifier.
std::optional<std::size_t> modifier_sign(std::string_view term) {
    const std::size_t sign = term.find('=');
    if (sign == std::string_view::npos || sign == 0 || !is_alpha(term.front())) return std::nullopt;
    const bool named = std::ranges::all_of(term.substr(0, sign),
                                           [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
    return named ? std::optional(sign) : std::nullopt;
}

bool take_modifier(std::string_view name, std::string_view value, SpfRecord& record) {
    std::optional<std::string>* known = iequals(name, "redirect") ? &record.redirect
                                        : iequals(name, "exp")    ? &record.explanation
                                                                  : nullptr;
    if (known == nullptr) return is_spf_macro_string(value, true);  // RFC 7208 6: others are ignored
    if (*known || !is_domain_spec(value)) return false;
    known->emplace(value);
    return true;
}

}  // namespace

bool is_spf_record(std::string_view text) {
    static constexpr std::string_view version = "v=spf1";
    return istarts_with(text, version) && (text.size() == version.size() || text[version.size()] == ' ');
}

Result<SpfRecord> parse_spf_record(std::string_view text) {
    SpfRecord out;
    const auto terms = split(text, ' ');
    for (std::size_t i = 1; i < terms.size(); ++i) {
        const std::string_view term = terms[i];
        if (term.empty()) continue;
        if (const auto sign = modifier_sign(term)) {
            if (take_modifier(term.substr(0, *sign), term.substr(*sign + 1), out)) continue;
        } else if (auto directive = parse_directive(term)) {
            out.directives.push_back(std::move(*directive));
            continue;
        }
        return fail(ErrorKind::invalid, "not a valid SPF term: " + escape_for_log(term, 80));
    }
    return out;
}

std::optional<std::pair<SpfMacro, std::size_t>> parse_spf_macro(std::string_view text, bool in_explanation) {
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos || close == 0) return std::nullopt;
    SpfMacro out;
    out.letter = ascii_lower(text.front());
    out.escaped = text.front() != out.letter;
    if (std::string_view(in_explanation ? "slodiphvcrt" : "slodiphv").find(out.letter) == std::string_view::npos)
        return std::nullopt;
    std::size_t at = 1;
    while (is_digit(text[at])) ++at;
    if (at > 1) {
        const auto parts = parse_u64(text.substr(1, at - 1));
        if (!parts || *parts == 0) return std::nullopt;
        out.parts = std::min<std::uint64_t>(*parts, 128);
    }
    if (ascii_lower(text[at]) == 'r') {
        out.reversed = true;
        ++at;
    }
    const std::string_view delimiters = text.substr(at, close - at);
    if (delimiters.find_first_not_of(".-+,/_=") != std::string_view::npos) return std::nullopt;
    if (!delimiters.empty()) out.delimiters = delimiters;
    return std::pair(out, close + 1);
}

bool is_spf_macro_string(std::string_view text, bool in_explanation) {
    return ends_in_macro(text, in_explanation).has_value();
}

}  // namespace restante::mailauth
