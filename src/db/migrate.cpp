#include <algorithm>
#include <map>

#include "db/session.hpp"

namespace restante::db {
namespace {
Result<void> apply(Session& session, const Migration& step) {
    if (auto done = session.script("BEGIN"); !done) return done;
    auto done = session.script(step.sql);
    if (done) {
        auto noted = session.execute("INSERT INTO schema_version(module, number) VALUES($1, $2)",
                                     {step.module, std::int64_t{step.number}});
        if (!noted) done = fail(std::move(noted.error()));
    }
    if (done) done = session.script("COMMIT");
    if (!done) (void)session.script("ROLLBACK");
    return done;
}
}  // namespace

Result<void> migrate(Session& session, std::span<const Migration> migrations) {
    auto made = session.script(
        "CREATE TABLE IF NOT EXISTS schema_version(module TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY(module, number))");
    if (!made) return made;
    std::map<std::string_view, int> newest;
    for (const Migration& step : migrations) newest[step.module] = std::max(newest[step.module], step.number);
    for (const auto& [module, number] : newest) {
        auto found = session.integer("SELECT MAX(number) FROM schema_version WHERE module=$1", {module});
        if (!found) return fail(std::move(found.error()));
        if (found->value_or(0) > number)
            return fail(ErrorKind::newer_version, "the database was written by a newer version: its " + std::string(module) +
                                                      " tables are at step " + std::to_string(**found) +
                                                      ", this program knows step " + std::to_string(number));
    }
    for (const Migration& step : migrations) {
        auto known = session.integer("SELECT 1 FROM schema_version WHERE module=$1 AND number=$2",
                                     {step.module, std::int64_t{step.number}});
        if (!known) return fail(std::move(known.error()));
        if (*known) continue;
        if (auto done = apply(session, step); !done) return done;
    }
    return {};
}

}  // namespace restante::db
