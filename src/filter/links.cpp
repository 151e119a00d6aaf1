#include "filter/links.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"

namespace restante::filter {
namespace {

bool in_host(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x80 || std::isalnum(u) != 0 || c == '.' || c == '-' || c == '_';
}

/// What stands between "//" and the path, without user and port; empty: no host.
std::string host_at(std::string_view rest) {
    const std::size_t end = rest.find_first_of(" \t\n<>\"'/?#\\)");
    std::string_view authority = rest.substr(0, end);
    if (const std::size_t user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t close = authority.find(']');
        return close == std::string_view::npos ? "" : to_lower(authority.substr(0, close + 1));
    }
    const auto stop = std::find_if_not(authority.begin(), authority.end(), in_host);
    authority = authority.substr(0, static_cast<std::size_t>(stop - authority.begin()));
    while (!authority.empty() && authority.back() == '.') authority.remove_suffix(1);
    return authority.size() > 253 ? "" : to_lower(authority);
}

/// Labels, the last of two letters or more.
bool looks_like_host(std::string_view host) {
    const std::size_t dot = host.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return false;
    const std::string_view last = host.substr(dot + 1);
    return last.size() >= 2 && host.find("..") == std::string_view::npos &&
           std::all_of(last.begin(), last.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }) &&
           std::all_of(host.begin(), host.end(), in_host);
}

/// `before`: the text up to the '<' of a link's target.
std::string shown_in(std::string_view before) {
    while (!before.empty() && before.back() == ' ') before.remove_suffix(1);
    const std::size_t begin = before.find_last_of(" \t\n<>(");
    std::string_view word = begin == std::string_view::npos ? before : before.substr(begin + 1);
    bool is_link = false;
    for (const std::string_view scheme : {"https://", "http://"})
        if (istarts_with(word, scheme)) {
            word.remove_prefix(scheme.size());
            is_link = true;
        }
    if (!is_link && !istarts_with(word, "www.")) return "";  // "readme.txt", "Booking.com": names, not promises
    std::string host = host_at(word);
    const bool is_ascii = std::none_of(host.begin(), host.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return is_ascii && looks_like_host(host) ? host : "";  // the target of another name is written in its other form
}

}  // namespace

std::vector<Link> links_in(std::string_view text, std::size_t most) {
    std::vector<Link> out;
    for (std::size_t at = 0; out.size() < most;) {
        at = text.find("://", at);
        if (at == std::string_view::npos) break;
        std::size_t begin = at;
        while (begin > 0 && at - begin < 5 && std::isalpha(static_cast<unsigned char>(text[begin - 1])) != 0) --begin;
        const std::string scheme = to_lower(text.substr(begin, at - begin));
        at += 3;
        if (scheme != "http" && scheme != "https") continue;
        Link link{host_at(text.substr(at, 512)), ""};
        if (link.host.empty()) continue;
        constexpr std::size_t kLookedBack = 300;
        if (begin > 0 && text[begin - 1] == '<')
            link.shown = shown_in(text.substr(begin - 1 > kLookedBack ? begin - 1 - kLookedBack : 0,
                                              std::min(begin - 1, kLookedBack)));
        out.push_back(std::move(link));
    }
    return out;
}

std::vector<std::string> link_hosts(std::string_view text, std::size_t most) {
    std::vector<std::string> out;
    for (Link& link : links_in(text, most))
        if (std::find(out.begin(), out.end(), link.host) == out.end()) out.push_back(std::move(link.host));
    return out;
}

std::string registered_part(const std::string& host) {
    if (is_address(host)) return host;
    const std::size_t last = host.rfind('.');
    if (last == std::string::npos || last == 0) return host;
    std::size_t second = host.rfind('.', last - 1);
    const bool is_shared = second != std::string::npos && host.size() - last == 3 && last - second <= 4;  // "co.uk", "com.br"
    if (is_shared && second > 0) second = host.rfind('.', second - 1);
    return second == std::string::npos ? host : host.substr(second + 1);
}

bool is_address(std::string_view host) {
    if (host.empty()) return false;
    if (host.front() == '[') return true;
    return host.find('.') != std::string_view::npos &&
           std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace restante::filter
