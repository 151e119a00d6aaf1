// What POP3 clients deleted and can be had back, and alerts about it.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"
#include "directory/alerts.hpp"

namespace restante::admin {
namespace {

json::object write_size(const store::MaildropSize& size) {
    return {{"messages", size.messages}, {"octets", size.octets}};
}

json::object write_deletion(const store::Retirement& one) {
    return {{"id", id_json(one.id)},       {"at", to_rfc3339(one.at)}, {"until", to_rfc3339(one.until)},
            {"login", one.by.login},       {"peer", one.by.peer},      {"deleted", write_size(one.deleted)},
            {"left", write_size(one.left)}};
}

Result<directory::Account> account_in_path(Parts& parts, const Request& request) {
    const std::string& name = request.path_value("name");
    auto account = parts.directory.account(name);
    if (account && may_see(request, account->tenant_id)) return account;
    if (!account && account.error().kind != ErrorKind::not_found) return account;
    return fail(ErrorKind::not_found, "no account named " + escape_for_log(name, 80));
}

Result<Response> list_deletions(Parts& parts, const Request& request) {
    auto account = account_in_path(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto all = parts.store.retirements(account->id);
    if (!all) return fail(std::move(all.error()));
    const PageRequest page = page_in(request);
    const auto before = static_cast<std::int64_t>(parse_u64(page.after).value_or(0));
    std::erase_if(*all, [before](const auto& one) { return before != 0 && one.id >= before; });
    return page_of(*all, page.limit, write_deletion, [](const auto& one) { return id_json(one.id); });
}

Result<Response> show_deletion(Parts& parts, const Request& request) {
    auto account = account_in_path(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto all = parts.store.retirements(account->id);
    if (!all) return fail(std::move(all.error()));
    for (const store::Retirement& one : *all) {
        if (one.id != request.path_id("deletion_id")) continue;
        json::object out = write_deletion(one);
        json::array messages;
        auto hidden = parts.store.hidden_messages(account->id, one.id);
        if (!hidden && hidden.error().kind != ErrorKind::not_found) return fail(std::move(hidden.error()));
        if (hidden) {
            for (const store::HiddenMessage& message : *hidden)
                messages.push_back(
                    json::object{{"id", id_json(message.id)}, {"uidl", message.uidl}, {"octets", message.size}});
        }
        out["messages"] = std::move(messages);
        return Response::of(std::move(out));
    }
    return fail(ErrorKind::not_found, "this account has no such deletion, or its time has passed");
}

/// Audited before it is done, so that no change is without its row.
Result<Response> restore_deletion(Parts& parts, const Request& request) {
    auto account = account_in_path(parts, request);
    if (!account) return fail(std::move(account.error()));
    const store::RetirementId deletion = request.path_id("deletion_id");
    std::vector<store::MessageId> ids;
    if (const auto* list = request.json.if_contains("messages"); list != nullptr && list->is_array())
        for (const json::value& id : list->as_array())
            ids.push_back(static_cast<store::MessageId>(parse_u64(std::string(id.as_string())).value_or(0)));
    if (ids.empty() != get_boolean(request.json, "all").value_or(false))
        return field_problem("messages", "name messages, or set all, not both");
    const std::string what = ids.empty() ? "all" : std::to_string(ids.size()) + " messages";
    auto noted = parts.audit(request.principal.name, "account.restore_mail", account->name,
                             what + " of deletion " + std::to_string(deletion));
    if (!noted) return fail(std::move(noted.error()));
    auto restored = parts.store.restore(account->id, deletion, std::move(ids));
    if (!restored) return fail(std::move(restored.error()));
    parts.log.info("account.mail_restored", {{"account", account->name},
                                             {"deletion", deletion},
                                             {"messages", restored->messages},
                                             {"by", request.principal.name}});
    return Response::of(write_size(*restored));
}

json::object write_alert(const directory::Alert& alert) {
    return {
        {"id", id_json(alert.id)},       {"at", to_rfc3339(alert.at)}, {"kind", alert.kind},
        {"account", alert.account},      {"detail", alert.detail},     {"settled_at", time_or_null(alert.settled_at)},
        {"settled_by", alert.settled_by}};
}

Result<Response> list_alerts(Parts& parts, const Request& request) {
    const PageRequest page = page_in(request);
    const auto before = static_cast<std::int64_t>(parse_u64(page.after).value_or(0));
    const bool all = request.query_value("all").value_or("") == "true";
    auto rows = parts.alerts->list(before, page.limit + 1, all);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page.limit, write_alert, [](const auto& row) { return id_json(row.id); });
}

Result<Response> settle_alert(Parts& parts, const Request& request) {
    return answer(parts.alerts->settle(request.path_id("id"), request.principal.name), write_alert);
}

std::vector<Field> deletion_fields() {
    return {field("id", Type::id).required(),
            field("at", Type::timestamp).required(),
            field("until", Type::timestamp).required().about("Then it is deleted for good"),
            field("login", Type::string).required().about("What the client had logged in as"),
            field("peer", Type::string).required().about("IP address"),
            object_field("deleted", "MailSize").required().about("By that session"),
            object_field("left", "MailSize").required().about("To be had back; counted in no maildrop")};
}

void declare_deletion(Schemas& schemas) {
    schemas.add({"MailSize",
                 "So many messages, and their octets.",
                 {field("messages", Type::integer).required(), field("octets", Type::integer).required()}});
    schemas.add({"Deletion", "What one POP3 session deleted.", deletion_fields()});
    declare_page(schemas, "Deletion");
    schemas.add(
        {"DeletedMessage",
         "A message that can be had back.",
         {field("id", Type::id).required(), field("uidl", Type::string).required().about("It will have it again"),
          field("octets", Type::integer).required()}});
    auto fields = deletion_fields();
    fields.push_back(object_array_field("messages", "DeletedMessage").required().length(0, SIZE_MAX));
    schemas.add({"DeletionDetail", "What one POP3 session deleted, message by message.", std::move(fields)});
    schemas.add({"Restore",
                 "Which messages.",
                 {field("all", Type::boolean).about("All that is left"),
                  array_field("messages", Type::id).length(0, 100'000).about("Or these")}});
    schemas.add({"Alert",
                 "What somebody should look at.",
                 {field("id", Type::id).required(), field("at", Type::timestamp).required(),
                  field("kind", Type::string).required(), field("account", Type::string).required(),
                  field("detail", Type::string).required(), field("settled_at", Type::timestamp).required().nullable(),
                  field("settled_by", Type::string).required()}});
    declare_page(schemas, "Alert");
}

}  // namespace

Group deletion_group() {
    return {"accounts",
            declare_deletion,
            {{"GET",
              "/accounts/{name}/deletions",
              "listDeletions",
              "What POP3 sessions deleted and can be undone, latest first",
              Access::authenticated,
              paged(),
              {},
              "DeletionPage",
              200,
              list_deletions},
             {"GET",
              "/accounts/{name}/deletions/{deletion_id}",
              "showDeletion",
              "One of them, message by message",
              Access::authenticated,
              {},
              {},
              "DeletionDetail",
              200,
              show_deletion},
             {"POST",
              "/accounts/{name}/deletions/{deletion_id}/restore",
              "restoreDeletion",
              "Put the messages back, with the UIDLs they had",
              Access::authenticated,
              {},
              "Restore",
              "MailSize",
              200,
              restore_deletion}}};
}

Group alert_group() {
    return {"server",
            [](Schemas&) {},
            {{"GET",
              "/alerts",
              "listAlerts",
              "What somebody should look at, newest first",
              Access::administrator,
              paged({field("all", Type::boolean).about("true: also those seen to")}),
              {},
              "AlertPage",
              200,
              list_alerts},
             {"POST",
              "/alerts/{id}/settle",
              "settleAlert",
              "It has been seen to",
              Access::administrator,
              {},
              {},
              "Alert",
              200,
              settle_alert}}};
}

}  // namespace restante::admin
