#include "store/index.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "store/body_reader.hpp"

namespace restante::store {
namespace {

// Rows are small and clustered by maildrop: a login reads one range, a delivery touches one page a maildrop. The time
// of arrival is in the id. `segment` and `place` are the record's body in the log, also for a message with a file
// `big`. share: the part of the record's octets this row answers for, so that deletion needs no count of references.
constexpr db::Migration kMigrations[] = {
    {"store", 1,
     "CREATE TABLE message(maildrop BIGINT NOT NULL, id BIGINT NOT NULL, segment BIGINT NOT NULL, place BIGINT NOT "
     "NULL,"
     " size BIGINT NOT NULL, share BIGINT NOT NULL, big BIGINT, uidl TEXT, PRIMARY KEY(maildrop, id)) WITHOUT ROWID;"
     "CREATE TABLE segment(number BIGINT PRIMARY KEY, bytes BIGINT NOT NULL, dead BIGINT NOT NULL,"
     " removals BIGINT NOT NULL) WITHOUT ROWID;"
     "CREATE TABLE big(number BIGINT PRIMARY KEY, uses BIGINT NOT NULL) WITHOUT ROWID;"
     "CREATE TABLE delivered(delivery_id TEXT PRIMARY KEY, message_id BIGINT NOT NULL, at BIGINT NOT NULL) WITHOUT "
     "ROWID;"
     "CREATE TABLE imported(maildrop BIGINT NOT NULL, uidl TEXT NOT NULL, PRIMARY KEY(maildrop, uidl)) WITHOUT ROWID;"
     "CREATE TABLE meta(name TEXT PRIMARY KEY, value BIGINT NOT NULL) WITHOUT ROWID;"},
    // Hidden messages have a table of their own, so that a login reads only what it shows.
    {"store", 2,
     "CREATE TABLE hidden(maildrop BIGINT NOT NULL, id BIGINT NOT NULL, segment BIGINT NOT NULL, place BIGINT NOT NULL,"
     " size BIGINT NOT NULL, share BIGINT NOT NULL, big BIGINT, uidl TEXT, retirement BIGINT NOT NULL,"
     " PRIMARY KEY(maildrop, id)) WITHOUT ROWID;"
     "CREATE TABLE retirement(maildrop BIGINT NOT NULL, id BIGINT NOT NULL, segment BIGINT NOT NULL, share BIGINT NOT "
     "NULL,"
     " until BIGINT NOT NULL, messages BIGINT NOT NULL, octets BIGINT NOT NULL, login TEXT NOT NULL, peer TEXT NOT "
     "NULL,"
     " PRIMARY KEY(maildrop, id)) WITHOUT ROWID;"
     "CREATE INDEX retirement_until ON retirement(until);"},
};

}  // namespace

Result<std::unique_ptr<Index>> Index::open(const db::SqliteOptions& options) {
    auto session = db::open_sqlite(options);
    if (!session) return fail(std::move(session.error()));
    // Checkpoints are made by checkpoint(), at a time of the store's choosing.
    if (auto done = (*session)->script("PRAGMA wal_autocheckpoint=0"); !done) return fail(std::move(done.error()));
    if (auto done = db::migrate(**session, kMigrations); !done) return fail(std::move(done.error()));
    std::unique_ptr<Index> index(new Index(std::move(*session)));
    if (auto done = index->read_meta(); !done) return fail(std::move(done.error()));
    return index;
}

Result<void> Index::read_meta() {
    return session_->query("SELECT name, value FROM meta", {}, [this](const db::Row& row) {
        const auto name = row.text(0);
        if (name == "segment") position_.segment = static_cast<std::uint32_t>(row.integer(1));
        if (name == "offset") position_.offset = unsigned_of(row.integer(1));
        if (name == "highest_id") highest_id_ = row.integer(1);
    });
}

Result<void> Index::written(Result<void> done) {
    // A full disk or a lock passes and leaves everything as it was.
    if (!done && done.error().kind != ErrorKind::no_space && done.error().kind != ErrorKind::busy) suspect_ = true;
    return done;
}

Result<void> Index::begin() {
    uses_.clear();
    dead_now_.clear();
    highest_now_ = highest_id_;
    return written(db::without_count(session_->execute("BEGIN IMMEDIATE")));
}

void Index::rollback() {
    uses_.clear();
    dead_now_.clear();
    (void)session_->execute("ROLLBACK");
}

Result<void> Index::commit(Position reached) { return written(commit_now(reached)); }

Result<void> Index::commit_now(Position reached) {
    if (auto done = flush_uses(); !done) return done;
    const std::pair<std::string_view, std::int64_t> values[] = {
        {"segment", reached.segment}, {"offset", signed_of(reached.offset)}, {"highest_id", highest_now_}};
    for (const auto& [name, value] : values) {
        auto done = session_->execute(
            "INSERT INTO meta(name, value) VALUES($1, $2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            {name, value});
        if (!done) return fail(std::move(done.error()));
    }
    if (auto done = session_->execute("COMMIT"); !done) return fail(std::move(done.error()));
    position_ = reached;
    highest_id_ = highest_now_;
    dead_big_files_.insert(dead_big_files_.end(), dead_now_.begin(), dead_now_.end());
    dead_now_.clear();
    return {};
}

Result<void> Index::flush_uses() {
    for (const auto& [number, use] : uses_) {
        auto done = session_->execute(
            "INSERT INTO segment(number, bytes, dead, removals) VALUES($1, $2, $3, $4) ON CONFLICT(number) DO UPDATE "
            "SET"
            " bytes = bytes + excluded.bytes, dead = dead + excluded.dead, removals = removals + excluded.removals",
            {std::int64_t{number}, signed_of(use.bytes), signed_of(use.dead), signed_of(use.removals)});
        if (!done) return fail(std::move(done.error()));
    }
    uses_.clear();
    return {};
}

Result<void> Index::apply(const Logged& logged) { return written(apply_now(logged)); }

Result<void> Index::apply_now(const Logged& logged) {
    const Record& record = logged.record;
    SegmentUse& use = uses_[logged.at.segment];
    use.bytes += logged.length;
    highest_now_ = std::max(highest_now_, record.id);
    if (record.has_message()) return put(logged);
    if (record.kind == RecordKind::retirement) return retire(logged);
    use.removals += logged.length;
    const MaildropId maildrop = record.maildrops.front();
    if (record.kind == RecordKind::clearing) return clear(maildrop, record.id);
    if (record.kind == RecordKind::restoration) return show_again(record);
    for (const MessageId id : record.ids) {
        for (const std::string_view sql :
             {"DELETE FROM message WHERE maildrop = $1 AND id = $2 RETURNING segment, share, big",
              "DELETE FROM hidden WHERE maildrop = $1 AND id = $2 RETURNING segment, share, big"}) {
            if (auto done = remove(sql, {maildrop, id}); !done) return done;
        }
    }
    return {};
}

Result<void> Index::clear(MaildropId maildrop, MessageId up_to) {
    // Its imported UIDLs stay known: one is never used again.
    for (const std::string_view sql :
         {"DELETE FROM message WHERE maildrop = $1 AND id <= $2 RETURNING segment, share, big",
          "DELETE FROM hidden WHERE maildrop = $1 AND id <= $2 RETURNING segment, share, big"}) {
        if (auto done = remove(sql, {maildrop, up_to}); !done) return done;
    }
    return free_share("DELETE FROM retirement WHERE maildrop = $1 AND id <= $2 RETURNING segment, share",
                      {maildrop, up_to});
}

Result<void> Index::put(const Logged& logged) {
    const auto& maildrops = logged.record.maildrops;
    const std::uint64_t share = logged.length / maildrops.size();
    std::uint64_t own = logged.length - share * (maildrops.size() - 1);  // the first one takes the remainder
    std::int64_t added = 0;
    for (std::size_t i = 0; i < maildrops.size(); ++i) {
        if (auto done = put_row(logged, {maildrops[i], logged.record.hidden_by(i)}, own, added); !done) return done;
        own = share;
    }
    if (logged.record.big != 0 && added > 0) {
        if (auto done = count_big(logged.record.big, added); !done) return done;
    }
    return remember(logged.record);
}

Result<void> Index::put_row(const Logged& logged, const Holder& holder, std::uint64_t share, std::int64_t& added) {
    const Record& record = logged.record;
    const bool shows = holder.hidden_by == 0;
    if (record.kind == RecordKind::move) {
        auto moved = move_row(logged, holder, share);
        if (!moved) return fail(std::move(moved.error()));
        if (*moved) return {};
    }
    db::Value big = nullptr;
    db::Value uidl = nullptr;
    if (record.big != 0) big = signed_of(record.big);
    if (!record.uidl.empty()) uidl = std::string_view(record.uidl);
    const std::string_view sql =
        shows ? "INSERT INTO message(maildrop, id, segment, place, size, share, big, uidl)"
                " VALUES($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
              : "INSERT INTO hidden(maildrop, id, segment, place, size, share, big, uidl, retirement)"
                " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    std::vector<db::Value> values = {holder.maildrop,
                                     record.id,
                                     std::int64_t{logged.at.segment},
                                     signed_of(logged.body_offset),
                                     signed_of(record.size),
                                     signed_of(share),
                                     big,
                                     uidl};
    if (!shows) values.push_back(holder.hidden_by);
    auto put = session_->execute(sql, std::span<const db::Value>(values));
    if (!put) return fail(std::move(put.error()));
    added += *put;
    if (*put == 0) uses_[logged.at.segment].dead += share;
    return {};
}

/// False: the message is not in the index, as when that is made anew and the segment it was in is gone.
Result<bool> Index::move_row(const Logged& logged, const Holder& holder, std::uint64_t share) {
    const MessageId id = logged.record.id;
    const bool shows = holder.hidden_by == 0;
    if (!shows) {
        if (auto done = expect_retirement(logged, holder); !done) return fail(std::move(done.error()));
    }
    bool had = false;
    const auto look = [&] {
        return session_->query(shows ? "SELECT segment, share FROM message WHERE maildrop = $1 AND id = $2"
                                     : "SELECT segment, share FROM hidden WHERE maildrop = $1 AND id = $2",
                               {holder.maildrop, id}, [&](const db::Row& row) {
                                   had = true;  // the old place is free now
                                   uses_[static_cast<std::uint32_t>(row.integer(0))].dead +=
                                       unsigned_of(row.integer(1));
                               });
    };
    if (auto done = look(); !done) return fail(std::move(done.error()));
    if (!had) {
        if (auto done = cross(id, holder); !done) return fail(std::move(done.error()));
        if (auto done = look(); !done) return fail(std::move(done.error()));
    }
    if (!had) return false;
    const db::Value values[] = {
        holder.maildrop, id, std::int64_t{logged.at.segment}, signed_of(logged.body_offset), signed_of(share),
        holder.hidden_by};
    auto moved = session_->execute(
        shows
            ? "UPDATE message SET segment = $3, place = $4, share = $5 WHERE maildrop = $1 AND id = $2"
            : "UPDATE hidden SET segment = $3, place = $4, share = $5, retirement = $6 WHERE maildrop = $1 AND id = $2",
        std::span<const db::Value>(values).first(shows ? 5 : 6));
    if (!moved) return fail(std::move(moved.error()));
    return true;
}

Result<void> Index::remember(const Record& record) {
    if (!record.delivery_id.empty()) {
        auto done = session_->execute(
            "INSERT INTO delivered(delivery_id, message_id, at) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
            {std::string_view(record.delivery_id), record.id, to_micros(time_of_id(record.id))});
        if (!done) return fail(std::move(done.error()));
    }
    if (record.uidl.empty()) return {};
    for (const MaildropId maildrop : record.maildrops) {
        auto done = session_->execute("INSERT INTO imported(maildrop, uidl) VALUES($1, $2) ON CONFLICT DO NOTHING",
                                      {maildrop, std::string_view(record.uidl)});
        if (!done) return fail(std::move(done.error()));
    }
    return {};
}

Result<void> Index::remove(std::string_view sql, std::initializer_list<db::Value> parameters) {
    std::map<std::uint64_t, std::int64_t> big;
    auto done = session_->query(sql, parameters, [&](const db::Row& row) {
        uses_[static_cast<std::uint32_t>(row.integer(0))].dead += unsigned_of(row.integer(1));
        if (!row.is_null(2)) ++big[unsigned_of(row.integer(2))];
    });
    if (!done) return done;
    for (const auto& [number, count] : big) {
        if (auto counted = count_big(number, -count); !counted) return counted;
    }
    return {};
}

Result<void> Index::count_big(std::uint64_t number, std::int64_t by) {
    auto left = session_->integer(
        "INSERT INTO big(number, uses) VALUES($1, $2) ON CONFLICT(number) DO UPDATE SET uses = uses + excluded.uses"
        " RETURNING uses",
        {signed_of(number), by});
    if (!left) return fail(std::move(left.error()));
    if (left->value_or(0) > 0) return {};
    dead_now_.push_back(number);
    return db::without_count(session_->execute("DELETE FROM big WHERE number = $1", {signed_of(number)}));
}

std::vector<std::uint64_t> Index::take_dead_big_files() { return std::exchange(dead_big_files_, {}); }

Result<MaildropRows> Index::load(MaildropId maildrop) {
    MaildropRows rows;
    auto done =
        session_->query("SELECT id, segment, place, size, big, uidl FROM message WHERE maildrop = $1 ORDER BY id",
                        {maildrop}, [&](const db::Row& row) {
                            Entry entry;
                            entry.id = row.integer(0);
                            entry.size = unsigned_of(row.integer(3));
                            const bool big = !row.is_null(4);
                            entry.segment = big ? kBigSegment : static_cast<std::uint32_t>(row.integer(1));
                            entry.offset = unsigned_of(row.integer(big ? 4 : 2));
                            rows.entries.push_back(entry);
                            if (!row.is_null(5)) rows.uidls.emplace_back(entry.id, std::string(row.text(5)));
                        });
    if (!done) return fail(std::move(done.error()));
    return rows;
}

Result<std::optional<MessageId>> Index::delivered(std::string_view delivery_id) {
    return session_->integer("SELECT message_id FROM delivered WHERE delivery_id = $1", {delivery_id});
}

Result<bool> Index::uidl_taken(MaildropId maildrop, std::string_view uidl, MessageId first_new) {
    auto found = session_->integer("SELECT 1 FROM imported WHERE maildrop = $1 AND uidl = $2", {maildrop, uidl});
    if (!found) return fail(std::move(found.error()));
    if (*found) return true;
    const auto id = id_of_uidl(uidl);
    if (!id) return false;
    // It looks like one of ours: it must not be one that exists or that may be made later.
    if (*id <= 0 || (*id > highest_id_ && *id >= first_new)) return true;
    found = session_->integer(
        "SELECT 1 FROM message WHERE maildrop = $1 AND id = $2 UNION ALL"
        " SELECT 1 FROM hidden WHERE maildrop = $1 AND id = $2",
        {maildrop, *id});
    if (!found) return fail(std::move(found.error()));
    return found->has_value();
}

Result<std::vector<Holder>> Index::holders(const Logged& logged) {
    std::vector<Holder> out;
    for (const MaildropId maildrop : logged.record.maildrops) {
        auto found = session_->integer(
            "SELECT 0 FROM message WHERE maildrop = $1 AND id = $2 AND segment = $3 AND place = $4"
            " UNION ALL SELECT retirement FROM hidden WHERE maildrop = $1 AND id = $2 AND segment = $3 AND place = $4",
            {maildrop, logged.record.id, std::int64_t{logged.at.segment}, signed_of(logged.body_offset)});
        if (!found) return fail(std::move(found.error()));
        if (*found) out.push_back({maildrop, **found});
    }
    return out;
}

}  // namespace restante::store
