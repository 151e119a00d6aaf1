#include "mailauth/srs.hpp"

#include <optional>
#include <stdexcept>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::mailauth {
namespace {

constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648 6: survives a change of case
constexpr std::size_t kHashLength = 8;                                    // 40 bits
constexpr std::size_t kLocalPartMost = 128;                               // what Address::parse takes

int day_of(Timestamp now) {
    return static_cast<int>(std::chrono::floor<std::chrono::days>(now).time_since_epoch().count() % 1024);
}

std::string day_stamp(Timestamp now) {
    const auto day = static_cast<std::size_t>(day_of(now));
    return {kDigits[day / 32], kDigits[day % 32]};
}

/// How many days ago the stamp was made, of 1024; nullopt if it is none.
std::optional<int> age_of(std::string_view stamp, Timestamp now) {
    const std::size_t high = kDigits.find(ascii_lower(stamp[0])), low = kDigits.find(ascii_lower(stamp[1]));
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    return (day_of(now) - static_cast<int>(high * 32 + low) + 1024) % 1024;
}

/// "SRS0" or "SRS1" with one of the separators that are in use.
bool has_tag(std::string_view local_part, char digit) {
    return local_part.size() > 5 && istarts_with(local_part, "SRS") && local_part[3] == digit &&
           std::string_view("=+-").find(local_part[4]) != std::string_view::npos;
}

tl::unexpected<Error> malformed() { return fail(ErrorKind::invalid, "not a rewritten sender address"); }

/// The part up to the next '=', taken off the front of rest; nullopt if there is no '='.
std::optional<std::string_view> take_part(std::string_view& rest) {
    const std::size_t sign = rest.find('=');
    if (sign == std::string_view::npos) return std::nullopt;
    const std::string_view part = rest.substr(0, sign);
    rest.remove_prefix(sign + 1);
    return part;
}

Result<message::Address> fitting(std::string local_part, std::string domain) {
    if (local_part.size() > kLocalPartMost)
        return fail(ErrorKind::invalid, "the sender's address is too long to be rewritten");
    return message::Address{std::move(local_part), std::move(domain)};
}

}  // namespace

Srs::Srs(std::string key, SrsOptions options) : key_(std::move(key)), options_(options) {
    if (key_.size() < 16) throw std::invalid_argument("the key for rewriting senders is too short");
}

std::string Srs::hash(std::string_view what) const {
    return base32_lower(hmac_sha256(key_, to_lower(what))).substr(0, kHashLength);
}

bool Srs::is_rewritten(const message::Address& address) {
    return has_tag(address.local_part, '0') || has_tag(address.local_part, '1');
}

Result<message::Address> Srs::encode(const message::Address& sender, const std::string& domain, Timestamp now) const {
    if (sender.domain == domain) return sender;
    const std::string& local = sender.local_part;
    if (has_tag(local, '1')) {  // SRS1=hash=first=rest: we step into the place of the rewriter in between
        std::string_view rest = std::string_view(local).substr(5);
        if (take_part(rest)) {
            const std::string kept(rest);
            return fitting("SRS1=" + hash(kept) + "=" + kept, domain);
        }
    } else if (has_tag(local, '0')) {
        const std::string kept = sender.domain + "=" + local.substr(4);
        return fitting("SRS1=" + hash(kept) + "=" + kept, domain);
    }
    const std::string kept = day_stamp(now) + "=" + sender.domain + "=" + local;
    return fitting("SRS0=" + hash(kept) + "=" + kept, domain);
}

Result<message::Address> Srs::decode(const message::Address& rewritten, Timestamp now) const {
    if (!is_rewritten(rewritten)) return malformed();
    std::string_view rest = std::string_view(rewritten.local_part).substr(5);
    const auto sum = take_part(rest);
    if (!sum) return malformed();
    if (!constant_time_equal(to_lower(*sum), hash(rest)))
        return fail(ErrorKind::denied, "the address was not rewritten by this server");
    return rewritten.local_part[3] == '0' ? decode_first(rest, now) : decode_second(rest);
}

Result<message::Address> Srs::decode_first(std::string_view rest, Timestamp now) const {
    const auto stamp = take_part(rest);
    const auto domain = take_part(rest);
    if (!stamp || stamp->size() != 2 || !domain || rest.empty() || !message::is_domain_name(*domain))
        return malformed();
    const auto age = age_of(*stamp, now);
    if (!age) return malformed();
    if (*age > options_.days && *age != 1023)  // 1023: made tomorrow, by a host whose clock is ahead
        return fail(ErrorKind::denied, "the rewritten address is too old");
    return message::Address{std::string(rest), to_lower(*domain)};
}

/// The first rewriter gets its own address back, and knows what to make of it.
Result<message::Address> Srs::decode_second(std::string_view rest) const {
    const auto first = take_part(rest);
    if (!first || rest.size() < 2 || !message::is_domain_name(*first)) return malformed();
    return message::Address{"SRS0" + std::string(rest), to_lower(*first)};
}

}  // namespace restante::mailauth
