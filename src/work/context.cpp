#include "work/context.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "directory/audit.hpp"

namespace restante::work {
namespace {

Result<void> check_length(std::string_view text, std::size_t max_bytes, const char* what) {
    if (text.size() > max_bytes)
        return fail(ErrorKind::too_large, std::string(what) + " is " + std::to_string(text.size()) +
                                              " bytes long, at most " + std::to_string(max_bytes) + " are allowed");
    if (!is_valid_utf8(text)) return fail(ErrorKind::invalid, std::string(what) + " is not valid UTF-8");
    return {};
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

template <class T, class Read>
Result<T> load(db::Session& session, std::string_view sql, std::int64_t id, const char* what, Read read) {
    std::optional<T> found;
    auto done = session.query(sql, {id}, [&](const db::Row& row) { found = read(row); });
    if (!done) return fail(std::move(done.error()));
    if (!found) return fail(ErrorKind::not_found, std::string("no ") + what + " with id " + std::to_string(id));
    return std::move(*found);
}

}  // namespace

Result<std::string> one_line(std::string_view text, std::size_t max_bytes, const char* what) {
    text = trim(text);
    if (text.empty()) return fail(ErrorKind::invalid, std::string(what) + " must not be empty");
    if (auto ok = check_length(text, max_bytes, what); !ok) return fail(std::move(ok.error()));
    if (std::any_of(text.begin(), text.end(), is_control))
        return fail(ErrorKind::invalid, std::string(what) + " must be one line without control characters");
    return std::string(text);
}

Result<std::string> many_lines(std::string_view text, std::size_t max_bytes, const char* what) {
    if (auto ok = check_length(text, max_bytes, what); !ok) return fail(std::move(ok.error()));
    std::string out;
    out.reserve(text.size());
    for (const char c : text)
        if (c == '\n' || c == '\t' || !is_control(c)) out += c;
    const auto first = out.find_first_not_of("\n");
    if (first == std::string::npos) return std::string();
    const auto last = out.find_last_not_of(" \t\n");
    return last == std::string::npos ? std::string() : out.substr(first, last - first + 1);
}

std::string cut_utf8(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return std::string(text);
    std::size_t end = max_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end));
}

Person person_of(const db::Row& row, int first) {
    return {row.integer(first),     std::string(row.text(first + 1)), std::string(row.text(first + 2)),
            row.integer(first + 3), row.integer(first + 4) != 0,      from_micros(row.integer(first + 5))};
}

Project project_of(const db::Row& row) {
    return {row.integer(0),           std::string(row.text(1)),
            std::string(row.text(2)), static_cast<Visibility>(row.integer(3)),
            row.integer(4) != 0,      from_micros(row.integer(5))};
}

Result<Person> load_person(db::Session& session, std::int64_t id) {
    return load<Person>(session, "SELECT id, name, email, account_id, active, created_at FROM work_person WHERE id=$1",
                        id, "person", [](const db::Row& row) { return person_of(row); });
}

Result<Project> load_project(db::Session& session, std::int64_t id) {
    return load<Project>(session,
                         "SELECT id, name, description, visibility, archived, created_at FROM work_project WHERE id=$1",
                         id, "project", project_of);
}

Result<void> require_view(db::Session& session, const Person& person, std::int64_t project_id) {
    if (!person.active) return fail(ErrorKind::denied, person.name + " is not active");
    auto seen = session.integer(
        "SELECT 1 FROM work_project j WHERE j.id=$1 AND (j.visibility=$2 OR EXISTS("
        "SELECT 1 FROM work_member m WHERE m.project_id=j.id AND m.person_id=$3))",
        {project_id, static_cast<std::int64_t>(Visibility::everyone), person.id});
    if (!seen) return fail(std::move(seen.error()));
    if (!*seen) return fail(ErrorKind::denied, person.name + " is not a member of this project");
    return {};
}

Result<void> require_open(db::Session& session, std::int64_t project_id) {
    auto project = load_project(session, project_id);
    if (!project) return fail(std::move(project.error()));
    if (project->archived) return fail(ErrorKind::denied, "project " + project->name + " is archived");
    return {};
}

Result<void> subscribe(db::Session& session, const Context& context, std::int64_t item, std::int64_t person,
                       SubscriptionReason reason) {
    auto known = session.integer("SELECT 1 FROM work_subscription WHERE item_id=$1 AND person_id=$2", {item, person});
    if (!known) return fail(std::move(known.error()));
    if (*known) return {};
    auto count = session.integer("SELECT COUNT(*) FROM work_subscription WHERE item_id=$1", {item});
    if (!count) return fail(std::move(count.error()));
    if (count->value_or(0) >= static_cast<std::int64_t>(context.options.max_subscribers))
        return fail(ErrorKind::over_quota, "item " + std::to_string(item) + " has the allowed maximum of " +
                                               std::to_string(context.options.max_subscribers) + " subscribers");
    auto done =
        session.execute("INSERT INTO work_subscription(item_id, person_id, reason, created_at) VALUES($1,$2,$3,$4)",
                        {item, person, static_cast<std::int64_t>(reason), to_micros(context.clock.now())});
    if (!done) return fail(std::move(done.error()));
    return {};
}

Result<void> write_audit(db::Session& session, const Context& context, const By& by, std::string_view action,
                         std::string_view object, std::string_view detail) {
    return directory::write_audit(session, context.ids, context.clock.now(), {by.actor, action, object, detail});
}

std::int64_t page_limit(const Context& context, const Page& page) {
    return static_cast<std::int64_t>(std::clamp<std::size_t>(page.limit, 1, context.options.max_page));
}

}  // namespace restante::work
