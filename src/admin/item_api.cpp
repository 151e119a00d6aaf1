// Tasks and requests, and who follows them.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kMaxItemText = 65'536;  // work::Options::max_description_bytes decides

json::object write_item(const work::Item& item) {
    return {{"id", id_json(item.id)},
            {"project_id", id_json(item.project_id)},
            {"project", item.project_name},
            {"kind", work::to_string(item.kind)},
            {"title", item.title},
            {"description", item.description},
            {"state", work::to_string(item.state)},
            {"assignee_id", id_or_null(item.assignee_id)},
            {"creator_id", id_json(item.creator_id)},
            {"created_at", to_rfc3339(item.created_at)},
            {"updated_at", to_rfc3339(item.updated_at)}};
}

Result<work::Items::Filter> item_filter_in(Parts& parts, const Request& request) {
    work::Items::Filter filter;
    if (const auto project = request.query_value("project_id")) filter.project_id = parse_u64(*project);
    if (const auto assignee = request.query_value("assignee")) {
        auto person = person_in(parts, *assignee);
        if (!person) return fail(std::move(person.error()));
        filter.assignee_id = *person;
    }
    // The router lets only the enumerators' names through.
    if (const auto kind = request.query_value("kind")) filter.kind = work::parse_item_kind(*kind).value();
    if (const auto state = request.query_value("state")) filter.state = work::parse_item_state(*state).value();
    return filter;
}

Result<Response> list_items(Parts& parts, const Request& request) {
    auto filter = item_filter_in(parts, request);
    if (!filter) return fail(std::move(filter.error()));
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.work.items().list(*filter, *page);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page->limit - 1, write_item, [](const auto& row) { return id_json(row.id); });
}

Result<Response> create_item(Parts& parts, const Request& request) {
    work::Items::New wanted;
    wanted.title = *get_string(request.json, "title");
    wanted.description = get_string(request.json, "description").value_or("");
    wanted.project_id = *get_id(request.json, "project_id");
    auto kind = work::parse_item_kind(get_string(request.json, "kind").value_or("task"));
    if (!kind) return at_field("kind", std::move(kind.error()));
    wanted.kind = *kind;
    auto creator = person_in(parts, *get_string(request.json, "creator"));
    if (!creator) return at_field("creator", std::move(creator.error()));
    wanted.creator_id = *creator;
    if (const auto name = get_string(request.json, "assignee")) {
        auto assignee = person_in(parts, *name);
        if (!assignee) return at_field("assignee", std::move(assignee.error()));
        wanted.assignee_id = *assignee;
    }
    return answer(parts.work.items().create(wanted, {request.principal.name}), write_item, 201);
}

Result<Response> show_item(Parts& parts, const Request& request) {
    return answer(parts.work.items().find(request.path_id("id")), write_item);
}

Result<Response> change_item(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    work::Items::Change change{get_string(request.json, "title"), get_string(request.json, "description"), {}, {}};
    if (const auto word = get_string(request.json, "state")) {
        auto state = work::parse_item_state(*word);
        if (!state) return at_field("state", std::move(state.error()));
        change.state = *state;
    }
    if (const auto name = get_string(request.json, "assignee")) {
        auto assignee = name->empty() ? Result<std::int64_t>(0) : person_in(parts, *name);
        if (!assignee) return at_field("assignee", std::move(assignee.error()));
        change.assignee_id = *assignee;
    }
    return answer(parts.work.items().change(id, change, {request.principal.name}), write_item);
}

json::object write_subscriber(const work::Subscriber& subscriber) {
    return {{"person_id", id_json(subscriber.person_id)},
            {"name", subscriber.name},
            {"email", subscriber.email},
            {"reason", work::to_string(subscriber.reason)}};
}

Result<Response> list_subscribers(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.work.items().subscribers(id, *page);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page->limit - 1, write_subscriber, [](const auto& row) { return id_json(row.person_id); });
}

Result<Response> subscribe(Parts& parts, const Request& request) {
    auto person = person_in_path(parts, request);
    if (!person) return fail(std::move(person.error()));
    return nothing(parts.work.items().subscribe(request.path_id("id"), *person, {request.principal.name}));
}

