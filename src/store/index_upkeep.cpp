// The index's own household: segments, large files, checkpoints and copies.
#include "store/body_reader.hpp"
#include "store/index.hpp"

namespace restante::store {

Result<std::vector<SegmentUse>> Index::segments() {
    std::vector<SegmentUse> out;
    auto done = session_->query(
        "SELECT number, bytes, dead, removals FROM segment ORDER BY number", {}, [&](const db::Row& row) {
            out.push_back({static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)),
                           static_cast<std::uint64_t>(row.integer(2)), static_cast<std::uint64_t>(row.integer(3))});
        });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<void> Index::forget_segment(std::uint32_t number) {
    auto done = session_->execute("DELETE FROM segment WHERE number = $1", {std::int64_t{number}});
    return written(done ? Result<void>() : fail(std::move(done.error())));
}

Result<std::vector<std::uint64_t>> Index::big_files() {
    std::vector<std::uint64_t> out;
    auto done = session_->query("SELECT number FROM big ORDER BY number", {},
                                [&](const db::Row& row) { out.push_back(static_cast<std::uint64_t>(row.integer(0))); });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<bool> Index::purge_deliveries(std::int64_t before, int limit) {
    std::vector<std::string> old;
    std::string last;
    int seen = 0;
    auto done =
        session_->query("SELECT delivery_id, at FROM delivered WHERE delivery_id > $1 ORDER BY delivery_id LIMIT $2",
                        {std::string_view(purged_to_), std::int64_t{limit}}, [&](const db::Row& row) {
                            ++seen;
                            last = row.text(0);
                            if (row.integer(1) < before) old.push_back(last);
                        });
    if (!done) return fail(std::move(done.error()));
    for (const std::string& id : old) {
        auto removed = session_->execute("DELETE FROM delivered WHERE delivery_id = $1", {std::string_view(id)});
        if (!removed) return fail(std::move(written(fail(std::move(removed.error()))).error()));
    }
    purged_to_ = seen < limit ? std::string() : last;
    return seen < limit;
}

Result<void> Index::checkpoint() {
    bool complete = false;
    auto done = session_->query("PRAGMA wal_checkpoint(TRUNCATE)", {},
                                [&](const db::Row& row) { complete = row.integer(0) == 0; });
    if (!written(done)) return done;
    if (!complete) return fail(ErrorKind::busy, "the index could not be checkpointed");
    return {};
}

Result<void> Index::snapshot_to(const std::string& path) {
    auto done = session_->execute("VACUUM INTO $1", {std::string_view(path)});
    if (!done) return fail(std::move(done.error()));
    return {};
}

Result<void> Index::check() {
    std::string answer;
    auto done = session_->query("PRAGMA quick_check(1)", {}, [&](const db::Row& row) { answer = row.text(0); });
    if (!done) return done;
    if (answer != "ok") return fail(ErrorKind::corrupt, "the index is damaged: " + answer);
    return {};
}

Result<void> Index::each_message(const std::function<void(MaildropId, const Entry&)>& on_message) {
    constexpr std::string_view kAll =
        "SELECT maildrop, id, segment, place, size, big FROM message"
        " UNION ALL SELECT maildrop, id, segment, place, size, big FROM hidden";
    return session_->query(kAll, {}, [&](const db::Row& row) {
        Entry entry;
        entry.id = row.integer(1);
        entry.size = static_cast<std::uint64_t>(row.integer(4));
        const bool big = !row.is_null(5);
        entry.segment = big ? kBigSegment : static_cast<std::uint32_t>(row.integer(2));
        entry.offset = static_cast<std::uint64_t>(row.integer(big ? 5 : 3));
        on_message(row.integer(0), entry);
    });
}

}  // namespace restante::store
