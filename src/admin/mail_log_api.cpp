// What became of collected mails.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

json::object write_record(const work::MailRecord& record) {
    return {{"id", id_json(record.id)},
            {"at", to_rfc3339(record.at)},
            {"verdict", work::to_string(record.verdict)},
            {"reason", record.reason},
            {"connection_id", id_or_null(record.facts.connection_id)},
            {"uidl", record.facts.uidl},
            {"message_id", record.facts.message_id},
            {"sha256", record.facts.sha256},
            {"sender", record.facts.sender},
            {"subject", record.facts.subject},
            {"item_id", id_or_null(record.item_id)},
            {"comment_id", id_or_null(record.comment_id)},
            {"has_original", record.facts.original_id != 0}};
}

work::MailLog::Filter log_filter_in(const Request& request) {
    // The router lets only ids and verdicts through.
    work::MailLog::Filter filter;
    if (const auto verdict = request.query_value("verdict"))
        filter.verdict = work::parse_mail_verdict(*verdict).value();
    if (const auto connection = request.query_value("connection_id")) filter.connection_id = parse_u64(*connection);
    if (const auto item = request.query_value("item_id")) filter.item_id = parse_u64(*item);
    return filter;
}

Result<Response> list_mails(Parts& parts, const Request& request) {
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.work.mail_log().list(log_filter_in(request), *page);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page->limit - 1, write_record, [](const auto& row) { return id_json(row.id); });
}

Result<Response> show_mail(Parts& parts, const Request& request) {
    return answer(parts.work.mail_log().find(request.path_id("id")), write_record);
}

Result<Response> mail_original(Parts& parts, const Request& request) {
    auto record = parts.work.mail_log().find(request.path_id("id"));
    if (!record) return fail(std::move(record.error()));
    return original_mail(parts, record->facts.original_id);
}

std::vector<std::string> verdicts() { return {"received", "rejected", "ignored", "unrelated", "failed"}; }

void declare_mail_log(Schemas& schemas) {
    schemas.add(
        {"Mail",
         "A mail that was collected for the tracker, and what became of it.",
         {field("id", Type::id).required(), field("at", Type::timestamp).required(),
          field("verdict", Type::string).required().one_of(verdicts()), field("reason", Type::string).required(),
          field("connection_id", Type::id).required().nullable().about("null: it came by SMTP"),
          field("uidl", Type::string).required(), field("message_id", Type::string).required(),
          field("sha256", Type::string).required(), field("sender", Type::string).required(),
          field("subject", Type::string).required(), field("item_id", Type::id).required().nullable(),
          field("comment_id", Type::id).required().nullable(), field("has_original", Type::boolean).required()}});
    declare_page(schemas, "Mail");
}

}  // namespace

Group mail_log_group() {
    return {"mails",
            declare_mail_log,
            {{"GET",
              "/mails",
              "listMails",
              "Collected mails, newest first",
              Access::administrator,
              paged({field("verdict", Type::string).one_of(verdicts()).about("Only with this verdict"),
                     field("connection_id", Type::id).about("Only from this POP3 connection"),
                     field("item_id", Type::id).about("Only about this item")}),
              {},
              "MailPage",
              200,
              list_mails},
             {"GET",
              "/mails/{id}",
              "showMail",
              "Show a mail's record",
              Access::administrator,
              {},
              {},
              "Mail",
              200,
              show_mail},
             {"GET",
              "/mails/{id}/original",
              "mailOriginal",
              "The mail as received",
              Access::administrator,
              {},
              {},
              "message/rfc822",
              200,
              mail_original}}};
}

}  // namespace restante::admin
