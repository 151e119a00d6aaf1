#pragma once
// What an administrator should look at soon: kept until someone says it was seen to. Tables of module "alerts".
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/database.hpp"

namespace restante::directory {

struct Alert {
    std::int64_t id = 0;
    Timestamp at{};
    std::string kind;     // "pop3.mass_deletion"
    std::string account;  // name, or empty
    std::string detail;   // what happened and what can be done, for a person
    std::optional<Timestamp> settled_at{};
    std::string settled_by{};
};

/// Thread-safe. Blocking. Errors: as db::Session.
class Alerts {
public:
    Alerts(db::Database& database, IdSource& ids, const Clock& clock) : database_(database), ids_(ids), clock_(clock) {}

    /// Its tables, for db::Database::migrate() at start.
    static std::span<const db::Migration> migrations();

    /// Durable when it returns; the id.
    Result<std::int64_t> raise(const std::string& kind, const std::string& account, const std::string& detail);
    /// Newest first, older than `before` (0: from the newest), settled ones only if `all`.
    Result<std::vector<Alert>> list(std::int64_t before, std::size_t limit, bool all);
    /// Somebody has seen to it; audited. Errors also: not_found.
    Result<Alert> settle(std::int64_t id, const std::string& actor);

private:
    db::Database& database_;
    IdSource& ids_;
    const Clock& clock_;
};

}  // namespace restante::directory
