#include "fetch/tables.hpp"

#include <array>

namespace restante::fetch {
namespace {
// name_key is the name in lower case: unique without regard to case, whatever the database's collation.
constexpr std::array kSteps{db::Migration{"fetch", 1, R"sql(
CREATE TABLE fetch_connection(id BIGINT PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL, port BIGINT NOT NULL, tls TEXT NOT NULL, user_name TEXT NOT NULL, password BLOB NOT NULL,
    timeout_seconds BIGINT NOT NULL, interval_minutes BIGINT NOT NULL, verify_certificate BIGINT NOT NULL,
    ca_pem TEXT NOT NULL, pinned_sha256 TEXT NOT NULL, purpose TEXT NOT NULL, account TEXT NOT NULL,
    enabled BIGINT NOT NULL, leave_on_server BIGINT NOT NULL, epoch BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE fetch_health(connection_id BIGINT PRIMARY KEY REFERENCES fetch_connection(id), state TEXT NOT NULL,
    last_try BIGINT NOT NULL, last_success BIGINT NOT NULL, failing_since BIGINT NOT NULL, next_try BIGINT NOT NULL,
    consecutive_errors BIGINT NOT NULL, last_error TEXT NOT NULL);
CREATE TABLE fetch_seen(connection_id BIGINT NOT NULL REFERENCES fetch_connection(id), uidl TEXT NOT NULL,
    octets BIGINT NOT NULL, sha256 TEXT NOT NULL, verdict TEXT NOT NULL, note TEXT NOT NULL, message_id BIGINT NOT NULL,
    at BIGINT NOT NULL, deleted BIGINT NOT NULL, PRIMARY KEY(connection_id, uidl));
)sql"}};

Result<void> done(Result<std::int64_t> changed) {
    if (!changed) return fail(std::move(changed.error()));
    return {};
}

State state_of(std::string_view text) {
    for (const State state : {State::ok, State::failing, State::paused, State::disabled})
        if (text == to_string(state)) return state;
    return State::fresh;
}

Connection connection_of(const db::Row& row) {
    Connection c;
    c.id = row.integer(0);
    Settings& s = c.settings;
    s.name = row.text(1);
    s.address = row.text(2);
    s.port = static_cast<std::uint16_t>(row.integer(3));
    s.tls = parse_tls_mode(row.text(4)).value_or(TlsMode::implicit);
    s.user = row.text(5);
    s.timeout_seconds = static_cast<std::uint32_t>(row.integer(6));
    s.interval_minutes = static_cast<std::uint32_t>(row.integer(7));
    s.verify_certificate = row.integer(8) != 0;
    s.ca_pem = row.text(9);
    s.pinned_sha256 = row.text(10);
    s.purpose = parse_purpose(row.text(11)).value_or(Purpose::replies);
    s.account = row.text(12);
    s.enabled = row.integer(13) != 0;
    s.leave_on_server = row.integer(14) != 0;
    c.epoch = row.integer(15);
    Health& h = c.health;
    h.state = state_of(row.text(16));
    h.last_try = from_micros(row.integer(17));
    h.last_success = from_micros(row.integer(18));
    h.failing_since = from_micros(row.integer(19));
    h.next_try = from_micros(row.integer(20));
    h.consecutive_errors = static_cast<std::uint32_t>(row.integer(21));
    h.last_error = row.text(22);
    return c;
}
}  // namespace

std::span<const db::Migration> migrations() { return kSteps; }

Result<void> select_connections(db::Session& session, std::string_view where,
                                std::initializer_list<db::Value> parameters,
                                const std::function<void(Connection)>& take) {
    const std::string sql =
        "SELECT c.id, c.name, c.address, c.port, c.tls, c.user_name, c.timeout_seconds, c.interval_minutes, "
        "c.verify_certificate, c.ca_pem, c.pinned_sha256, c.purpose, c.account, c.enabled, c.leave_on_server, c.epoch, "
        "h.state, h.last_try, h.last_success, h.failing_since, h.next_try, h.consecutive_errors, h.last_error "
        "FROM fetch_connection c JOIN fetch_health h ON h.connection_id = c.id WHERE " +
        std::string(where) + " ORDER BY c.name_key";
    return session.query(sql, parameters, [&](const db::Row& row) { take(connection_of(row)); });
}

Result<void> insert_connection(db::Session& session, const Connection& connection, std::string_view key_name,
                               std::string_view sealed_password, Timestamp now) {
    auto inserted = done(session.execute(
        "INSERT INTO fetch_connection(id, name, name_key, address, port, tls, user_name, password, timeout_seconds, "
        "interval_minutes, verify_certificate, ca_pem, pinned_sha256, purpose, account, enabled, leave_on_server, "
        "epoch, "
        "created_at) VALUES($1, '', $2, '', 0, '', '', $3, 0, 0, 0, '', '', '', '', 0, 0, 0, $4)",
        {connection.id, key_name, db::Blob{sealed_password}, to_micros(now)}));
    if (!inserted) return inserted;
    if (auto updated = update_connection(session, connection, key_name, ""); !updated) return updated;
    return put_health(session, connection.id, connection.health);
}

Result<void> update_connection(db::Session& session, const Connection& connection, std::string_view key_name,
                               std::string_view sealed_password) {
    const Settings& s = connection.settings;
    auto updated = done(session.execute(
        "UPDATE fetch_connection SET name=$1, name_key=$2, address=$3, port=$4, tls=$5, user_name=$6, "
        "timeout_seconds=$7, "
        "interval_minutes=$8, verify_certificate=$9, ca_pem=$10, pinned_sha256=$11, purpose=$12, account=$13, "
        "enabled=$14, "
        "leave_on_server=$15, epoch=$16 WHERE id=$17",
        {std::string_view(s.name), key_name, std::string_view(s.address), std::int64_t{s.port},
         std::string_view(to_string(s.tls)), std::string_view(s.user), std::int64_t{s.timeout_seconds},
         std::int64_t{s.interval_minutes}, std::int64_t{s.verify_certificate}, std::string_view(s.ca_pem),
         std::string_view(s.pinned_sha256), std::string_view(to_string(s.purpose)), std::string_view(s.account),
         std::int64_t{s.enabled}, std::int64_t{s.leave_on_server}, connection.epoch, connection.id}));
    if (!updated || sealed_password.empty()) return updated;
    return done(session.execute("UPDATE fetch_connection SET password=$1 WHERE id=$2",
                                {db::Blob{sealed_password}, connection.id}));
}

Result<void> put_health(db::Session& session, std::int64_t id, const Health& h) {
    return done(session.execute(
        "INSERT INTO fetch_health(connection_id, state, last_try, last_success, failing_since, next_try, "
        "consecutive_errors, "
        "last_error) VALUES($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT(connection_id) DO UPDATE SET "
        "state=excluded.state, "
        "last_try=excluded.last_try, last_success=excluded.last_success, failing_since=excluded.failing_since, "
        "next_try=excluded.next_try, consecutive_errors=excluded.consecutive_errors, last_error=excluded.last_error",
        {id, std::string_view(to_string(h.state)), to_micros(h.last_try), to_micros(h.last_success),
         to_micros(h.failing_since), to_micros(h.next_try), std::int64_t{h.consecutive_errors},
         std::string_view(h.last_error)}));
}

Result<void> delete_connection(db::Session& session, std::int64_t id) {
    for (const char* sql :
         {"DELETE FROM fetch_seen WHERE connection_id=$1", "DELETE FROM fetch_health WHERE connection_id=$1",
          "DELETE FROM fetch_connection WHERE id=$1"})
        if (auto deleted = done(session.execute(sql, {id})); !deleted) return deleted;
    return {};
}

Result<void> put_seen(db::Session& session, std::int64_t id, const SeenMail& mail) {
    return done(session.execute(
        "INSERT INTO fetch_seen(connection_id, uidl, octets, sha256, verdict, note, message_id, at, deleted) "
        "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT(connection_id, uidl) DO UPDATE SET "
        "octets=excluded.octets, "
        "sha256=excluded.sha256, verdict=excluded.verdict, note=excluded.note, message_id=excluded.message_id, "
        "at=excluded.at, deleted=excluded.deleted",
        {id, std::string_view(mail.uidl), static_cast<std::int64_t>(mail.octets), std::string_view(mail.sha256),
         std::string_view(mail.verdict), std::string_view(mail.note), mail.message_id, to_micros(mail.at),
         std::int64_t{mail.deleted}}));
}

}  // namespace restante::fetch
