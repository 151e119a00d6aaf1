#include "store/outbox.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::store {
namespace {

// A mail that is done leaves its key behind for a while: the event it came from may be repeated later.
constexpr db::Migration kOutboxMigrations[] = {
    {"outbox", 1,
     "CREATE TABLE outbox(id BIGINT PRIMARY KEY, reverse_path TEXT NOT NULL, recipients TEXT NOT NULL,"
     " bytes BLOB NOT NULL, queued_at BIGINT NOT NULL, due_at BIGINT NOT NULL, attempts BIGINT NOT NULL,"
     " last_error TEXT NOT NULL);"
     "CREATE INDEX outbox_due ON outbox(due_at);"
     "CREATE TABLE outbox_key(key TEXT PRIMARY KEY, id BIGINT NOT NULL, queued_at BIGINT NOT NULL);"
     "CREATE INDEX outbox_key_age ON outbox_key(queued_at);"},
};

bool one_line(const std::string& address) { return address.find_first_of("\r\n") == std::string::npos; }

std::string join_lines(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : "\n") + part;
    return out;
}

Result<void> check(const OutgoingMail& mail) {
    if (mail.recipients.empty()) return fail(ErrorKind::invalid, "a mail in the outbox needs a recipient");
    const bool good =
        one_line(mail.reverse_path) && std::all_of(mail.recipients.begin(), mail.recipients.end(),
                                                   [](const auto& r) { return !r.empty() && one_line(r); });
    if (!good) return fail(ErrorKind::invalid, "an address of a mail in the outbox is malformed");
    return {};
}

WaitingMail mail_of(const db::Row& row) {
    WaitingMail waiting;
    waiting.id = row.integer(0);
    waiting.mail.reverse_path = row.text(1);
    for (const auto recipient : split(row.text(2), '\n')) waiting.mail.recipients.emplace_back(recipient);
    waiting.mail.bytes = row.text(3);
    waiting.queued_at = from_micros(row.integer(4));
    waiting.mail.not_before = from_micros(row.integer(5));
    waiting.attempts = static_cast<int>(row.integer(6));
    waiting.last_error = row.text(7);
    return waiting;
}

}  // namespace

std::span<const db::Migration> Outbox::migrations() { return kOutboxMigrations; }

Result<OutboxId> Outbox::enqueue(db::Session& session, const OutgoingMail& mail) {
    if (auto good = check(mail); !good) return fail(std::move(good.error()));
    const OutboxId id = ids_.next();
    const std::int64_t now = to_micros(clock_.now());
    if (!mail.key.empty()) {
        auto added =
            session.execute("INSERT INTO outbox_key(key, id, queued_at) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
                            {std::string_view(mail.key), id, now});
        if (!added) return fail(std::move(added.error()));
        if (*added == 0) {
            auto first = session.integer("SELECT id FROM outbox_key WHERE key = $1", {std::string_view(mail.key)});
            if (!first) return fail(std::move(first.error()));
            return first->value_or(0);
        }
    }
    const std::string recipients = join_lines(mail.recipients);
    auto added = session.execute(
        "INSERT INTO outbox(id, reverse_path, recipients, bytes, queued_at, due_at, attempts, last_error)"
        " VALUES($1, $2, $3, $4, $5, $6, 0, '')",
        {id, std::string_view(mail.reverse_path), std::string_view(recipients), db::Blob{mail.bytes}, now,
         std::max(to_micros(mail.not_before), std::int64_t{0})});
    if (!added) return fail(std::move(added.error()));
    return id;
}

Result<OutboxId> Outbox::enqueue(const OutgoingMail& mail) {
    return database_.write([&](db::Session& session) { return enqueue(session, mail); });
}

Result<std::vector<WaitingMail>> Outbox::due(Timestamp now, std::size_t limit) {
    return database_.read([&](db::Session& session) -> Result<std::vector<WaitingMail>> {
        std::vector<WaitingMail> out;
        auto done = session.query(
            "SELECT id, reverse_path, recipients, bytes, queued_at, due_at, attempts, last_error FROM outbox"
            " WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2",
            {to_micros(now), static_cast<std::int64_t>(limit)},
            [&](const db::Row& row) { out.push_back(mail_of(row)); });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<std::optional<Timestamp>> Outbox::next_due() {
    return database_.read([&](db::Session& session) -> Result<std::optional<Timestamp>> {
        auto first = session.integer("SELECT min(due_at) FROM outbox");
        if (!first) return fail(std::move(first.error()));
        if (!*first) return std::optional<Timestamp>();
        return std::optional<Timestamp>(from_micros(**first));
    });
}

Result<std::uint64_t> Outbox::size() {
    return database_.read([&](db::Session& session) -> Result<std::uint64_t> {
        auto count = session.integer("SELECT count(*) FROM outbox");
        if (!count) return fail(std::move(count.error()));
        return static_cast<std::uint64_t>(count->value_or(0));
    });
}

Result<void> Outbox::done(OutboxId id) {
    const std::int64_t before = to_micros(clock_.now() - options_.key_memory);
    return database_.write([&](db::Session& session) -> Result<void> {
        auto removed = session.execute("DELETE FROM outbox WHERE id = $1", {id});
        if (!removed) return fail(std::move(removed.error()));
        return db::without_count(
            session.execute("DELETE FROM outbox_key WHERE queued_at < $1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE "
                            "outbox.id = outbox_key.id)",
                            {before}));
    });
}

Result<void> Outbox::postpone(OutboxId id, Timestamp when, const std::string& error,
                              const std::vector<std::string>& remaining) {
    const std::string recipients = join_lines(remaining);
    db::Value left = nullptr;
    if (!remaining.empty()) left = std::string_view(recipients);
    return database_.write([&](db::Session& session) -> Result<void> {
        return db::without_count(
            session.execute("UPDATE outbox SET due_at = $2, attempts = attempts + 1, last_error = $3,"
                            " recipients = coalesce($4, recipients) WHERE id = $1",
                            {id, to_micros(when), std::string_view(error), left}));
    });
}

}  // namespace restante::store
