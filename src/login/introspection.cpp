#include "login/introspection.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::login {
namespace {
constexpr std::string_view secure = "https://", clear = "http://";

bool has_scope(const boost::json::object& answer, const std::string& wanted) {
    const auto* scope = answer.if_contains("scope");
    if (scope == nullptr || !scope->is_string()) return false;
    const auto words = split({scope->get_string().data(), scope->get_string().size()}, ' ');
    return std::find(words.begin(), words.end(), wanted) != words.end();
}
}  // namespace

Result<Endpoint> parse_endpoint(std::string_view url) {
    Endpoint out;
    out.tls = istarts_with(url, secure);
    if (!out.tls && !istarts_with(url, clear)) return fail(ErrorKind::invalid, "an https:// or http:// URL is needed");
    url.remove_prefix(out.tls ? secure.size() : clear.size());
    const std::size_t slash = std::min(url.find_first_of("/?"), url.size());
    std::string_view authority = url.substr(0, slash);
    out.target = url.substr(slash).starts_with('/') ? std::string(url.substr(slash)) : '/' + std::string(url.substr(slash));
    out.port = out.tls ? 443 : 80;
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        const auto port = parse_u64(authority.substr(colon + 1));
        if (!port || *port == 0 || *port > 65'535) return fail(ErrorKind::invalid, "the URL's port is not a number");
        out.port = static_cast<std::uint16_t>(*port);
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
    const auto odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '@' || c == '#'; };
    const bool broken = std::any_of(authority.begin(), authority.end(), odd) ||
                        std::any_of(out.target.begin(), out.target.end(), odd);
    if (authority.empty() || broken) return fail(ErrorKind::invalid, "the URL names no host, or holds odd characters");
    out.host = authority;
    return out;
}

Result<std::optional<TokenOwner>> read_introspection(std::string_view json, const OAuthOptions& options) {
    boost::system::error_code failed;
    const boost::json::value value = boost::json::parse({json.data(), json.size()}, failed);
    const auto* answer = failed ? nullptr : value.if_object();
    const auto* active = answer == nullptr ? nullptr : answer->if_contains("active");
    if (active == nullptr || !active->is_bool())
        return fail(ErrorKind::protocol, "the OAuth server's answer is not one of RFC 7662");
    if (!active->get_bool()) return std::nullopt;
    if (!options.scope.empty() && !has_scope(*answer, options.scope)) return std::nullopt;
    const auto* name = answer->if_contains(options.owner_field);
    if (name == nullptr || !name->is_string() || name->get_string().empty())
        return fail(ErrorKind::protocol, "the OAuth server's answer has no \"" + options.owner_field + "\"");
    TokenOwner owner{std::string(name->get_string()), std::nullopt};
    if (const auto* expires = answer->if_contains("exp"); expires != nullptr && expires->is_number()) {
        const auto seconds = expires->to_number<std::int64_t>(failed);
        if (!failed) owner.expires = seconds;
    }
    return owner;
}

Introspection::Introspection(OAuthOptions options, Endpoint endpoint, std::shared_ptr<const net::TlsClientContext> tls,
                             net::WorkPool& resolver, const Clock& clock)
    : options_(std::move(options)),
      endpoint_(std::move(endpoint)),
      tls_(std::move(tls)),
      resolver_(resolver),
      clock_(clock) {}

Result<std::unique_ptr<Introspection>> Introspection::make(OAuthOptions options, net::WorkPool& resolver,
                                                           const Clock& clock) {
    auto endpoint = parse_endpoint(options.introspection_url);
    if (!endpoint) return fail(std::move(endpoint.error()));
    std::shared_ptr<const net::TlsClientContext> tls;
    if (endpoint->tls) {
        net::TlsClientOptions rules;
        rules.ca_file = options.ca_file;
        auto made = net::TlsClientContext::make(rules);
        if (!made) return fail(std::move(made.error()));
        tls = std::move(*made);
    }
    return std::unique_ptr<Introspection>(
        new Introspection(std::move(options), std::move(*endpoint), std::move(tls), resolver, clock));
}

net::Task<Result<std::optional<std::string>>> Introspection::owner_of(std::string token) {
    const std::string key = sha256(token);
    if (auto name = remembered(key)) co_return std::move(name);
    const auto answer = co_await ask(token);
    if (!answer) co_return fail(answer.error());
    const auto owner = read_introspection(*answer, options_);
    if (!owner) co_return fail(owner.error());
    if (!*owner) co_return std::optional<std::string>();
    remember(key, **owner);
    co_return std::optional<std::string>((*owner)->name);
}

std::optional<std::string> Introspection::remembered(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = cache_.find(key);
    if (found == cache_.end()) return std::nullopt;
    if (std::chrono::steady_clock::now() < found->second.until) return found->second.name;
    cache_.erase(found);
    return std::nullopt;
}

void Introspection::remember(const std::string& key, const TokenOwner& owner) {
    using std::chrono::seconds;
    seconds time = options_.cache;
    if (owner.expires) {
        const auto now = std::chrono::duration_cast<seconds>(clock_.now().time_since_epoch()).count();
        time = std::min(time, seconds(std::clamp<std::int64_t>(*owner.expires - now, 0, options_.cache.count())));
    }
    if (time.count() <= 0 || options_.cache_entries == 0) return;
    const auto now = std::chrono::steady_clock::now();
    const std::scoped_lock lock(mutex_);
    if (cache_.size() >= options_.cache_entries)
        std::erase_if(cache_, [&](const auto& entry) { return entry.second.until <= now; });
    if (cache_.size() >= options_.cache_entries) cache_.erase(cache_.begin());
    cache_[key] = {owner.name, now + time};
}

}  // namespace restante::login
