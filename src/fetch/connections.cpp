#include "fetch/connections.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"
#include "directory/audit.hpp"
#include "fetch/schedule.hpp"
#include "fetch/settings.hpp"
#include "fetch/tables.hpp"

namespace restante::fetch {
namespace {
std::string owner_of(std::int64_t id) { return "connection " + std::to_string(id); }

/// Changes that concern only who gets the mail or how it is called need no new try.
bool concerns_session(const Settings& before, const Settings& after) {
    return before.address != after.address || before.port != after.port || before.tls != after.tls ||
           before.user != after.user || !after.password.empty() ||
           before.verify_certificate != after.verify_certificate || before.ca_pem != after.ca_pem ||
           before.pinned_sha256 != after.pinned_sha256 || before.timeout_seconds != after.timeout_seconds ||
           (after.enabled && !before.enabled);
}

Error named(Error error, const std::string& name) {
    if (error.kind == ErrorKind::already_exists)
        error.detail = "a connection named " + name + " exists already: choose another name";
    return error;
}

/// What a poll found out is worth nothing for settings that are no more.
Result<void> check_current(db::Session& session, const Connection& connection) {
    auto same =
        session.integer("SELECT 1 FROM fetch_connection WHERE id=$1 AND epoch=$2", {connection.id, connection.epoch});
    if (!same) return fail(std::move(same.error()));
    if (!*same) return fail(ErrorKind::cancelled, "the connection was changed meanwhile");
    return {};
}
}  // namespace

Connections::Connections(db::Database& database, directory::Directory& directory, IdSource& ids, const Clock& clock,
                         std::string key, Options options)
    : database_(database), directory_(directory), ids_(ids), clock_(clock), box_(std::move(key)), options_(options) {}

Result<std::unique_ptr<Connections>> Connections::open(db::Database& database, directory::Directory& directory,
                                                       IdSource& ids, const Clock& clock, std::string key,
                                                       Options options) {
    if (key.size() != SecretBox::kKeyOctets)
        return fail(ErrorKind::invalid, "the key for stored passwords must have 32 octets");
    if (auto migrated = database.migrate(migrations()); !migrated) return fail(std::move(migrated.error()));
    auto highest = database.read([](db::Session& s) { return s.integer("SELECT MAX(id) FROM fetch_connection"); });
    if (!highest) return fail(std::move(highest.error()));
    ids.advance_past(highest->value_or(0));
    return std::unique_ptr<Connections>(new Connections(database, directory, ids, clock, std::move(key), options));
}

Result<void> Connections::check_account(const Settings& settings) {
    if (settings.purpose != Purpose::maildrop) return {};
    if (auto account = directory_.account(settings.account); !account) return fail(std::move(account.error()));
    return {};
}

Result<Connection> Connections::create(const Settings& settings, const Change& by) {
    auto checked = checked_settings(settings, options_);
    if (!checked) return fail(std::move(checked.error()));
    if (checked->password.empty()) return fail(ErrorKind::invalid, "the password is missing");
    if (auto known = check_account(*checked); !known) return fail(std::move(known.error()));
    Connection connection;
    connection.id = ids_.next();
    connection.health = fresh_start({}, clock_.now());
    const std::string sealed = box_.seal(owner_of(connection.id), checked->password);
    connection.settings = std::move(*checked);
    connection.settings.password.clear();
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        const std::string key_name = to_lower(connection.settings.name);
        if (auto done = insert_connection(session, connection, key_name, sealed, clock_.now()); !done) return done;
        const std::string where = connection.settings.address + ":" + std::to_string(connection.settings.port);
        return directory::write_audit(session, ids_, clock_.now(),
                                      {by.actor, "connection.create", connection.settings.name, where});
    });
    if (!stored) return fail(named(std::move(stored.error()), connection.settings.name));
    return connection;
}

