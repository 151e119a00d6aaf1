#include "admin/credentials.hpp"

#include <array>

#include "base/random.hpp"
#include "base/text.hpp"
#include "directory/audit.hpp"

namespace restante::admin {
namespace {

constexpr std::array kSteps{db::Migration{"admin", 1, R"(
CREATE TABLE admin_session(
  id BIGINT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, tenant_id BIGINT NOT NULL, csrf TEXT NOT NULL,
  expires_at BIGINT NOT NULL);
CREATE TABLE admin_token(
  id BIGINT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, tenant_id BIGINT NOT NULL, label TEXT NOT NULL,
  created_at BIGINT NOT NULL, expires_at BIGINT, last_used_at BIGINT);
CREATE INDEX admin_token_tenant ON admin_token(tenant_id, id))"}};

constexpr std::size_t kSecretBytes = 24;
constexpr std::string_view kTokenPrefix = "rst_";  // lets secret scanners find a leaked one
constexpr std::string_view kTokenColumns =
    "SELECT id, tenant_id, label, created_at, expires_at, last_used_at FROM admin_token ";

// The secrets are random and long, so a plain hash of them cannot be searched through.
std::string hash_of(std::string_view secret) { return to_hex(sha256(secret)); }

std::optional<Timestamp> time_or_none(const db::Row& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return from_micros(row.integer(column));
}

ApiToken token_of(const db::Row& row) {
    return {row.integer(0),       row.integer(1),      std::string(row.text(2)), from_micros(row.integer(3)),
            time_or_none(row, 4), time_or_none(row, 5)};
}

db::Value micros_or_null(std::optional<Timestamp> time) {
    return time ? db::Value(to_micros(*time)) : db::Value(nullptr);
}

}  // namespace

Result<std::unique_ptr<Credentials>> Credentials::open(db::Database& database, IdSource& ids, const Clock& clock,
                                                       CredentialOptions options) {
    if (auto done = database.migrate(kSteps); !done) return fail(std::move(done.error()));
    auto newest =
        database.read([](db::Session& session) { return session.integer("SELECT MAX(id) FROM admin_token"); });
    if (!newest) return fail(std::move(newest.error()));
    ids.advance_past(newest->value_or(0));
    return std::make_unique<Credentials>(database, ids, clock, options);
}

Result<Credentials::NewSession> Credentials::create_session(const directory::Login& login) {
    NewSession out;
    out.cookie = base64url_encode(random_bytes(kSecretBytes));
    const std::string hash = hash_of(out.cookie);
    out.session = {ids_.next(), login.tenant_id, base64url_encode(random_bytes(kSecretBytes)),
                   clock_.now() + options_.session_lifetime};
    return database_.write([&](db::Session& session) -> Result<NewSession> {
        auto swept = session.execute("DELETE FROM admin_session WHERE expires_at<$1", {to_micros(clock_.now())});
        if (!swept) return fail(std::move(swept.error()));
        auto done = session.execute(
            "INSERT INTO admin_session(id, hash, tenant_id, csrf, expires_at) VALUES($1,$2,$3,$4,$5)",
            {out.session.id, hash, out.session.tenant_id, out.session.csrf, to_micros(out.session.expires_at)});
        if (!done) return fail(std::move(done.error()));
        auto noted =
            directory::write_audit(session, ids_, clock_.now(), {login.name, "session.create", login.name, ""});
        if (!noted) return fail(std::move(noted.error()));
        return out;
    });
}

Result<std::optional<Session>> Credentials::load_session(std::string_view column, const db::Value& key) {
    return database_.read([&](db::Session& session) -> Result<std::optional<Session>> {
        std::optional<Session> found;
        auto done = session.query(
            "SELECT id, tenant_id, csrf, expires_at FROM admin_session WHERE " + std::string(column) +
                "=$1 AND expires_at>$2",
            {key, to_micros(clock_.now())}, [&](const db::Row& row) {
                found = Session{row.integer(0), row.integer(1), std::string(row.text(2)), from_micros(row.integer(3))};
            });
        if (!done) return fail(std::move(done.error()));
        return found;
    });
}

Result<std::optional<Session>> Credentials::find_session(const std::string& cookie) {
    const std::string hash = hash_of(cookie);
    return load_session("hash", hash);
}

Result<std::optional<Session>> Credentials::session_with_id(std::int64_t id) { return load_session("id", id); }

Result<void> Credentials::end_session(std::int64_t id) {
    auto done = database_.write(
        [&](db::Session& session) { return session.execute("DELETE FROM admin_session WHERE id=$1", {id}); });
    if (!done) return fail(std::move(done.error()));
    return {};
}

Result<void> Credentials::end_sessions_of(std::int64_t tenant_id) {
    auto done = database_.write([&](db::Session& session) {
        return session.execute("DELETE FROM admin_session WHERE tenant_id=$1", {tenant_id});
    });
    if (!done) return fail(std::move(done.error()));
    return {};
}

Result<Credentials::NewToken> Credentials::create_token(std::int64_t tenant_id, const std::string& label,
                                                        std::optional<Timestamp> expires_at, const std::string& actor) {
    NewToken out;
    out.secret = std::string(kTokenPrefix) + base64url_encode(random_bytes(kSecretBytes));
    out.token = {ids_.next(), tenant_id, label, clock_.now(), expires_at, std::nullopt};
    return database_.write([&](db::Session& session) -> Result<NewToken> {
        auto count = session.integer("SELECT COUNT(*) FROM admin_token WHERE tenant_id=$1", {tenant_id});
        if (!count) return fail(std::move(count.error()));
        if (count->value_or(0) >= static_cast<std::int64_t>(options_.max_tokens))
            return fail(ErrorKind::over_quota,
                        "there are " + std::to_string(**count) + " tokens already, revoke one first");
        const std::string hash = hash_of(out.secret);
        auto done = session.execute(
            "INSERT INTO admin_token(id, hash, tenant_id, label, created_at, expires_at, last_used_at) "
            "VALUES($1,$2,$3,$4,$5,$6,NULL)",
            {out.token.id, hash, tenant_id, label, to_micros(out.token.created_at), micros_or_null(expires_at)});
        if (!done) return fail(std::move(done.error()));
        auto noted = directory::write_audit(session, ids_, clock_.now(),
                                            {actor, "token.create", label, std::to_string(out.token.id)});
        if (!noted) return fail(std::move(noted.error()));
        return out;
    });
}

Result<std::optional<ApiToken>> Credentials::find_token(const std::string& secret) {
    const Timestamp now = clock_.now();
    auto found = database_.read([&](db::Session& session) -> Result<std::optional<ApiToken>> {
        const std::string hash = hash_of(secret);
        std::optional<ApiToken> token;
        auto done =
            session.query(std::string(kTokenColumns) + "WHERE hash=$1 AND (expires_at IS NULL OR expires_at>$2)",
                          {hash, to_micros(now)}, [&](const db::Row& row) { token = token_of(row); });
        if (!done) return fail(std::move(done.error()));
        return token;
    });
    if (!found || !*found) return found;
    // A durable write for every request would cost more than the request.
    ApiToken& token = **found;
    if (token.last_used_at && now - *token.last_used_at < std::chrono::hours(1)) return found;
    auto noted = database_.write([&](db::Session& session) {
        return session.execute("UPDATE admin_token SET last_used_at=$1 WHERE id=$2", {to_micros(now), token.id});
    });
    if (!noted) return fail(std::move(noted.error()));
    token.last_used_at = now;
    return found;
}

Result<std::vector<ApiToken>> Credentials::tokens(std::optional<std::int64_t> tenant_id) {
    return database_.read([&](db::Session& session) -> Result<std::vector<ApiToken>> {
        std::vector<ApiToken> out;
        auto done = session.query(std::string(kTokenColumns) + "WHERE $1=0 OR tenant_id=$2 ORDER BY id",
                                  {std::int64_t{tenant_id.has_value()}, tenant_id.value_or(0)},
                                  [&](const db::Row& row) { out.push_back(token_of(row)); });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<void> Credentials::revoke_token(std::int64_t id, std::optional<std::int64_t> tenant_id,
                                       const std::string& actor) {
    return database_.write([&](db::Session& session) -> Result<void> {
        auto done = session.execute("DELETE FROM admin_token WHERE id=$1 AND ($2=0 OR tenant_id=$3)",
                                    {id, std::int64_t{tenant_id.has_value()}, tenant_id.value_or(0)});
        if (!done) return fail(std::move(done.error()));
        if (*done == 0) return fail(ErrorKind::not_found, "no token with id " + std::to_string(id));
        return directory::write_audit(session, ids_, clock_.now(), {actor, "token.revoke", std::to_string(id), ""});
    });
}

}  // namespace restante::admin
