#include "work/mail_log.hpp"

#include <array>
#include <limits>

#include "work/context.hpp"

namespace restante::work {
namespace {

constexpr std::array kVerdict{"received", "rejected", "ignored", "unrelated", "failed"};
constexpr std::size_t kShownBytes = 500;  // header values kept for display

constexpr std::string_view kSelectMail =
    "SELECT id, at, delivery_id, connection_id, uidl, message_id, sha256, sender, subject, original_id, verdict, "
    "reason, "
    "item_id, comment_id FROM work_mail_log ";

MailRecord record_of(const db::Row& row) {
    MailRecord out;
    out.id = row.integer(0);
    out.at = from_micros(row.integer(1));
    out.facts = {std::string(row.text(2)), row.integer(3),           std::string(row.text(4)), std::string(row.text(5)),
                 std::string(row.text(6)), std::string(row.text(7)), std::string(row.text(8)), row.integer(9)};
    out.verdict = static_cast<MailVerdict>(row.integer(10));
    out.reason = std::string(row.text(11));
    out.item_id = row.integer(12);
    out.comment_id = row.integer(13);
    return out;
}

Result<std::optional<MailRecord>> load_mail(db::Session& session, std::string_view where, const db::Value& value) {
    std::optional<MailRecord> found;
    auto done = session.query(std::string(kSelectMail) + std::string(where), {value},
                              [&](const db::Row& row) { found = record_of(row); });
    if (!done) return fail(std::move(done.error()));
    return found;
}

}  // namespace

const char* to_string(MailVerdict v) { return kVerdict.at(static_cast<std::size_t>(v)); }

Result<MailVerdict> parse_mail_verdict(std::string_view text) {
    for (std::size_t i = 0; i < kVerdict.size(); ++i)
        if (text == kVerdict[i]) return static_cast<MailVerdict>(i);
    return fail(ErrorKind::invalid, "verdict must be one of received, rejected, ignored, unrelated, failed");
}

Result<MailRecord> record_mail(db::Session& session, const Context& context, const MailFacts& facts,
                               MailVerdict verdict, const std::string& reason, std::int64_t item_id,
                               std::int64_t comment_id) {
    if (facts.delivery_id.empty()) return fail(ErrorKind::invalid, "a mail needs a delivery id to be recorded");
    const std::string sender = cut_utf8(facts.sender, kShownBytes), subject = cut_utf8(facts.subject, kShownBytes);
    const std::string message_id = cut_utf8(facts.message_id, kShownBytes), why = cut_utf8(reason, kShownBytes);
    auto done = session.execute(
        "INSERT INTO work_mail_log(id, at, delivery_id, connection_id, uidl, message_id, sha256, sender, subject, "
        "original_id, "
        "verdict, reason, item_id, comment_id) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) "
        "ON CONFLICT(delivery_id) DO UPDATE SET at=excluded.at, verdict=excluded.verdict, reason=excluded.reason, "
        "original_id=excluded.original_id, item_id=excluded.item_id, comment_id=excluded.comment_id "
        "WHERE work_mail_log.verdict=$15",
        {context.ids.next(), to_micros(context.clock.now()), facts.delivery_id, facts.connection_id, facts.uidl,
         message_id, facts.sha256, sender, subject, facts.original_id, static_cast<std::int64_t>(verdict), why, item_id,
         comment_id, static_cast<std::int64_t>(MailVerdict::failed)});
    if (!done) return fail(std::move(done.error()));
    auto stands = load_mail(session, "WHERE delivery_id=$1", facts.delivery_id);
    if (!stands) return fail(std::move(stands.error()));
    if (!*stands) return fail(ErrorKind::internal, "the mail's record vanished");
    return std::move(**stands);
}

Result<MailRecord> MailLog::record(const MailFacts& facts, MailVerdict verdict, const std::string& reason) {
    return context_.database.write(
        [&](db::Session& session) { return record_mail(session, context_, facts, verdict, reason, 0, 0); });
}

Result<MailRecord> MailLog::find(std::int64_t id) {
    return context_.database.read([&](db::Session& session) -> Result<MailRecord> {
        auto found = load_mail(session, "WHERE id=$1", id);
        if (!found) return fail(std::move(found.error()));
        if (!*found) return fail(ErrorKind::not_found, "no mail with id " + std::to_string(id) + " in the log");
        return std::move(**found);
    });
}

Result<std::optional<MailRecord>> MailLog::find_by_delivery(const std::string& delivery_id) {
    return context_.database.read(
        [&](db::Session& session) { return load_mail(session, "WHERE delivery_id=$1", delivery_id); });
}

Result<std::vector<MailRecord>> MailLog::list(const Filter& filter, const Page& page) {
    std::string sql = std::string(kSelectMail) + "WHERE id<$1";
    std::vector<db::Value> values{page.after == 0 ? std::numeric_limits<std::int64_t>::max() : page.after};
    const auto also = [&](const char* column, std::optional<std::int64_t> value) {
        if (!value) return;
        values.emplace_back(*value);
        sql += std::string(" AND ") + column + "=$" + std::to_string(values.size());
    };
    if (filter.verdict) also("verdict", static_cast<std::int64_t>(*filter.verdict));
    also("connection_id", filter.connection_id);
    also("item_id", filter.item_id);
    values.emplace_back(page_limit(context_, page));
    sql += " ORDER BY id DESC LIMIT $" + std::to_string(values.size());
    return context_.database.read([&](db::Session& session) -> Result<std::vector<MailRecord>> {
        std::vector<MailRecord> out;
        auto done = session.query(sql, values, [&](const db::Row& row) { out.push_back(record_of(row)); });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

}  // namespace restante::work