Result<Connection> Connections::update(std::int64_t id, const Settings& settings, const Change& by) {
    auto before = find(id);
    if (!before) return before;
    Settings wanted = settings;
    // The port follows the TLS mode only on a new connection (S3.12).
    if (wanted.port == 0) wanted.port = before->settings.port;
    auto checked = checked_settings(std::move(wanted), options_);
    if (!checked) return fail(std::move(checked.error()));
    if (auto known = check_account(*checked); !known) return fail(std::move(known.error()));
    return store_change(*before, std::move(*checked), by);
}

Result<Connection> Connections::store_change(const Connection& before, Settings after, const Change& by) {
    Connection connection = before;
    const bool same = same_mailbox(before.settings, after);
    if (!same) ++connection.epoch;
    if (concerns_session(before.settings, after)) connection.health = fresh_start(before.health, clock_.now());
    const std::string sealed = after.password.empty() ? "" : box_.seal(owner_of(before.id), after.password);
    const std::string changes = describe_change(before.settings, after);
    connection.settings = std::move(after);
    connection.settings.password.clear();
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        const std::string key_name = to_lower(connection.settings.name);
        if (auto done = update_connection(session, connection, key_name, sealed); !done) return done;
        if (auto done = put_health(session, connection.id, connection.health); !done) return done;
        // Another mailbox: its UIDLs may look like those of the old one and must not count as seen.
        auto forgotten = same ? Result<std::int64_t>{0}
                              : session.execute("DELETE FROM fetch_seen WHERE connection_id=$1", {before.id});
        if (!forgotten) return fail(std::move(forgotten.error()));
        return directory::write_audit(session, ids_, clock_.now(),
                                      {by.actor, "connection.update", connection.settings.name, changes});
    });
    if (!stored) return fail(named(std::move(stored.error()), connection.settings.name));
    return connection;
}

Result<void> Connections::set_enabled(std::int64_t id, bool enabled, const Change& by) {
    auto before = find(id);
    if (!before) return fail(std::move(before.error()));
    Settings after = before->settings;
    after.enabled = enabled;
    auto changed = store_change(*before, std::move(after), by);
    if (!changed) return fail(std::move(changed.error()));
    return {};
}

Result<void> Connections::remove(std::int64_t id, const Change& by) {
    auto before = find(id);
    if (!before) return fail(std::move(before.error()));
    return database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = delete_connection(session, id); !done) return done;
        return directory::write_audit(session, ids_, clock_.now(),
                                      {by.actor, "connection.delete", before->settings.name, ""});
    });
}

