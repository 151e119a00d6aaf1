#include "work/projects.hpp"

#include "work/context.hpp"

namespace restante::work {
namespace {

Result<Project> merged(Project project, const Projects::Change& change, const Options& options) {
    if (change.name) {
        auto name = one_line(*change.name, options.max_name_bytes, "name");
        if (!name) return fail(std::move(name.error()));
        project.name = std::move(*name);
    }
    if (change.description) {
        auto text = many_lines(*change.description, options.max_description_bytes, "description");
        if (!text) return fail(std::move(text.error()));
        project.description = std::move(*text);
    }
    project.visibility = change.visibility.value_or(project.visibility);
    project.archived = change.archived.value_or(project.archived);
    return project;
}

Result<void> name_is_free(db::Session& session, const Project& project) {
    auto taken = session.integer("SELECT id FROM work_project WHERE name=$1 AND id<>$2", {project.name, project.id});
    if (!taken) return fail(std::move(taken.error()));
    if (*taken) return fail(ErrorKind::already_exists, "there is a project named " + project.name + " already");
    return {};
}

std::string change_text(const Project& project) {
    return std::string(to_string(project.visibility)) + (project.archived ? ", archived" : "");
}

}  // namespace

Result<Project> Projects::create(const std::string& name, const std::string& description, Visibility visibility,
                                 const By& by) {
    Project fresh;
    fresh.created_at = context_.clock.now();
    auto project = merged(fresh, {name, description, visibility, {}}, context_.options);
    if (!project) return project;
    return context_.database.write([&](db::Session& session) -> Result<Project> {
        if (auto ok = name_is_free(session, *project); !ok) return fail(std::move(ok.error()));
        auto id = session.integer(
            "INSERT INTO work_project(id, name, description, visibility, archived, created_at) "
            "SELECT COALESCE(MAX(id),0)+1, $1, $2, $3, 0, $4 FROM work_project RETURNING id",
            {project->name, project->description, static_cast<std::int64_t>(visibility),
             to_micros(project->created_at)});
        if (!id) return fail(std::move(id.error()));
        project->id = id->value_or(0);
        if (auto noted = write_audit(session, context_, by, "project.create", project->name, to_string(visibility));
            !noted)
            return fail(std::move(noted.error()));
        return *project;
    });
}

Result<Project> Projects::change(std::int64_t id, const Change& change, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<Project> {
        auto old = load_project(session, id);
        if (!old) return old;
        auto project = merged(std::move(*old), change, context_.options);
        if (!project) return project;
        if (auto ok = name_is_free(session, *project); !ok) return fail(std::move(ok.error()));
        auto done =
            session.execute("UPDATE work_project SET name=$2, description=$3, visibility=$4, archived=$5 WHERE id=$1",
                            {id, project->name, project->description, static_cast<std::int64_t>(project->visibility),
                             std::int64_t{project->archived}});
        if (!done) return fail(std::move(done.error()));
        if (auto noted = write_audit(session, context_, by, "project.change", project->name, change_text(*project));
            !noted)
            return fail(std::move(noted.error()));
        return project;
    });
}

Result<void> Projects::remove(std::int64_t id, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<void> {
        auto project = load_project(session, id);
        if (!project) return fail(std::move(project.error()));
        auto items = session.integer("SELECT COUNT(*) FROM work_item WHERE project_id=$1", {id});
        if (!items) return fail(std::move(items.error()));
        if (items->value_or(0) > 0)
            return fail(ErrorKind::denied,
                        "project " + project->name + " has " + std::to_string(**items) + " items; archive it instead");
        for (const char* sql : {"DELETE FROM work_member WHERE project_id=$1", "DELETE FROM work_project WHERE id=$1"})
            if (auto done = session.execute(sql, {id}); !done) return fail(std::move(done.error()));
        return write_audit(session, context_, by, "project.delete", project->name);
    });
}

Result<Project> Projects::find(std::int64_t id) {
    return context_.database.read([&](db::Session& session) { return load_project(session, id); });
}

Result<Project> Projects::find_by_name(const std::string& name) {
    return context_.database.read([&](db::Session& session) -> Result<Project> {
        auto id = session.integer("SELECT id FROM work_project WHERE name=$1", {name});
        if (!id) return fail(std::move(id.error()));
        if (!*id) return fail(ErrorKind::not_found, "no project named " + name);
        return load_project(session, **id);
    });
}

Result<std::vector<Project>> Projects::list(const Page& page) {
    return context_.database.read([&](db::Session& session) -> Result<std::vector<Project>> {
        std::vector<Project> projects;
        auto done = session.query(
            "SELECT id, name, description, visibility, archived, created_at FROM work_project WHERE id>$1 ORDER BY id "
            "LIMIT $2",
            {page.after, page_limit(context_, page)}, [&](const db::Row& row) { projects.push_back(project_of(row)); });
        if (!done) return fail(std::move(done.error()));
        return projects;
    });
}

Result<void> Projects::add_member(std::int64_t project, std::int64_t person, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<void> {
        auto where = load_project(session, project);
        if (!where) return fail(std::move(where.error()));
        auto who = load_person(session, person);
        if (!who) return fail(std::move(who.error()));
        auto done = session.execute(
            "INSERT INTO work_member(project_id, person_id) VALUES($1,$2) ON CONFLICT DO NOTHING", {project, person});
        if (!done) return fail(std::move(done.error()));
        if (*done == 0) return {};
        return write_audit(session, context_, by, "member.add", where->name, who->email);
    });
}

Result<void> Projects::remove_member(std::int64_t project, std::int64_t person, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<void> {
        auto where = load_project(session, project);
        if (!where) return fail(std::move(where.error()));
        auto who = load_person(session, person);
        if (!who) return fail(std::move(who.error()));
        auto done = session.execute("DELETE FROM work_member WHERE project_id=$1 AND person_id=$2", {project, person});
        if (!done) return fail(std::move(done.error()));
        if (*done == 0) return {};
        return write_audit(session, context_, by, "member.remove", where->name, who->email);
    });
}

Result<std::vector<Member>> Projects::members(std::int64_t project, const Page& page) {
    return context_.database.read([&](db::Session& session) -> Result<std::vector<Member>> {
        if (auto found = load_project(session, project); !found) return fail(std::move(found.error()));
        std::vector<Member> members;
        auto done = session.query(
            "SELECT p.id, p.name, p.email FROM work_member m JOIN work_person p ON p.id=m.person_id "
            "WHERE m.project_id=$1 AND p.id>$2 ORDER BY p.id LIMIT $3",
            {project, page.after, page_limit(context_, page)}, [&](const db::Row& row) {
                members.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2))});
            });
        if (!done) return fail(std::move(done.error()));
        return members;
    });
}

}  // namespace restante::work
