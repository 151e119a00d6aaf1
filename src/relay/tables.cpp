#include "relay/tables.hpp"

#include <algorithm>
#include <limits>

#include "relay/record.hpp"

namespace restante::relay::tables {
namespace {

// held: 0 waits, 1 is held by an administrator, 2 is on its way back. look_at: when the sender is to hear of it. A
// destination's due_at: when it may be tried; the earliest of its
// recipients', or later while it fails.
constexpr db::Migration kMigrations[] = {
    {"relay", 1,
     "CREATE TABLE relay_mail(id BIGINT PRIMARY KEY, queued_at BIGINT NOT NULL, size BIGINT NOT NULL,"
     " reverse_path TEXT NOT NULL, envid TEXT NOT NULL, ret BIGINT NOT NULL, body BIGINT NOT NULL,"
     " smtputf8 BIGINT NOT NULL, require_tls BIGINT NOT NULL, unsettled BIGINT NOT NULL);"
     "CREATE INDEX relay_mail_finished ON relay_mail(id) WHERE unsettled = 0;"
     "CREATE TABLE relay_recipient(mail BIGINT NOT NULL, number BIGINT NOT NULL, address TEXT NOT NULL,"
     " domain TEXT NOT NULL, notify BIGINT NOT NULL, orcpt TEXT NOT NULL, held BIGINT NOT NULL, due_at BIGINT NOT NULL,"
     " look_at BIGINT NOT NULL, attempts BIGINT NOT NULL, last_error TEXT NOT NULL, PRIMARY KEY(mail, number));"
     "CREATE INDEX relay_recipient_due ON relay_recipient(domain, held, due_at, mail, number);"
     "CREATE INDEX relay_recipient_look ON relay_recipient(held, look_at);"
     "CREATE TABLE relay_destination(domain TEXT PRIMARY KEY, due_at BIGINT NOT NULL, failures BIGINT NOT NULL,"
     " paused BIGINT NOT NULL, last_error TEXT NOT NULL);"
     "CREATE INDEX relay_destination_due ON relay_destination(paused, due_at);"},
    // Of TLS reports (tls_tables). A report's row with an empty uri: the day and domain are dealt with.
    {"relay", 2,
     "CREATE TABLE relay_tls_policy(id TEXT PRIMARY KEY, type TEXT NOT NULL, lines TEXT NOT NULL,"
     " last_day BIGINT NOT NULL);"
     "CREATE TABLE relay_tls_count(day BIGINT NOT NULL, domain TEXT NOT NULL, policy TEXT NOT NULL, host TEXT NOT NULL,"
     " result TEXT NOT NULL, reason TEXT NOT NULL, sending_ip TEXT NOT NULL, receiving_ip TEXT NOT NULL,"
     " sessions BIGINT NOT NULL, PRIMARY KEY(day, domain, policy, host, result, reason, sending_ip, receiving_ip));"
     "CREATE TABLE relay_tls_report(day BIGINT NOT NULL, domain TEXT NOT NULL, uri TEXT NOT NULL, state TEXT NOT NULL,"
     " at BIGINT NOT NULL, PRIMARY KEY(day, domain, uri));"},
};
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

constexpr const char* kWork =
    "SELECT r.mail, r.number, r.address, r.notify, r.orcpt, r.attempts, CASE WHEN r.last_error <> '' THEN r.last_error"
    " ELSE coalesce((SELECT last_error FROM relay_destination d WHERE d.domain = r.domain), '') END, m.queued_at, "
    "m.size,"
    " m.reverse_path, m.envid, m.ret, m.body, m.smtputf8, m.require_tls, r.look_at"
    " FROM relay_recipient r JOIN relay_mail m ON m.id = r.mail WHERE ";

MailFacts facts_of(const db::Row& row) {
    MailFacts mail;
    mail.id = row.integer(0);
    mail.queued_at = from_micros(row.integer(7));
    mail.size = static_cast<std::uint64_t>(row.integer(8));
    if (const auto path = row.text(9); !path.empty())
        if (auto address = message::Address::parse(path)) mail.envelope.reverse_path = std::move(*address);
    mail.envelope.envid = row.text(10);
    mail.envelope.ret = static_cast<message::Ret>(row.integer(11));
    mail.envelope.body = static_cast<message::Body>(row.integer(12));
    mail.envelope.smtputf8 = row.integer(13) != 0;
    mail.envelope.require_tls = row.integer(14) != 0;
    return mail;
}

Item item_of(const db::Row& row) {
    Item item;
    item.mail = row.integer(0);
    item.number = row.integer(1);
    if (auto address = message::Address::parse(row.text(2))) item.recipient.address = std::move(*address);
    item.recipient.notify = notify_of(row.integer(3));
    item.recipient.orcpt = original_recipient(row.text(4));
    item.attempts = row.integer(5);
    item.last_error = row.text(6);
    item.bounced = row.integer(15) < 0;
    return item;
}

Result<std::vector<Work>> works(db::Session& session, const std::string& condition, std::span<const db::Value> values) {
    std::vector<Work> out;
    const auto done = session.query(kWork + condition, values, [&](const db::Row& row) {
        const auto same = [&](const Work& work) { return work.mail.id == row.integer(0); };
        // Recipients of one mail stand close together.
        auto place = std::find_if(out.rbegin(), out.rend(), same);
        if (place == out.rend()) {
            out.push_back({facts_of(row), {}});
            place = out.rbegin();
        }
        place->items.push_back(item_of(row));
    });
    if (!done) return fail(done.error());
    return out;
}

/// `WHERE` of a selection; its parameters are $1 to $4.
struct Condition {
    static constexpr const char* text =
        " ($1 = 0 OR mail = $1) AND ($2 = '' OR domain = $2) AND ($3 = '' OR address = $3) AND"
        " ($4 = '' OR mail IN (SELECT id FROM relay_mail WHERE reverse_path = $4)) ";
    explicit Condition(const Selection& which)
        : values{which.mail, std::string_view(which.domain), std::string_view(which.recipient),
                 std::string_view(which.sender)} {}
    std::vector<db::Value> values;
};

/// What a destination waits for has changed. One that fails keeps its time unless `forced`.
Result<void> refresh(db::Session& session, const std::string& domain, bool forced = false) {
    return db::without_count(session.execute(
        "UPDATE relay_destination SET due_at = coalesce((SELECT min(due_at) FROM relay_recipient WHERE domain = $1 AND"
        " held = 0), $2), failures = CASE WHEN $3 = 1 THEN 0 ELSE failures END WHERE domain = $1 AND (failures = 0 OR "
        "$3 = 1)",
        {std::string_view(domain), kNever, std::int64_t{forced}}));
}

/// The domains a selection touches.
Result<std::vector<std::string>> domains(db::Session& session, const Condition& condition) {
    std::vector<std::string> out;
    const auto done = session.query(std::string("SELECT DISTINCT domain FROM relay_recipient WHERE") + Condition::text,
                                    condition.values, [&](const db::Row& row) { out.emplace_back(row.text(0)); });
    if (!done) return fail(done.error());
    return out;
}

/// Runs `statement` on a selection, whose destinations then look anew what they wait for.
Result<std::int64_t> change(db::Session& session, const std::string& statement, const Selection& which,
                            std::optional<std::int64_t> fifth, bool forced) {
    Condition condition(which);
    const auto touched = domains(session, condition);
    if (!touched) return fail(touched.error());
    auto values = condition.values;
    if (fifth) values.emplace_back(*fifth);
    const auto changed = session.execute(statement + " WHERE" + Condition::text, values);
    if (!changed) return changed;
    for (const std::string& domain : *touched)
        if (auto done = refresh(session, domain, forced); !done) return fail(done.error());
    return changed;
}

}  // namespace

std::span<const db::Migration> migrations() { return kMigrations; }

Result<void> add(db::Session& session, const MailFacts& mail, const std::vector<message::Recipient>& recipients,
                 const Options& options) {
    const auto& envelope = mail.envelope;
    const std::string from = envelope.reverse_path ? envelope.reverse_path->to_string() : "";
    const std::int64_t queued = to_micros(mail.queued_at);
    auto added = session.execute(
        "INSERT INTO relay_mail(id, queued_at, size, reverse_path, envid, ret, body, smtputf8, require_tls, unsettled)"
        " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        {mail.id, queued, static_cast<std::int64_t>(mail.size), std::string_view(from),
         std::string_view(envelope.envid), static_cast<std::int64_t>(envelope.ret),
         static_cast<std::int64_t>(envelope.body), std::int64_t{envelope.smtputf8}, std::int64_t{envelope.require_tls},
         static_cast<std::int64_t>(recipients.size())});
    if (!added || *added == 0) return db::without_count(std::move(added));
    const auto notice =
        options.delay_notice.count() > 0 ? std::min(options.delay_notice, options.give_up) : options.give_up;
    std::int64_t number = 0;
    for (const message::Recipient& recipient : recipients) {
        const std::string address = recipient.address.to_string(), orcpt = to_text(recipient.orcpt);
        const std::string_view domain = destination_of(recipient.address);
        auto row = session.execute(
            "INSERT INTO relay_recipient(mail, number, address, domain, notify, orcpt, held, due_at, look_at, attempts,"
            " last_error) VALUES($1, $2, $3, $4, $5, $6, 0, $7, $8, 0, '')",
            {mail.id, number++, std::string_view(address), domain, to_number(recipient.notify), std::string_view(orcpt),
             queued, to_micros(mail.queued_at + notice)});
        if (!row) return db::without_count(std::move(row));
        auto known = session.execute(
            "INSERT INTO relay_destination(domain, due_at, failures, paused, last_error) VALUES($1, $2, 0, 0, '')"
            " ON CONFLICT(domain) DO UPDATE SET due_at = $2 WHERE relay_destination.failures = 0 AND"
            " relay_destination.due_at > $2",
            {domain, queued});
        if (!known) return db::without_count(std::move(known));
    }
    return {};
}

