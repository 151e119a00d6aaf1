// Of the index: messages that were deleted and can be had back.
#include <algorithm>
#include <map>

#include "base/ids.hpp"
#include "store/body_reader.hpp"
#include "store/index.hpp"

namespace restante::store {
namespace {

/// A retirement whose own record was lost to damage: its messages are kept that long after the deletion.
constexpr std::chrono::days kWithoutRecord{30};

}  // namespace

Result<void> Index::free_share(std::string_view sql, std::initializer_list<db::Value> parameters) {
    return session_->query(sql, parameters, [this](const db::Row& row) {
        uses_[static_cast<std::uint32_t>(row.integer(0))].dead += unsigned_of(row.integer(1));
    });
}

/// A record of a retirement lives, like a message, until it is forgotten or copied forward.
Result<void> Index::put_retirement(const Logged& logged) {
    const Record& record = logged.record;
    const MaildropId maildrop = record.maildrops.front();
    auto freed =
        free_share("SELECT segment, share FROM retirement WHERE maildrop = $1 AND id = $2", {maildrop, record.id});
    if (!freed) return freed;
    return db::without_count(session_->execute(
        "INSERT INTO retirement(maildrop, id, segment, share, until, messages, octets, login, peer)"
        " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT(maildrop, id) DO UPDATE SET segment = "
        "excluded.segment,"
        " share = excluded.share, until = excluded.until, messages = excluded.messages, octets = excluded.octets,"
        " login = excluded.login, peer = excluded.peer",
        {maildrop, record.id, std::int64_t{logged.at.segment}, signed_of(logged.length), record.deletion->until,
         signed_of(record.deletion->size.messages), signed_of(record.deletion->size.octets),
         std::string_view(record.deletion->login), std::string_view(record.deletion->peer)}));
}

/// The record itself comes later in the log, having been copied forward, or never.
Result<void> Index::expect_retirement(const Logged& logged, const Holder& holder) {
    return db::without_count(
        session_->execute("INSERT INTO retirement(maildrop, id, segment, share, until, messages, octets, login, peer)"
                          " VALUES($1, $2, $3, 0, $4, 0, 0, '', '') ON CONFLICT DO NOTHING",
                          {holder.maildrop, holder.hidden_by, std::int64_t{logged.at.segment},
                           to_micros(time_of_id(holder.hidden_by) + kWithoutRecord)}));
}

/// Made anew from records that were copied about, the index may learn only from a copy whether a message shows.
Result<void> Index::cross(MessageId id, const Holder& holder) {
    const bool shows = holder.hidden_by == 0;
    const db::Value values[] = {holder.maildrop, id, holder.hidden_by};
    auto crossed =
        session_->execute(shows ? "INSERT INTO message(maildrop, id, segment, place, size, share, big, uidl)"
                                  " SELECT maildrop, id, segment, place, size, share, big, uidl FROM hidden"
                                  " WHERE maildrop = $1 AND id = $2"
                                : "INSERT INTO hidden(maildrop, id, segment, place, size, share, big, uidl,"
                                  " retirement)"
                                  " SELECT maildrop, id, segment, place, size, share, big, uidl, $3 FROM message"
                                  " WHERE maildrop = $1 AND id = $2",
                          std::span<const db::Value>(values).first(shows ? 2 : 3));
    if (!crossed) return fail(std::move(crossed.error()));
    return db::without_count(session_->execute(shows ? "DELETE FROM hidden WHERE maildrop = $1 AND id = $2"
                                           : "DELETE FROM message WHERE maildrop = $1 AND id = $2",
                                     {holder.maildrop, id}));
}

Result<void> Index::retire(const Logged& logged) {
    if (auto done = put_retirement(logged); !done) return done;
    const Record& record = logged.record;
    const MaildropId maildrop = record.maildrops.front();
    for (const MessageId id : record.ids) {
        auto hidden = session_->execute(
            "INSERT INTO hidden(maildrop, id, segment, place, size, share, big, uidl, retirement)"
            " SELECT maildrop, id, segment, place, size, share, big, uidl, $3 FROM message"
            " WHERE maildrop = $1 AND id = $2 ON CONFLICT(maildrop, id) DO UPDATE SET retirement = excluded.retirement",
            {maildrop, id, record.id});
        if (!hidden) return fail(std::move(hidden.error()));
        // Hidden already, by another: the later one counts.
        const std::string_view rest = *hidden > 0 ? "DELETE FROM message WHERE maildrop = $1 AND id = $2"
                                                  : "UPDATE hidden SET retirement = $3 WHERE maildrop = $1 AND id = $2";
        const db::Value values[] = {maildrop, id, record.id};
        auto done = session_->execute(rest, std::span<const db::Value>(values).first(*hidden > 0 ? 2 : 3));
        if (!done) return fail(std::move(done.error()));
    }
    return {};
}

Result<void> Index::show_again(const Record& record) {
    const MaildropId maildrop = record.maildrops.front();
    for (const MessageId id : record.ids) {
        auto shown = session_->execute(
            "INSERT INTO message(maildrop, id, segment, place, size, share, big, uidl)"
            " SELECT maildrop, id, segment, place, size, share, big, uidl FROM hidden"
            " WHERE maildrop = $1 AND id = $2 AND retirement = $3 ON CONFLICT DO NOTHING",
            {maildrop, id, record.id});
        if (!shown) return fail(std::move(shown.error()));
        auto done = session_->execute("DELETE FROM hidden WHERE maildrop = $1 AND id = $2 AND retirement = $3",
                                      {maildrop, id, record.id});
        if (!done) return fail(std::move(done.error()));
    }
    return {};
}

Result<std::vector<Retirement>> Index::retirements(MaildropId maildrop) {
    std::map<RetirementId, MaildropSize> left;
    auto counted =
        session_->query("SELECT retirement, COUNT(*), SUM(size) FROM hidden WHERE maildrop = $1 GROUP BY retirement",
                        {maildrop}, [&](const db::Row& row) {
                            left[row.integer(0)] = {unsigned_of(row.integer(1)), unsigned_of(row.integer(2))};
                        });
    if (!counted) return fail(std::move(counted.error()));
    std::vector<Retirement> out;
    auto done = session_->query(
        "SELECT id, until, messages, octets, login, peer FROM retirement WHERE maildrop = $1 ORDER BY id DESC",
        {maildrop}, [&](const db::Row& row) {
            Retirement& one = out.emplace_back();
            one.id = row.integer(0);
            one.at = time_of_id(one.id);
            one.until = from_micros(row.integer(1));
            one.by = {std::string(row.text(4)), std::string(row.text(5))};
            one.deleted = {unsigned_of(row.integer(2)), unsigned_of(row.integer(3))};
            one.left = left[one.id];
        });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<std::vector<HiddenRow>> Index::hidden(MaildropId maildrop, RetirementId retirement) {
    std::vector<HiddenRow> out;
    auto done = session_->query(
        "SELECT id, segment, place, size, big, uidl FROM hidden WHERE maildrop = $1 AND retirement = $2 ORDER BY id",
        {maildrop, retirement}, [&](const db::Row& row) {
            HiddenRow& one = out.emplace_back();
            one.entry.id = row.integer(0);
            one.entry.size = unsigned_of(row.integer(3));
            const bool big = !row.is_null(4);
            one.entry.segment = big ? kBigSegment : static_cast<std::uint32_t>(row.integer(1));
            one.entry.offset = unsigned_of(row.integer(big ? 4 : 2));
            if (!row.is_null(5)) one.uidl = row.text(5);
        });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<bool> Index::has_retirement(const Logged& logged) {
    auto found =
        session_->integer("SELECT 1 FROM retirement WHERE maildrop = $1 AND id = $2 AND segment = $3 AND share > 0",
                          {logged.record.maildrops.front(), logged.record.id, std::int64_t{logged.at.segment}});
    if (!found) return fail(std::move(found.error()));
    return found->has_value();
}

Result<std::vector<std::pair<MaildropId, RetirementId>>> Index::expired(std::int64_t now, int limit) {
    std::vector<std::pair<MaildropId, RetirementId>> out;
    auto done = session_->query("SELECT maildrop, id FROM retirement WHERE until <= $1 ORDER BY until LIMIT $2",
                                {now, std::int64_t{limit}},
                                [&](const db::Row& row) { out.emplace_back(row.integer(0), row.integer(1)); });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<void> Index::forget_retirement(MaildropId maildrop, RetirementId retirement) {
    if (auto done = begin(); !done) return done;
    auto done = written(free_share("DELETE FROM retirement WHERE maildrop = $1 AND id = $2 RETURNING segment, share",
                                   {maildrop, retirement}));
    if (done) done = commit(position_);
    if (!done) rollback();
    return done;
}

}  // namespace restante::store