Result<Response> unsubscribe(Parts& parts, const Request& request) {
    auto person = person_in_path(parts, request);
    if (!person) return fail(std::move(person.error()));
    return nothing(parts.work.items().unsubscribe(request.path_id("id"), *person, {request.principal.name}));
}

void declare_item(Schemas& schemas) {
    const std::vector<std::string> kinds{"task", "request"}, states{"open", "in_progress", "done", "cancelled"};
    schemas.add(
        {"Item",
         "A task or a request.",
         {field("id", Type::id).required(), field("project_id", Type::id).required(),
          field("project", Type::string).required(), field("kind", Type::string).required().one_of(kinds),
          field("title", Type::string).required(), field("description", Type::string).required().length(0, kMaxItemText),
          field("state", Type::string).required().one_of(states), field("assignee_id", Type::id).required().nullable(),
          field("creator_id", Type::id).required(), field("created_at", Type::timestamp).required(),
          field("updated_at", Type::timestamp).required()}});
    const std::string who = "A person by id or e-mail address";
    schemas.add({"ItemCreate",
                 "A new task or request.",
                 {field("project_id", Type::id).required(),
                  field("kind", Type::string).one_of(kinds).about("task when left out"),
                  field("title", Type::string).required().length(1, 500),
                  field("description", Type::string).length(0, kMaxItemText),
                  field("creator", Type::string).required().length(1, 320).about(who),
                  field("assignee", Type::string).length(1, 320).about(who)}});
    schemas.add({"ItemPatch",
                 "What shall change.",
                 {field("title", Type::string).length(1, 500), field("description", Type::string).length(0, kMaxItemText),
                  field("state", Type::string).one_of(states),
                  field("assignee", Type::string).length(0, 320).about(who + "; empty: nobody")}});
    schemas.add({"Subscriber",
                 "Somebody who is notified of comments.",
                 {field("person_id", Type::id).required(), field("name", Type::string).required(),
                  field("email", Type::string).required(),
                  field("reason", Type::string).required().one_of({"watcher", "assignee", "creator", "commenter"})}});
    declare_page(schemas, "Item");
    declare_page(schemas, "Subscriber");
}

std::vector<Field> filters() {
    return paged({field("project_id", Type::id).about("Only of this project"),
                  field("assignee", Type::string).about("Only of this person (id or address)"),
                  field("kind", Type::string).one_of({"task", "request"}).about("Only of this kind"),
                  field("state", Type::string)
                      .one_of({"open", "in_progress", "done", "cancelled"})
                      .about("Only in this state")});
}

}  // namespace

Group item_group() {
    return {"items",
            declare_item,
            {{"GET",
              "/items",
              "listItems",
              "List tasks and requests",
              Access::administrator,
              filters(),
              {},
              "ItemPage",
              200,
              list_items},
             {"POST",
              "/items",
              "createItem",
              "Create a task or a request",
              Access::administrator,
              {},
              "ItemCreate",
              "Item",
              201,
              create_item},
             {"GET", "/items/{id}", "showItem", "Show an item", Access::administrator, {}, {}, "Item", 200, show_item},
             {"PATCH",
              "/items/{id}",
              "changeItem",
              "Change an item",
              Access::administrator,
              {},
              "ItemPatch",
              "Item",
              200,
              change_item},
             {"GET",
              "/items/{id}/subscribers",
              "listSubscribers",
              "Who is notified",
              Access::administrator,
              paged(),
              {},
              "SubscriberPage",
              200,
              list_subscribers},
             {"PUT",
              "/items/{id}/subscribers/{person}",
              "subscribe",
              "Notify a person (id or address)",
              Access::administrator,
              {},
              {},
              {},
              204,
              subscribe},
             {"DELETE",
              "/items/{id}/subscribers/{person}",
              "unsubscribe",
              "Notify a person no more",
              Access::administrator,
              {},
              {},
              {},
              204,
              unsubscribe}}};
}

}  // namespace restante::admin
