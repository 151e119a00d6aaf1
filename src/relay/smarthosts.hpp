#pragma once
// Servers that take our mail for elsewhere, instead of the destination's own: one by domain, one for all others.
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/secret_box.hpp"
#include "db/database.hpp"

namespace restante::relay {

struct Smarthost {
    enum class Tls { none, if_offered, required, implicit };
    std::string domain;  // empty: every domain that has none of its own
    std::string host;    // a name, or an address in brackets
    std::uint16_t port = 587;
    Tls tls = Tls::required;
    bool verify = true;         // its certificate, where TLS is required
    std::string pinned_sha256;  // only this certificate; empty: one of the system's authorities
    std::string user;           // empty: no login
};
const char* to_string(Smarthost::Tls tls);
std::optional<Smarthost::Tls> parse_smarthost_tls(std::string_view text);

/// Thread-safe. Passwords are stored encrypted.
class Smarthosts {
public:
    /// Blocking. key: of SecretBox.
    static Result<std::unique_ptr<Smarthosts>> open(db::Database& database, const Clock& clock, std::string key);

    /// Blocking. Creates or replaces, live when it returns. Without a password the one it has stays. Errors: invalid.
    Result<void> set(const Smarthost& smarthost, const std::optional<std::string>& password);
    /// Blocking. not_found.
    Result<void> remove(const std::string& domain);
    std::vector<Smarthost> all() const;

    struct Use {
        Smarthost smarthost;
        std::string password;
    };
    /// The one for mail to this domain. corrupt: its password cannot be read.
    Result<std::optional<Use>> find(const std::string& domain) const;

private:
    struct Entry {
        Smarthost smarthost;
        std::string sealed;
    };
    Smarthosts(db::Database& database, const Clock& clock, std::string key)
        : database_(database), clock_(clock), box_(std::move(key)) {}
    Result<void> load();

    db::Database& database_;
    const Clock& clock_;
    const SecretBox box_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

}  // namespace restante::relay