Result<std::vector<DueDestination>> due_destinations(db::Session& session, Timestamp now, std::size_t limit) {
    std::vector<DueDestination> out;
    const auto done = session.query(
        "SELECT domain, failures FROM relay_destination WHERE paused = 0 AND due_at <= $1 ORDER BY due_at LIMIT $2",
        {to_micros(now), static_cast<std::int64_t>(limit)}, [&](const db::Row& row) {
            out.push_back({std::string(row.text(0)), row.integer(1)});
        });
    if (!done) return fail(done.error());
    return out;
}

Result<std::vector<Work>> due(db::Session& session, const std::string& domain, Timestamp now, std::size_t limit) {
    const db::Value values[] = {std::string_view(domain), to_micros(now), static_cast<std::int64_t>(limit)};
    return works(session,
                 "r.domain = $1 AND r.held = 0 AND r.due_at <= $2 ORDER BY r.due_at, r.mail, r.number LIMIT $3",
                 values);
}

Result<std::vector<Work>> overdue(db::Session& session, Timestamp now, std::size_t limit) {
    const db::Value values[] = {to_micros(now), static_cast<std::int64_t>(limit)};
    return works(session, "r.held IN (0, 2) AND r.look_at <= $1 ORDER BY r.look_at, r.mail LIMIT $2", values);
}

