#include "mda/bounce_tokens.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::mda {
namespace {
constexpr std::size_t kMemberDigits = 16;
constexpr std::size_t kMacOctets = 5;
}  // namespace

std::string BounceTokens::mac(std::int64_t list, std::string_view member) const {
    return base32_lower(hmac_sha256(key_, fmt::format("list bounce:{}:{}", list, member)).substr(0, kMacOctets));
}

std::string BounceTokens::make(std::int64_t list, std::int64_t member) const {
    const std::string digits = fmt::format("{:016x}", member);
    return digits + mac(list, digits);
}

std::optional<std::int64_t> BounceTokens::member_of(std::int64_t list, std::string_view token) const {
    if (token.size() <= kMemberDigits) return std::nullopt;
    const std::string digits = to_lower(token.substr(0, kMemberDigits));
    std::uint64_t member = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), member, 16);
    if (read.ptr != digits.data() + digits.size()) return std::nullopt;
    if (!constant_time_equal(to_lower(token.substr(kMemberDigits)), mac(list, digits))) return std::nullopt;
    return static_cast<std::int64_t>(member);
}

}  // namespace restante::mda
