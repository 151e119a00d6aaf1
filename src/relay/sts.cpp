#include "relay/sts.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::relay {
namespace {
constexpr std::uint64_t kMostAge = 31'557'600;  // RFC 8461 3.2: about a year
constexpr std::size_t kMostHosts = 1'000;
constexpr std::size_t kMostLines = 100;  // that are repeated in reports

std::string lower(std::string_view text) { return to_lower(trim(text)); }
}  // namespace

bool StsPolicy::allows(std::string_view host) const {
    const std::string name = to_lower(host);
    const std::size_t dot = name.find('.');
    return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& pattern) {
        if (!pattern.starts_with("*.")) return pattern == name;
        return dot != std::string::npos && std::string_view(name).substr(dot) == std::string_view(pattern).substr(1);
    });
}

std::optional<std::string> sts_id(const std::vector<std::string>& texts) {
    std::optional<std::string> out;
    for (const std::string& text : texts) {
        const auto fields = split(text, ';');
        if (trim(fields[0]) != "v=STSv1") continue;
        if (out) return std::nullopt;
        out.emplace();
        for (const std::string_view field : fields)
            if (const auto f = trim(field); f.starts_with("id=")) *out = f.substr(3);
        const bool good = !out->empty() && out->size() <= 32 && std::all_of(out->begin(), out->end(), [](char c) {
            return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
        });
        if (!good) return std::nullopt;
    }
    return out;
}

std::optional<StsPolicy> parse_sts_policy(std::string_view text) {
    StsPolicy out;
    bool version = false, mode = false, age = false;
    for (const std::string_view raw : split(text, '\n')) {
        const std::string_view line = trim(raw);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        if (out.lines.size() < kMostLines) out.lines.emplace_back(line);
        const std::string_view key = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
        if (key == "version") {
            version = value == "STSv1";
        } else if (key == "mode" && !mode) {
            if (value != "none" && value != "testing" && value != "enforce") return std::nullopt;
            out.mode = value == "enforce"   ? StsPolicy::Mode::enforce
                       : value == "testing" ? StsPolicy::Mode::testing
                                            : StsPolicy::Mode::none;
            mode = true;
        } else if (key == "mx" && out.hosts.size() < kMostHosts) {
            out.hosts.push_back(lower(value));
        } else if (key == "max_age" && !age) {
            const auto seconds = parse_u64(value);
            if (!seconds) return std::nullopt;
            out.max_age = std::chrono::seconds(std::min(*seconds, kMostAge));
            age = true;
        }
    }
    if (!version || !mode || !age || (out.mode != StsPolicy::Mode::none && out.hosts.empty())) return std::nullopt;
    return out;
}

}  // namespace restante::relay
