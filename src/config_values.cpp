#include "config_values.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace restante {
namespace {
struct Unit {
    std::string_view name;
    std::int64_t factor;
};
constexpr std::array kDurations{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}, Unit{"ms", 1}};
constexpr std::array kSizes{Unit{"TiB", 1LL << 40}, Unit{"GiB", 1LL << 30}, Unit{"MiB", 1LL << 20},     Unit{"KiB", 1LL << 10},
                            Unit{"TB", 1'000'000'000'000}, Unit{"GB", 1'000'000'000}, Unit{"MB", 1'000'000}, Unit{"kB", 1000},
                            Unit{"KB", 1000}, Unit{"B", 1}};
constexpr std::int64_t kLongest = 100LL * 365 * 86'400'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Cuts the leading run of characters for which `inside` holds off `text`.
template <class Predicate>
std::string_view take(std::string_view& text, Predicate inside) {
    const auto end = std::find_if_not(text.begin(), text.end(), inside);
    const auto length = static_cast<std::size_t>(end - text.begin());
    const std::string_view head = text.substr(0, length);
    text.remove_prefix(length);
    return head;
}

const Unit* find_unit(const auto& units, std::string_view name) {
    const auto found = std::ranges::find(units, name, &Unit::name);
    return found == units.end() ? nullptr : &*found;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = ascii_lower(a[i - 1]) == ascii_lower(b[j - 1]) ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.size()][b.size()];
}

bool is_address(const std::string& text, bool brackets) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(brackets ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1;
}
}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto refuse = [&] {
        return fail(ErrorKind::invalid, fmt::format("\"{}\" is not a duration; write a number with a unit, such as \"90s\", \"10m\", "
                                                    "\"1h30m\" (ms, s, m, h, d)",
                                                    escape_for_log(text, 40)));
    };
    std::string_view rest = trim(text);
    if (rest == "0") return std::chrono::milliseconds{0};
    if (rest.empty()) return refuse();
    std::int64_t total = 0;
    while (!rest.empty()) {
        const auto number = parse_u64(take(rest, is_digit));
        const Unit* unit = find_unit(kDurations, take(rest, [](char c) { return !is_digit(c); }));
        if (!number || unit == nullptr) return refuse();
        if (*number > static_cast<std::uint64_t>(kLongest / unit->factor)) return refuse();
        total += static_cast<std::int64_t>(*number) * unit->factor;
        if (total > kLongest) return refuse();
    }
    return std::chrono::milliseconds{total};
}

std::string write_duration(std::chrono::milliseconds value) {
    if (value.count() == 0) return "0";
    std::string out;
    std::int64_t left = value.count();
    for (const Unit& unit : kDurations) {
        if (left >= unit.factor) out += fmt::format("{}{}", left / unit.factor, unit.name);
        left %= unit.factor;
    }
    return out;
}

Result<std::int64_t> parse_size(std::string_view text) {
    std::string_view rest = trim(text);
    const auto number = parse_u64(take(rest, is_digit));
    rest = trim(rest);
    const Unit* unit = find_unit(kSizes, rest.empty() ? "B" : rest);
    if (!number || unit == nullptr || *number > static_cast<std::uint64_t>(INT64_MAX / unit->factor))
        return fail(ErrorKind::invalid,
                    fmt::format("\"{}\" is not a size; write bytes or a unit, such as \"50MiB\" (KiB, MiB, GiB, TiB; kB, MB, GB, TB)",
                                escape_for_log(text, 40)));
    return static_cast<std::int64_t>(*number) * unit->factor;
}

std::string write_size(std::int64_t bytes) {
    for (std::size_t i = 0; i < 4 && bytes > 0; ++i)
        if (bytes % kSizes[i].factor == 0) return fmt::format("{}{}", bytes / kSizes[i].factor, kSizes[i].name);
    return fmt::format("{}", bytes);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon != std::string_view::npos) {
        std::string_view host = text.substr(0, colon);
        const auto port = parse_u64(text.substr(colon + 1));
        const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
        if (brackets) host = host.substr(1, host.size() - 2);
        if (port && *port <= 65535 && ((!brackets && host == "*") || is_address(std::string(host), brackets)))
            return Endpoint{std::string(host), static_cast<std::uint16_t>(*port)};
    }
    return fail(ErrorKind::invalid, fmt::format("\"{}\" is not an address with a port; write \"127.0.0.1:110\" or \"[::1]:110\" "
                                                "(\"*:110\" means every address)",
                                                escape_for_log(text, 60)));
}

std::string write_endpoint(const Endpoint& endpoint) {
    const bool brackets = endpoint.address.find(':') != std::string::npos;
    return brackets ? fmt::format("[{}]:{}", endpoint.address, endpoint.port) : fmt::format("{}:{}", endpoint.address, endpoint.port);
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& names) {
    if (word.size() > 64) return {};
    std::string best;
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string& name : names) {
        const bool cut = std::min(word.size(), name.size()) >= 3 && (name.starts_with(word) || word.starts_with(name));
        const std::size_t distance = cut ? std::min<std::size_t>(2, edit_distance(word, name)) : edit_distance(word, name);
        if (distance < least) {
            least = distance;
            best = name;
        }
    }
    return best;
}

}  // namespace restante
