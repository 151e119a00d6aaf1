// Projects and their members.
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kMaxProjectText = 65'536;  // work::Options::max_description_bytes decides

json::object write_project(const work::Project& project) {
    return {{"id", id_json(project.id)},          {"name", project.name},
            {"description", project.description}, {"visibility", work::to_string(project.visibility)},
            {"archived", project.archived},       {"created_at", to_rfc3339(project.created_at)}};
}

Result<Response> list_projects(Parts& parts, const Request& request) {
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.work.projects().list(*page);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page->limit - 1, write_project, [](const auto& row) { return id_json(row.id); });
}

Result<Response> create_project(Parts& parts, const Request& request) {
    auto visibility = work::parse_visibility(get_string(request.json, "visibility").value_or("members"));
    if (!visibility) return at_field("visibility", std::move(visibility.error()));
    return answer(parts.work.projects().create(*get_string(request.json, "name"),
                                               get_string(request.json, "description").value_or(""), *visibility,
                                               {request.principal.name}),
                  write_project, 201);
}

Result<Response> show_project(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    return answer(parts.work.projects().find(id), write_project);
}

Result<Response> change_project(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    work::Projects::Change change{get_string(request.json, "name"),
                                  get_string(request.json, "description"),
                                  {},
                                  get_boolean(request.json, "archived")};
    if (const auto word = get_string(request.json, "visibility")) {
        auto visibility = work::parse_visibility(*word);
        if (!visibility) return at_field("visibility", std::move(visibility.error()));
        change.visibility = *visibility;
    }
    return answer(parts.work.projects().change(id, change, {request.principal.name}), write_project);
}

Result<Response> delete_project(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    return nothing(parts.work.projects().remove(id, {request.principal.name}));
}

json::object write_project_member(const work::Member& member) {
    return {{"person_id", id_json(member.person_id)}, {"name", member.name}, {"email", member.email}};
}

Result<Response> list_project_members(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.work.projects().members(id, *page);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page->limit - 1, write_project_member, [](const auto& row) { return id_json(row.person_id); });
}

Result<Response> add_member(Parts& parts, const Request& request) {
    auto person = person_in_path(parts, request);
    if (!person) return fail(std::move(person.error()));
    return nothing(parts.work.projects().add_member(request.path_id("id"), *person, {request.principal.name}));
}

Result<Response> remove_member(Parts& parts, const Request& request) {
    auto person = person_in_path(parts, request);
    if (!person) return fail(std::move(person.error()));
    return nothing(parts.work.projects().remove_member(request.path_id("id"), *person, {request.principal.name}));
}

void declare_project(Schemas& schemas) {
    const std::vector<std::string> visibility{"members", "everyone"};
    schemas.add({"Project",
                 "What items belong to.",
                 {field("id", Type::id).required(), field("name", Type::string).required(),
                  field("description", Type::string).required().length(0, kMaxProjectText),
                  field("visibility", Type::string).required().one_of(visibility).about("Who may view its items"),
                  field("archived", Type::boolean).required().about("Its items can be read, not changed"),
                  field("created_at", Type::timestamp).required()}});
    schemas.add(
        {"ProjectCreate",
         "A new project.",
         {field("name", Type::string).required().length(1, 200), field("description", Type::string).length(0, kMaxProjectText),
          field("visibility", Type::string).one_of(visibility).about("members when left out")}});
    schemas.add({"ProjectPatch",
                 "What shall change.",
                 {field("name", Type::string).length(1, 200), field("description", Type::string).length(0, kMaxProjectText),
                  field("visibility", Type::string).one_of(visibility), field("archived", Type::boolean)}});
    schemas.add({"Member",
                 "Somebody who may view a project.",
                 {field("person_id", Type::id).required(), field("name", Type::string).required(),
                  field("email", Type::string).required()}});
    declare_page(schemas, "Project");
    declare_page(schemas, "Member");
}

}  // namespace

Group project_group() {
    return {"projects",
            declare_project,
            {{"GET",
              "/projects",
              "listProjects",
              "List the projects",
              Access::administrator,
              paged(),
              {},
              "ProjectPage",
              200,
              list_projects},
             {"POST",
              "/projects",
              "createProject",
              "Create a project",
              Access::administrator,
              {},
              "ProjectCreate",
              "Project",
              201,
              create_project},
             {"GET",
              "/projects/{id}",
              "showProject",
              "Show a project",
              Access::administrator,
              {},
              {},
              "Project",
              200,
              show_project},
             {"PATCH",
              "/projects/{id}",
              "changeProject",
              "Change a project",
              Access::administrator,
              {},
              "ProjectPatch",
              "Project",
              200,
              change_project},
             {"DELETE",
              "/projects/{id}",
              "deleteProject",
              "Delete a project that has no items",
              Access::administrator,
              {},
              {},
              {},
              204,
              delete_project},
             {"GET",
              "/projects/{id}/members",
              "listMembers",
              "List a project's members",
              Access::administrator,
              paged(),
              {},
              "MemberPage",
              200,
              list_project_members},
             {"PUT",
              "/projects/{id}/members/{person}",
              "addMember",
              "Let a person (id or address) view the project",
              Access::administrator,
              {},
              {},
              {},
              204,
              add_member},
             {"DELETE",
              "/projects/{id}/members/{person}",
              "removeMember",
              "Take the right to view away",
              Access::administrator,
              {},
              {},
              {},
              204,
              remove_member}}};
}

}  // namespace restante::admin
