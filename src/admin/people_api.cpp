// The people who work.
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

json::object write_person(const work::Person& person) {
    return {{"id", id_json(person.id)}, {"name", person.name},
            {"email", person.email},    {"account_id", id_or_null(person.account_id)},
            {"active", person.active},  {"created_at", to_rfc3339(person.created_at)}};
}

/// An account is named in requests; "" takes it away.
Result<std::optional<std::int64_t>> account_in(Parts& parts, const Request& request) {
    const auto name = get_string(request.json, "account");
    if (!name) return std::optional<std::int64_t>();
    if (name->empty()) return std::optional<std::int64_t>(0);
    auto account = parts.directory.account(*name);
    if (!account) return fail(ErrorKind::invalid, std::move(account.error().detail));
    return std::optional<std::int64_t>(account->id);
}

Result<Response> list_people(Parts& parts, const Request& request) {
    if (const auto email = request.query_value("email")) {
        auto person = parts.work.people().find_by_email(*email);
        if (!person && person.error().kind != ErrorKind::not_found) return fail(std::move(person.error()));
        json::array items;
        if (person) items.push_back(write_person(*person));
        return Response::of(json::object{{"items", std::move(items)}});
    }
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.work.people().list(*page);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page->limit - 1, write_person, [](const auto& row) { return id_json(row.id); });
}

Result<Response> create_person(Parts& parts, const Request& request) {
    auto account = account_in(parts, request);
    if (!account) return at_field("account", std::move(account.error()));
    return answer(parts.work.people().create(*get_string(request.json, "name"), *get_string(request.json, "email"),
                                             account->value_or(0), {request.principal.name}),
                  write_person, 201);
}

Result<Response> show_person(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    return answer(parts.work.people().find(id), write_person);
}

Result<Response> change_person(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    auto account = account_in(parts, request);
    if (!account) return at_field("account", std::move(account.error()));
    const work::People::Change change{get_string(request.json, "name"), get_string(request.json, "email"), *account,
                                      get_boolean(request.json, "active")};
    return answer(parts.work.people().change(id, change, {request.principal.name}), write_person);
}

Result<Response> delete_person(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    return nothing(parts.work.people().remove(id, {request.principal.name}));
}

void declare_people(Schemas& schemas) {
    schemas.add(
        {"Person",
         "Somebody who works: comments, is assigned, is notified.",
         {field("id", Type::id).required(), field("name", Type::string).required(),
          field("email", Type::string).required(),
          field("account_id", Type::id).required().nullable().about("The person's account on this server, if any"),
          field("active", Type::boolean).required().about("May comment and is notified"),
          field("created_at", Type::timestamp).required()}});
    schemas.add(
        {"PersonCreate",
         "A new person.",
         {field("name", Type::string).required().length(1, 200), field("email", Type::string).required().length(3, 320),
          field("account", Type::string).length(0, 320).about("Name or address of an account on this server")}});
    schemas.add({"PersonPatch",
                 "What shall change.",
                 {field("name", Type::string).length(1, 200), field("email", Type::string).length(3, 320),
                  field("account", Type::string).length(0, 320).about("Empty: none"), field("active", Type::boolean)}});
    declare_page(schemas, "Person");
}

}  // namespace

Group people_group() {
    return {"people",
            declare_people,
            {{"GET",
              "/people",
              "listPeople",
              "List the people",
              Access::administrator,
              paged({field("email", Type::string).about("Only the person with this address")}),
              {},
              "PersonPage",
              200,
              list_people},
             {"POST",
              "/people",
              "createPerson",
              "Create a person",
              Access::administrator,
              {},
              "PersonCreate",
              "Person",
              201,
              create_person},
             {"GET",
              "/people/{id}",
              "showPerson",
              "Show a person",
              Access::administrator,
              {},
              {},
              "Person",
              200,
              show_person},
             {"PATCH",
              "/people/{id}",
              "changePerson",
              "Change a person",
              Access::administrator,
              {},
              "PersonPatch",
              "Person",
              200,
              change_person},
             {"DELETE",
              "/people/{id}",
              "deletePerson",
              "Delete a person who left no items and comments",
              Access::administrator,
              {},
              {},
              {},
              204,
              delete_person}}};
}

}  // namespace restante::admin