Result<void> remove(db::Session& session, const Item& item) {
    auto gone =
        session.execute("DELETE FROM relay_recipient WHERE mail = $1 AND number = $2", {item.mail, item.number});
    if (!gone || *gone == 0) return db::without_count(std::move(gone));
    return db::without_count(session.execute("UPDATE relay_mail SET unsettled = unsettled - 1 WHERE id = $1", {item.mail}));
}

Result<void> defer(db::Session& session, const Item& item, Timestamp until, const std::string& why) {
    return db::without_count(
        session.execute("UPDATE relay_recipient SET due_at = $3, attempts = attempts + 1, last_error = $4 WHERE mail = "
                        "$1 AND number = $2",
                        {item.mail, item.number, to_micros(until), std::string_view(why)}));
}

Result<void> look_again(db::Session& session, const Item& item, Timestamp at) {
    return db::without_count(session.execute("UPDATE relay_recipient SET look_at = $3 WHERE mail = $1 AND number = $2",
                                 {item.mail, item.number, to_micros(at)}));
}

Result<void> destination_failed(db::Session& session, const std::string& domain, Timestamp next,
                                const std::string& why) {
    return db::without_count(session.execute(
        "UPDATE relay_destination SET failures = failures + 1, due_at = $2, last_error = $3 WHERE domain = $1",
        {std::string_view(domain), to_micros(next), std::string_view(why)}));
}

