#include "directory/names.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::directory {
namespace {
constexpr std::size_t kMaxName = 64;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string quoted(std::string_view text) { return "\"" + escape_for_log(text, 80) + "\""; }
}  // namespace

Result<std::string> checked_name(std::string_view name) {
    std::string lower = to_lower(name);
    const bool letters_only =
        std::all_of(lower.begin(), lower.end(), [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
    if (lower.empty() || lower.size() > kMaxName || !letters_only || !is_alnum(lower.front()) ||
        !is_alnum(lower.back()) || lower.find("..") != std::string::npos)
        return fail(ErrorKind::invalid,
                    quoted(name) +
                        " cannot be a name: use 1 to 64 letters, digits, '.', '_' and '-', beginning and "
                        "ending with a letter or digit, without two dots in a row");
    return lower;
}

Result<std::string> checked_domain(std::string_view domain) {
    std::string lower = to_lower(domain);
    const auto is_8bit = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    if (std::any_of(lower.begin(), lower.end(), is_8bit))
        return fail(ErrorKind::invalid, quoted(domain) + " is not in ASCII: write the domain in its xn-- form");
    // Without a letter it would read as an IPv4 address.
    if (!message::is_domain_name(lower) ||
        !std::any_of(lower.begin(), lower.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
        return fail(ErrorKind::invalid, quoted(domain) + " is not a domain name");
    return lower;
}

std::string address_key(const message::Address& address) {
    std::string key;
    key.reserve(address.local_part.size() + 1 + address.domain.size());
    for (const char c : address.local_part) key += ascii_lower(c);
    key += '@';
    key += address.domain;
    return key;
}

Result<std::string> checked_alias_address(std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (!trimmed.empty() && trimmed.front() == '@') {
        auto domain = checked_domain(trimmed.substr(1));
        if (!domain) return fail(std::move(domain.error()));
        return "@" + *domain;
    }
    auto address = message::Address::parse(trimmed);
    if (!address) return fail(std::move(address.error()));
    if (address->domain.empty())
        return fail(ErrorKind::invalid,
                    quoted(text) + " has no domain: write " + to_lower(trimmed) + "@ and the domain");
    return address_key(*address);
}

Result<std::string> checked_destination(std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (trimmed == kDiscard) return std::string(kDiscard);
    if (trimmed.find('@') == std::string_view::npos) return checked_name(trimmed);
    auto address = message::Address::parse(trimmed);
    if (!address) return fail(std::move(address.error()));
    return address_key(*address);
}

std::string_view domain_of(std::string_view key) {
    const std::size_t at = key.rfind('@');
    return at == std::string_view::npos ? std::string_view() : key.substr(at + 1);
}

}  // namespace restante::directory
