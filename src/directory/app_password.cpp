#include "directory/app_password.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "directory/networks.hpp"

namespace restante::directory {
namespace {
constexpr std::size_t kRandomOctets = 15;
constexpr std::size_t kLetters = 24;
constexpr std::size_t kGroup = 6;
constexpr std::size_t kLongestTyped = 64;
}  // namespace

std::string make_app_password() {
    const std::string letters = base32_lower(random_bytes(kRandomOctets));
    std::string out;
    for (std::size_t i = 0; i < letters.size(); i += kGroup)
        out += (out.empty() ? "" : "-") + letters.substr(i, kGroup);
    return out;
}

std::optional<std::string> app_password_core(std::string_view typed) {
    if (typed.size() < kLetters || typed.size() > kLongestTyped) return std::nullopt;
    std::string core;
    for (const char c : typed)
        if (c != '-' && c != ' ') core += ascii_lower(c);
    const auto in_base32 = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); };
    if (core.size() != kLetters || !std::all_of(core.begin(), core.end(), in_base32)) return std::nullopt;
    return core;
}

std::string app_password_digest(std::int64_t account, std::string_view core) {
    return to_hex(sha256("app password " + std::to_string(account) + ':' + std::string(core)));
}

const char* refusal_of(const AppPassword& password, const LoginContext& context, Timestamp now) {
    if (password.expires_at && *password.expires_at <= now) return "it has expired";
    if (!(context.protocol == Protocol::pop3 ? password.pop3 : password.smtp)) return "it is not for this protocol";
    if (!password.networks.empty() && !is_in_networks(context.address, password.networks))
        return "it is not for this network";
    return nullptr;
}

}  // namespace restante::directory
