#include "directory/alerts.hpp"

#include "directory/audit.hpp"

namespace restante::directory {
namespace {

constexpr db::Migration kMigrations[] = {
    {"alerts", 1,
     "CREATE TABLE alert(id BIGINT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, detail TEXT NOT NULL,"
     " settled_at BIGINT, settled_by TEXT NOT NULL);"},
};

Alert read_alert(const db::Row& row) {
    Alert out;
    out.id = row.integer(0);
    out.at = time_of_id(out.id);
    out.kind = row.text(1);
    out.account = row.text(2);
    out.detail = row.text(3);
    if (!row.is_null(4)) out.settled_at = from_micros(row.integer(4));
    out.settled_by = row.text(5);
    return out;
}

}  // namespace

std::span<const db::Migration> Alerts::migrations() { return kMigrations; }

Result<std::int64_t> Alerts::raise(const std::string& kind, const std::string& account, const std::string& detail) {
    return database_.write([&](db::Session& session) -> Result<std::int64_t> {
        const std::int64_t id = ids_.next();
        auto done =
            session.execute("INSERT INTO alert(id, kind, account, detail, settled_by) VALUES($1, $2, $3, $4, '')",
                            {id, std::string_view(kind), std::string_view(account), std::string_view(detail)});
        if (!done) return fail(std::move(done.error()));
        return id;
    });
}

Result<std::vector<Alert>> Alerts::list(std::int64_t before, std::size_t limit, bool all) {
    return database_.read([&](db::Session& session) -> Result<std::vector<Alert>> {
        std::vector<Alert> out;
        auto done = session.query(
            "SELECT id, kind, account, detail, settled_at, settled_by FROM alert"
            " WHERE ($1 = 0 OR id < $1) AND ($2 = 1 OR settled_at IS NULL) ORDER BY id DESC LIMIT $3",
            {before, std::int64_t{all ? 1 : 0}, static_cast<std::int64_t>(limit)},
            [&](const db::Row& row) { out.push_back(read_alert(row)); });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<Alert> Alerts::settle(std::int64_t id, const std::string& actor) {
    return database_.write([&](db::Session& session) -> Result<Alert> {
        std::optional<Alert> found;
        auto done = session.query(
            "UPDATE alert SET settled_at = $2, settled_by = $3 WHERE id = $1 AND settled_at IS NULL"
            " RETURNING id, kind, account, detail, settled_at, settled_by",
            {id, to_micros(clock_.now()), std::string_view(actor)},
            [&](const db::Row& row) { found = read_alert(row); });
        if (!done) return fail(std::move(done.error()));
        if (!found) return fail(ErrorKind::not_found, "there is no open alert with this id");
        auto noted = write_audit(session, ids_, clock_.now(), {actor, "alert.settle", found->account, found->kind});
        if (!noted) return fail(std::move(noted.error()));
        return std::move(*found);
    });
}

}  // namespace restante::directory