Result<void> destination_idle(db::Session& session, const std::string& domain) {
    auto gone = session.execute(
        "DELETE FROM relay_destination WHERE domain = $1 AND paused = 0 AND NOT EXISTS"
        " (SELECT 1 FROM relay_recipient WHERE domain = $1)",
        {std::string_view(domain)});
    if (!gone || *gone > 0) return db::without_count(std::move(gone));
    return db::without_count(session.execute(
        "UPDATE relay_destination SET due_at = coalesce((SELECT min(due_at) FROM relay_recipient WHERE domain = $1 AND"
        " held = 0), $2) WHERE domain = $1",
        {std::string_view(domain), kNever}));
}

Result<void> destination_well(db::Session& session, const std::string& domain) {
    auto reset = session.execute("UPDATE relay_destination SET failures = 0, last_error = '' WHERE domain = $1",
                                 {std::string_view(domain)});
    if (!reset) return db::without_count(std::move(reset));
    return destination_idle(session, domain);
}

Result<std::vector<store::MessageId>> finished(db::Session& session, std::size_t limit) {
    std::vector<store::MessageId> out;
    const auto done =
        session.query("SELECT id FROM relay_mail WHERE unsettled = 0 ORDER BY id LIMIT $1",
                      {static_cast<std::int64_t>(limit)}, [&](const db::Row& row) { out.push_back(row.integer(0)); });
    if (!done) return fail(done.error());
    return out;
}

Result<void> forget(db::Session& session, store::MessageId mail) {
    if (auto gone = session.execute("DELETE FROM relay_recipient WHERE mail = $1", {mail}); !gone)
        return db::without_count(std::move(gone));
    return db::without_count(session.execute("DELETE FROM relay_mail WHERE id = $1", {mail}));
}

Result<std::vector<store::MessageId>> known(db::Session& session) {
    std::vector<store::MessageId> out;
    const auto done = session.query("SELECT id FROM relay_mail ORDER BY id", {},
                                    [&](const db::Row& row) { out.push_back(row.integer(0)); });
    if (!done) return fail(done.error());
    return out;
}

Result<std::uint64_t> waiting(db::Session& session) {
    auto count = session.integer("SELECT count(*) FROM relay_recipient");
    if (!count) return fail(count.error());
    return static_cast<std::uint64_t>(count->value_or(0));
}

