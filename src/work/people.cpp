#include "work/people.hpp"

#include "base/text.hpp"
#include "message/envelope.hpp"
#include "work/context.hpp"

namespace restante::work {
namespace {

Result<std::string> checked_email(const std::string& text) {
    auto address = message::Address::parse(trim(text));
    if (!address) return fail(ErrorKind::invalid, "email: " + address.error().detail);
    if (address->domain.empty()) return fail(ErrorKind::invalid, "email: " + text + " has no domain");
    return address->to_string();
}

Result<void> email_is_free(db::Session& session, const std::string& email, std::int64_t but_for) {
    auto taken = session.text("SELECT name FROM work_person WHERE email_key=$1 AND id<>$2", {to_lower(email), but_for});
    if (!taken) return fail(std::move(taken.error()));
    if (*taken) return fail(ErrorKind::already_exists, "email " + email + " belongs to " + **taken);
    return {};
}

Result<Person> merged_person(Person person, const People::Change& change, const Options& options) {
    if (change.name) {
        auto name = one_line(*change.name, options.max_name_bytes, "name");
        if (!name) return fail(std::move(name.error()));
        person.name = std::move(*name);
    }
    if (change.email) {
        auto email = checked_email(*change.email);
        if (!email) return fail(std::move(email.error()));
        person.email = std::move(*email);
    }
    person.account_id = change.account_id.value_or(person.account_id);
    person.active = change.active.value_or(person.active);
    return person;
}

}  // namespace

Result<Person> People::create(const std::string& name, const std::string& email, std::int64_t account_id,
                              const By& by) {
    Person fresh;
    fresh.created_at = context_.clock.now();
    auto person = merged_person(fresh, {name, email, account_id, {}}, context_.options);
    if (!person) return person;
    person->id = context_.ids.next();
    return context_.database.write([&](db::Session& session) -> Result<Person> {
        if (auto ok = email_is_free(session, person->email, 0); !ok) return fail(std::move(ok.error()));
        const std::string key = to_lower(person->email);
        auto done = session.execute(
            "INSERT INTO work_person(id, name, email, email_key, account_id, active, created_at) "
            "VALUES($1,$2,$3,$4,$5,1,$6)",
            {person->id, person->name, person->email, key, person->account_id, to_micros(person->created_at)});
        if (!done) return fail(std::move(done.error()));
        if (auto noted = write_audit(session, context_, by, "person.create", person->email, person->name); !noted)
            return fail(std::move(noted.error()));
        return *person;
    });
}

Result<Person> People::change(std::int64_t id, const Change& change, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<Person> {
        auto old = load_person(session, id);
        if (!old) return old;
        auto person = merged_person(std::move(*old), change, context_.options);
        if (!person) return person;
        if (auto ok = email_is_free(session, person->email, id); !ok) return fail(std::move(ok.error()));
        const std::string key = to_lower(person->email);
        auto done = session.execute(
            "UPDATE work_person SET name=$2, email=$3, email_key=$4, account_id=$5, active=$6 WHERE id=$1",
            {id, person->name, person->email, key, person->account_id, std::int64_t{person->active}});
        if (!done) return fail(std::move(done.error()));
        if (auto noted = write_audit(session, context_, by, "person.change", person->email,
                                     person->active ? person->name : person->name + ", not active");
            !noted)
            return fail(std::move(noted.error()));
        return person;
    });
}

Result<void> People::remove(std::int64_t id, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<void> {
        auto person = load_person(session, id);
        if (!person) return fail(std::move(person.error()));
        auto traces = session.integer(
            "SELECT (SELECT COUNT(*) FROM work_comment WHERE author_id=$1)+"
            "(SELECT COUNT(*) FROM work_item WHERE creator_id=$1 OR assignee_id=$1)",
            {id});
        if (!traces) return fail(std::move(traces.error()));
        if (traces->value_or(0) > 0)
            return fail(ErrorKind::denied, person->name + " has items or comments; set active to false instead");
        for (const char* sql :
             {"DELETE FROM work_token WHERE person_id=$1", "DELETE FROM work_subscription WHERE person_id=$1",
              "DELETE FROM work_member WHERE person_id=$1", "DELETE FROM work_person WHERE id=$1"})
            if (auto done = session.execute(sql, {id}); !done) return fail(std::move(done.error()));
        return write_audit(session, context_, by, "person.delete", person->email, person->name);
    });
}

Result<Person> People::find(std::int64_t id) {
    return context_.database.read([&](db::Session& session) { return load_person(session, id); });
}

Result<Person> People::find_by_email(const std::string& email) {
    auto address = checked_email(email);
    if (!address) return fail(std::move(address.error()));
    return context_.database.read([&](db::Session& session) -> Result<Person> {
        const std::string key = to_lower(*address);
        auto id = session.integer("SELECT id FROM work_person WHERE email_key=$1", {key});
        if (!id) return fail(std::move(id.error()));
        if (!*id) return fail(ErrorKind::not_found, "no person has the address " + *address);
        return load_person(session, **id);
    });
}

Result<std::vector<Person>> People::list(const Page& page) {
    return context_.database.read([&](db::Session& session) -> Result<std::vector<Person>> {
        std::vector<Person> people;
        auto done = session.query(
            "SELECT id, name, email, account_id, active, created_at FROM work_person WHERE id>$1 ORDER BY id LIMIT $2",
            {page.after, page_limit(context_, page)}, [&](const db::Row& row) { people.push_back(person_of(row)); });
        if (!done) return fail(std::move(done.error()));
        return people;
    });
}

}  // namespace restante::work
