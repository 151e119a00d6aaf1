#pragma once
// Asks an OAuth server whose access token this is (RFC 7662).
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "login/options.hpp"
#include "net/task.hpp"
#include "net/tls_context.hpp"
#include "net/work_pool.hpp"

namespace restante::login {

/// "https://host:port/path?query", taken apart.
struct Endpoint {
    bool tls = false;
    std::string host;  // name or address, without brackets
    std::uint16_t port = 0;
    std::string target;  // path and query
};
/// invalid: what is wrong with it.
Result<Endpoint> parse_endpoint(std::string_view url);

/// What the answer says. Nothing: the token is not valid here. protocol: the answer is not one.
struct TokenOwner {
    std::string name;
    std::optional<std::int64_t> expires;  // seconds since 1970
};
Result<std::optional<TokenOwner>> read_introspection(std::string_view json, const OAuthOptions& options);

/// Thread-safe. Good answers are remembered for a while (by a hash of the token), refusals never.
class Introspection {
public:
    /// The references must outlive it. invalid: the URL or the authorities.
    static Result<std::unique_ptr<Introspection>> make(OAuthOptions options, net::WorkPool& resolver,
                                                       const Clock& clock);

    /// On the caller's executor. Nothing: not valid. Errors: unavailable, timeout, tls, protocol, denied (plain http
    /// to another machine).
    net::Task<Result<std::optional<std::string>>> owner_of(std::string token);

private:
    struct Remembered {
        std::string name;
        std::chrono::steady_clock::time_point until;
    };
    Introspection(OAuthOptions options, Endpoint endpoint, std::shared_ptr<const net::TlsClientContext> tls,
                  net::WorkPool& resolver, const Clock& clock);
    std::optional<std::string> remembered(const std::string& key);
    void remember(const std::string& key, const TokenOwner& owner);
    net::Task<Result<std::string>> ask(const std::string& token);
    std::string request_of(const std::string& token) const;

    const OAuthOptions options_;
    const Endpoint endpoint_;
    const std::shared_ptr<const net::TlsClientContext> tls_;
    net::WorkPool& resolver_;
    const Clock& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, Remembered> cache_;
};

}  // namespace restante::login