Result<std::vector<QueuedRecipient>> list(db::Session& session, const Selection& which, store::MessageId after_mail,
                                          std::int64_t after_number, std::size_t limit) {
    std::vector<QueuedRecipient> out;
    Condition condition(which);
    for (const std::int64_t value : {after_mail, after_number, static_cast<std::int64_t>(limit)})
        condition.values.emplace_back(value);
    const auto done = session.query(
        std::string(
            "SELECT r.mail, r.number, m.reverse_path, r.address, r.domain, r.held, m.queued_at,"
            " CASE WHEN d.due_at > r.due_at THEN d.due_at ELSE r.due_at END, r.attempts + coalesce(d.failures, 0),"
            " m.size, CASE WHEN r.last_error = '' THEN coalesce(d.last_error, '') ELSE r.last_error END"
            " FROM (SELECT * FROM relay_recipient WHERE") +
            Condition::text +
            "AND (mail > $5 OR (mail = $5 AND number > $6)) ORDER BY mail, number LIMIT $7) r"
            " JOIN relay_mail m ON m.id = r.mail LEFT JOIN relay_destination d ON d.domain = r.domain"
            " ORDER BY r.mail, r.number",
        condition.values, [&](const db::Row& row) {
            out.push_back({row.integer(0), row.integer(1), std::string(row.text(2)), std::string(row.text(3)),
                           std::string(row.text(4)), row.integer(5) == 1, from_micros(row.integer(6)),
                           from_micros(row.integer(7)), row.integer(8), static_cast<std::uint64_t>(row.integer(9)),
                           std::string(row.text(10))});
        });
    if (!done) return fail(done.error());
    return out;
}

Result<std::vector<Destination>> destinations(db::Session& session) {
    std::vector<Destination> out;
    const auto done = session.query(
        "SELECT d.domain, coalesce(r.n, 0) - coalesce(r.held, 0), coalesce(r.held, 0), d.failures, d.paused, d.due_at,"
        " coalesce(r.oldest, 0), d.last_error FROM relay_destination d LEFT JOIN (SELECT q.domain,"
        " count(*) AS n, sum(CASE WHEN q.held = 0 THEN 0 ELSE 1 END) AS held, min(m.queued_at) AS oldest FROM "
        "relay_recipient q JOIN relay_mail m"
        " ON m.id = q.mail GROUP BY q.domain) r ON r.domain = d.domain ORDER BY d.domain",
        {}, [&](const db::Row& row) {
            Destination d{std::string(row.text(0)),
                          static_cast<std::uint64_t>(row.integer(1)),
                          static_cast<std::uint64_t>(row.integer(2)),
                          row.integer(3),
                          row.integer(4) != 0,
                          std::nullopt,
                          from_micros(row.integer(6)),
                          std::string(row.text(7))};
            if (row.integer(5) != kNever) d.next_try = from_micros(row.integer(5));
            out.push_back(std::move(d));
        });
    if (!done) return fail(done.error());
    return out;
}

Result<std::int64_t> hold(db::Session& session, const Selection& which, bool held) {
    return change(session, "UPDATE relay_recipient SET held = $5", which, held ? 1 : 0, false);
}

Result<std::int64_t> retry(db::Session& session, const Selection& which, Timestamp now) {
    return change(session, "UPDATE relay_recipient SET due_at = $5", which, to_micros(now), true);
}

Result<std::int64_t> expire(db::Session& session, const Selection& which) {
    return change(session, "UPDATE relay_recipient SET look_at = $5, held = 2", which, -1, false);
}

Result<std::int64_t> drop(db::Session& session, const Selection& which) {
    const Condition condition(which);
    std::vector<Item> items;
    const auto found = session.query(std::string("SELECT mail, number FROM relay_recipient WHERE") + Condition::text,
                                     condition.values, [&](const db::Row& row) {
                                         items.emplace_back();
                                         items.back().mail = row.integer(0);
                                         items.back().number = row.integer(1);
                                     });
    if (!found) return fail(found.error());
    for (const Item& item : items)
        if (auto done = remove(session, item); !done) return fail(done.error());
    return static_cast<std::int64_t>(items.size());
}

Result<void> pause(db::Session& session, const std::string& domain, bool paused) {
    auto set = session.execute(
        "INSERT INTO relay_destination(domain, due_at, failures, paused, last_error) VALUES($1, $2, 0, $3, '')"
        " ON CONFLICT(domain) DO UPDATE SET paused = $3",
        {std::string_view(domain), kNever, std::int64_t{paused}});
    if (!set || paused) return db::without_count(std::move(set));
    return refresh(session, domain);
}

}  // namespace restante::relay::tables
