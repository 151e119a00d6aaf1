#include "work/work.hpp"

#include <algorithm>

namespace restante::work {
namespace {

/// The newest id of ours, so that none is handed out twice after the clock was set back.
Result<std::int64_t> newest_id(db::Session& session) {
    auto id = session.integer(
        "SELECT MAX(id) FROM (SELECT MAX(id) AS id FROM work_person UNION ALL SELECT MAX(id) FROM work_comment "
        "UNION ALL SELECT MAX(id) FROM work_mail_log) AS newest");
    if (!id) return fail(std::move(id.error()));
    return id->value_or(0);
}

}  // namespace

Work::Work(Context context, NotificationComposer& composer, Enqueue enqueue)
    : context_(std::move(context)), threads_(context_, composer, std::move(enqueue)) {}

Result<std::unique_ptr<Work>> Work::open(db::Database& database, IdSource& ids, const Clock& clock,
                                         NotificationComposer& composer, Enqueue enqueue, Options options) {
    if (auto done = database.migrate(migrations()); !done) return fail(std::move(done.error()));
    auto id = database.read([](db::Session& session) { return newest_id(session); });
    if (!id) return fail(std::move(id.error()));
    ids.advance_past(*id);
    return std::unique_ptr<Work>(new Work({database, ids, clock, std::move(options)}, composer, std::move(enqueue)));
}

}  // namespace restante::work
