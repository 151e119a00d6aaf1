#pragma once
// Sessions of the console and API tokens. Only hashes of them are stored: who reads the database cannot log in.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "db/database.hpp"
#include "directory/directory.hpp"

namespace restante::admin {

struct CredentialOptions {
    std::chrono::minutes session_lifetime{12 * 60};  // from login, however busy the session is
    std::size_t max_tokens = 100;                    // per tenant
};

struct Session {
    std::int64_t id = 0;
    std::int64_t tenant_id = 0;
    std::string csrf;  // must come back in X-CSRF-Token with everything that changes something
    Timestamp expires_at{};
};

struct ApiToken {
    std::int64_t id = 0;
    std::int64_t tenant_id = 0;  // 0: the server itself, an administrator
    std::string label;
    Timestamp created_at{};
    std::optional<Timestamp> expires_at;    // nullopt: until revoked
    std::optional<Timestamp> last_used_at;  // to the hour
};

/// Thread-safe. All calls block (SQL); changes are durable when they return.
class Credentials {
public:
    /// Applies the module's migrations. The references must outlive the object.
    static Result<std::unique_ptr<Credentials>> open(db::Database& database, IdSource& ids, const Clock& clock,
                                                     CredentialOptions options);
    Credentials(db::Database& database, IdSource& ids, const Clock& clock, CredentialOptions options)
        : database_(database), ids_(ids), clock_(clock), options_(options) {}

    struct NewSession {
        std::string cookie;  // the secret, for the cookie only
        Session session;
    };
    Result<NewSession> create_session(const directory::Login& login);
    /// nullopt: unknown, ended or expired.
    Result<std::optional<Session>> find_session(const std::string& cookie);
    Result<std::optional<Session>> session_with_id(std::int64_t id);
    Result<void> end_session(std::int64_t id);
    /// After a new password.
    Result<void> end_sessions_of(std::int64_t tenant_id);

    struct NewToken {
        std::string secret;  // "rst_..." shown once
        ApiToken token;
    };
    /// Errors: over_quota.
    Result<NewToken> create_token(std::int64_t tenant_id, const std::string& label, std::optional<Timestamp> expires_at,
                                  const std::string& actor);
    /// nullopt: unknown, revoked or expired.
    Result<std::optional<ApiToken>> find_token(const std::string& secret);
    /// tenant_id nullopt: everybody's. Newest last.
    Result<std::vector<ApiToken>> tokens(std::optional<std::int64_t> tenant_id);
    /// not_found also for a token of another tenant.
    Result<void> revoke_token(std::int64_t id, std::optional<std::int64_t> tenant_id, const std::string& actor);

private:
    Result<std::optional<Session>> load_session(std::string_view column, const db::Value& key);

    db::Database& database_;
    IdSource& ids_;
    const Clock& clock_;
    const CredentialOptions options_;
};

}  // namespace restante::admin
