#include "mailauth/spf_macro.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/text.hpp"

namespace restante::mailauth {
namespace {

/// "192.0.2.1", or the nibbles of an IPv6 address with dots between them.
std::string dotted(const net::Address& address) {
    if (address.family() != net::Address::Family::ipv6) return address.ip();
    std::string out;
    for (const char digit : to_hex(address.ip_bytes())) {
        if (!out.empty()) out += '.';
        out += digit;
    }
    return out;
}

std::string unix_seconds(Timestamp now) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

std::optional<std::string> value_of(char letter, const SpfMacroContext& context) {
    const SpfQuery& query = context.query;
    const std::string local = query.local_part.empty() ? "postmaster" : query.local_part;
    switch (letter) {
        case 's':
            return local + "@" + query.domain;
        case 'l':
            return local;
        case 'o':
            return query.domain;
        case 'd':
            return std::string(context.domain);
        case 'i':
            return dotted(query.client);
        case 'p':
            return context.validated_name();
        case 'v':
            return query.client.family() == net::Address::Family::ipv6 ? "ip6" : "in-addr";
        case 'h':
            return query.helo;
        case 'c':
            return query.client.ip();
        case 'r':
            return query.receiver.empty() ? "unknown" : query.receiver;
        default:
            return unix_seconds(query.now);
    }
}

std::string transformed(const SpfMacro& macro, const std::string& value) {
    if (macro.parts == 0 && !macro.reversed && macro.delimiters == ".") return value;
    std::vector<std::string> parts(1);
    for (const char c : value) {
        if (macro.delimiters.find(c) == std::string::npos)
            parts.back() += c;
        else
            parts.emplace_back();
    }
    if (macro.reversed) std::ranges::reverse(parts);
    const std::size_t skipped = macro.parts == 0 || macro.parts > parts.size() ? 0 : parts.size() - macro.parts;
    std::string out;
    for (std::size_t i = skipped; i < parts.size(); ++i) (i == skipped ? out : out += '.') += parts[i];
    return out;
}

std::string url_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
                           std::string_view("-._~").find(c) != std::string_view::npos;
        if (plain)
            out += c;
        else
            out.append("%").append(to_hex({&c, 1}));
    }
    return out;
}

}  // namespace

std::optional<std::string> expand_spf_macros(std::string_view text, const SpfMacroContext& context) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const char kind = text[++i];
        if (kind != '{') {
            out += kind == '_' ? " " : kind == '-' ? "%20" : "%";
            continue;
        }
        const auto macro = parse_spf_macro(text.substr(i + 1), true);
        const auto value = value_of(macro->first.letter, context);
        if (!value) return std::nullopt;
        const std::string shown = transformed(macro->first, *value);
        out += macro->first.escaped ? url_escaped(shown) : shown;
        i += macro->second;
    }
    return out;
}

std::optional<std::string> expand_spf_domain(std::string_view spec, const SpfMacroContext& context) {
    auto out = expand_spf_macros(spec, context);
    if (!out) return out;
    if (out->ends_with('.')) out->pop_back();
    while (out->size() > 253) {
        const std::size_t dot = out->find('.');
        if (dot == std::string::npos) break;
        out->erase(0, dot + 1);
    }
    return out;
}

}  // namespace restante::mailauth