Result<std::vector<Connection>> Connections::list() {
    return database_.read([&](db::Session& session) -> Result<std::vector<Connection>> {
        std::vector<Connection> out;
        auto done = select_connections(session, "1=1", {}, [&](Connection c) { out.push_back(std::move(c)); });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<Connection> Connections::find(std::int64_t id) {
    return database_.read([&](db::Session& session) -> Result<Connection> {
        std::optional<Connection> found;
        auto done = select_connections(session, "c.id=$1", {id}, [&](Connection c) { found = std::move(c); });
        if (!done) return fail(std::move(done.error()));
        if (!found) return fail(ErrorKind::not_found, "there is no connection with the id " + std::to_string(id));
        return std::move(*found);
    });
}

Result<Connection> Connections::find_by_name(const std::string& name) {
    return database_.read([&](db::Session& session) -> Result<Connection> {
        std::optional<Connection> found;
        const std::string key_name = to_lower(trim(name));
        auto done = select_connections(session, "c.name_key=$1", {std::string_view(key_name)},
                                       [&](Connection c) { found = std::move(c); });
        if (!done) return fail(std::move(done.error()));
        if (!found) return fail(ErrorKind::not_found, "there is no connection named " + escape_for_log(name, 100));
        return std::move(*found);
    });
}

Result<std::string> Connections::password(std::int64_t id) {
    auto sealed = database_.read(
        [&](db::Session& s) { return s.text("SELECT password FROM fetch_connection WHERE id=$1", {id}); });
    if (!sealed) return fail(std::move(sealed.error()));
    if (!*sealed) return fail(ErrorKind::not_found, "there is no connection with the id " + std::to_string(id));
    return box_.open(owner_of(id), **sealed);
}

Result<std::vector<std::int64_t>> Connections::due(Timestamp now) {
    return database_.read([&](db::Session& session) -> Result<std::vector<std::int64_t>> {
        std::vector<std::int64_t> out;
        auto done = session.query(
            "SELECT c.id FROM fetch_connection c JOIN fetch_health h ON h.connection_id = c.id "
            "WHERE c.enabled = 1 AND h.next_try <= $1 ORDER BY h.next_try",
            {to_micros(now)}, [&](const db::Row& row) { out.push_back(row.integer(0)); });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<void> Connections::set_health(const Connection& connection, const Health& health) {
    return database_.write([&](db::Session& session) -> Result<void> {
        if (auto current = check_current(session, connection); !current) return current;
        if (auto done = put_health(session, connection.id, health); !done) return done;
        if (health.state != State::disabled) return {};
        auto off = session.execute("UPDATE fetch_connection SET enabled=0 WHERE id=$1", {connection.id});
        if (!off) return fail(std::move(off.error()));
        return directory::write_audit(session, ids_, clock_.now(),
                                      {"system", "connection.disable", connection.settings.name, health.last_error});
    });
}

Result<std::vector<SeenMail>> Connections::seen(std::int64_t id) {
    return database_.read([&](db::Session& session) -> Result<std::vector<SeenMail>> {
        std::vector<SeenMail> out;
        auto done = session.query(
            "SELECT uidl, octets, sha256, verdict, note, message_id, at, deleted FROM fetch_seen WHERE "
            "connection_id=$1 "
            "ORDER BY at, uidl",
            {id}, [&](const db::Row& row) {
                out.push_back({std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1)),
                               std::string(row.text(2)), std::string(row.text(3)), std::string(row.text(4)),
                               row.integer(5), from_micros(row.integer(6)), row.integer(7) != 0});
            });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<void> Connections::remember(const Connection& connection, std::span<const SeenMail> mails) {
    return database_.write([&](db::Session& session) -> Result<void> {
        if (auto current = check_current(session, connection); !current) return current;
        for (const SeenMail& mail : mails)
            if (auto done = put_seen(session, connection.id, mail); !done) return done;
        return {};
    });
}

Result<void> Connections::confirm_deleted(const Connection& connection, std::span<const std::string> uidls) {
    return database_.write([&](db::Session& session) -> Result<void> {
        if (auto current = check_current(session, connection); !current) return current;
        for (const std::string& uidl : uidls) {
            auto done = session.execute("UPDATE fetch_seen SET deleted=1 WHERE connection_id=$1 AND uidl=$2",
                                        {connection.id, std::string_view(uidl)});
            if (!done) return fail(std::move(done.error()));
        }
        return {};
    });
}

Result<void> Connections::forget(const Connection& connection, Timestamp before,
                                 std::span<const std::string> still_there) {
    const std::unordered_set<std::string_view> kept(still_there.begin(), still_there.end());
    std::vector<std::string> gone;
    auto listed = database_.read([&](db::Session& session) -> Result<void> {
        return session.query("SELECT uidl FROM fetch_seen WHERE connection_id=$1 AND at<$2",
                             {connection.id, to_micros(before)}, [&](const db::Row& row) {
                                 if (!kept.contains(row.text(0))) gone.emplace_back(row.text(0));
                             });
    });
    if (!listed || gone.empty()) return listed;
    return database_.write([&](db::Session& session) -> Result<void> {
        if (auto current = check_current(session, connection); !current) return current;
        for (const std::string& uidl : gone) {
            auto done = session.execute("DELETE FROM fetch_seen WHERE connection_id=$1 AND uidl=$2",
                                        {connection.id, std::string_view(uidl)});
            if (!done) return fail(std::move(done.error()));
        }
        return {};
    });
}

}  // namespace restante::fetch
