#include "directory/list_checks.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/text.hpp"
#include "directory/names.hpp"
#include "message/envelope.hpp"

namespace restante::directory {
namespace {
constexpr std::array<const char*, 4> kPosting{"members", "anyone", "owners", "named"};
constexpr std::size_t kMaxDescription = 256;
constexpr std::size_t kMaxUrl = 500;
constexpr std::size_t kMaxNamed = 1000;

Result<std::string> full_address(std::string_view text) {
    auto address = message::Address::parse(trim(text));
    if (!address) return fail(std::move(address.error()));
    if (address->domain.empty())
        return fail(ErrorKind::invalid, escape_for_log(text, 80) + " is no full address: its domain is missing");
    return address_key(*address);
}

Result<std::vector<std::string>> addresses_of(const std::vector<std::string>& texts, const char* what) {
    if (texts.size() > kMaxNamed)
        return fail(ErrorKind::too_large, "a list has at most " + std::to_string(kMaxNamed) + ' ' + what);
    std::vector<std::string> out;
    for (const std::string& text : texts) {
        auto key = full_address(text);
        if (!key) return fail(std::move(key.error()));
        if (std::find(out.begin(), out.end(), *key) == out.end()) out.push_back(std::move(*key));
    }
    return out;
}

bool one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// It stands between angle brackets in a header field (RFC 2369 2).
bool is_https_url(std::string_view url) {
    return url.starts_with("https://") && url.size() > 8 && std::all_of(url.begin(), url.end(), [](char c) {
               return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F && c != '<' &&
                      c != '>' && c != ',';
           });
}
}  // namespace

const char* to_string(Posting posting) { return kPosting[static_cast<std::size_t>(posting)]; }

std::optional<Posting> posting_named(std::string_view name) {
    for (std::size_t i = 0; i < kPosting.size(); ++i)
        if (name == kPosting[i]) return static_cast<Posting>(i);
    return std::nullopt;
}

const ListMember* ListView::member(std::string_view address) const {
    const auto found = std::lower_bound(members.begin(), members.end(), address,
                                        [](const ListMember& m, std::string_view a) { return m.address < a; });
    return found == members.end() || found->address != address ? nullptr : &*found;
}

bool ListView::may_post(std::string_view address) const {
    const auto is_in = [&](const std::vector<std::string>& some) {
        return std::find(some.begin(), some.end(), address) != some.end();
    };
    const ListSettings& settings = list.settings;
    if (settings.posting == Posting::anyone || is_in(settings.owners)) return true;
    if (settings.posting == Posting::members) return member(address) != nullptr;
    return settings.posting == Posting::named && is_in(settings.posters);
}

Result<ListSettings> checked_settings(const ListSettings& settings) {
    ListSettings out = settings;
    if (!is_valid_utf8(out.description) || out.description.size() > kMaxDescription || !one_line(out.description))
        return fail(ErrorKind::invalid, "a list's description must be one line of valid UTF-8, at most 256 octets");
    if (!out.unsubscribe_url.empty() && (out.unsubscribe_url.size() > kMaxUrl || !is_https_url(out.unsubscribe_url)))
        return fail(ErrorKind::invalid,
                    "the unsubscribe URL must be an https:// URL without blanks, at most 500 octets");
    if (out.max_octets > (1ULL << 40) || out.bounce_limit > 1'000'000)
        return fail(ErrorKind::invalid, "a number of the list's settings is too large");
    auto owners = addresses_of(settings.owners, "owners");
    if (!owners) return fail(std::move(owners.error()));
    auto posters = addresses_of(settings.posters, "posters");
    if (!posters) return fail(std::move(posters.error()));
    out.owners = std::move(*owners);
    out.posters = std::move(*posters);
    return out;
}

Result<std::vector<std::string>> checked_members(const std::vector<std::string>& addresses) {
    std::vector<std::string> out;
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const std::string_view line = trim(addresses[i]);
        if (line.empty() || line.front() == '#') continue;
        auto key = full_address(line);
        if (!key) return fail(ErrorKind::invalid, "line " + std::to_string(i + 1) + ": " + key.error().detail);
        if (seen.insert(*key).second) out.push_back(std::move(*key));
    }
    return out;
}

std::string described(const ListSettings& settings) {
    return std::string("posting ") + to_string(settings.posting) + ", " + std::to_string(settings.owners.size()) +
           " owners, " + std::to_string(settings.posters.size()) + " posters, at most " +
           std::to_string(settings.max_octets) + " octets, suspended after " + std::to_string(settings.bounce_limit) +
           " bounces" + (settings.unsubscribe_url.empty() ? "" : ", " + settings.unsubscribe_url);
}

}  // namespace restante::directory
