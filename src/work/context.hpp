#pragma once
// What all parts of the tracker work with. Internal to the module.
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/database.hpp"
#include "work/types.hpp"

namespace restante::work {

/// Everything referred to outlives the tracker.
struct Context {
    db::Database& database;
    IdSource& ids;
    const Clock& clock;
    const Options options;
};

/// The module's tables.
std::span<const db::Migration> migrations();

/// One line: trimmed, control characters refused. `what` names the field in the error ("name").
Result<std::string> one_line(std::string_view text, std::size_t max_bytes, const char* what);
/// Several lines: CRLF becomes LF, other control characters vanish, outer empty lines vanish. May be empty.
Result<std::string> many_lines(std::string_view text, std::size_t max_bytes, const char* what);
/// At most max_bytes octets of text, never half a character.
std::string cut_utf8(std::string_view text, std::size_t max_bytes);

// Checks inside a transaction.
Result<Person> load_person(db::Session& session, std::int64_t id);    // not_found
Result<Project> load_project(db::Session& session, std::int64_t id);  // not_found
Result<Item> load_item(db::Session& session, std::int64_t id);        // not_found
/// denied unless the person is active and the project is visible to it.
Result<void> require_view(db::Session& session, const Person& person, std::int64_t project_id);
/// denied when the project is archived.
Result<void> require_open(db::Session& session, std::int64_t project_id);
/// The change's row in the audit trail, in its own transaction.
Result<void> write_audit(db::Session& session, const Context& context, const By& by, std::string_view action,
                         std::string_view object, std::string_view detail = {});
/// Does nothing when the person is subscribed already. over_quota when the item has Options::max_subscribers.
Result<void> subscribe(db::Session& session, const Context& context, std::int64_t item, std::int64_t person,
                       SubscriptionReason reason);

/// From columns id, name, email, account_id, active, created_at.
Person person_of(const db::Row& row, int first = 0);
/// From columns id, name, description, visibility, archived, created_at.
Project project_of(const db::Row& row);

std::int64_t page_limit(const Context& context, const Page& page);

}  // namespace restante::work
