#include "work/items.hpp"

#include "work/context.hpp"

namespace restante::work {
namespace {

constexpr std::string_view kSelectItem =
    "SELECT i.id, i.project_id, j.name, i.kind, i.title, i.description, i.state, i.assignee_id, i.creator_id, "
    "i.created_at, i.updated_at FROM work_item i JOIN work_project j ON j.id=i.project_id ";

Item item_of(const db::Row& row) {
    return {.id = row.integer(0),
            .project_id = row.integer(1),
            .project_name = std::string(row.text(2)),
            .kind = static_cast<ItemKind>(row.integer(3)),
            .title = std::string(row.text(4)),
            .description = std::string(row.text(5)),
            .state = static_cast<ItemState>(row.integer(6)),
            .assignee_id = row.integer(7),  // NULL reads as 0
            .creator_id = row.integer(8),
            .created_at = from_micros(row.integer(9)),
            .updated_at = from_micros(row.integer(10))};
}

db::Value id_or_null(std::int64_t id) { return id == 0 ? db::Value(nullptr) : db::Value(id); }

Result<void> set_texts(Item& item, const std::optional<std::string>& title,
                       const std::optional<std::string>& description, const Options& options) {
    if (title) {
        auto text = one_line(*title, options.max_title_bytes, "title");
        if (!text) return fail(std::move(text.error()));
        item.title = std::move(*text);
    }
    if (description) {
        auto text = many_lines(*description, options.max_description_bytes, "description");
        if (!text) return fail(std::move(text.error()));
        item.description = std::move(*text);
    }
    return {};
}

Result<void> person_may_view(db::Session& session, std::int64_t person_id, std::int64_t project_id) {
    auto person = load_person(session, person_id);
    if (!person) return fail(std::move(person.error()));
    return require_view(session, *person, project_id);
}

Result<std::int64_t> insert(db::Session& session, const Item& item) {
    auto id = session.integer(
        "INSERT INTO work_item(id, project_id, kind, title, description, state, assignee_id, creator_id, created_at, "
        "updated_at) "
        "SELECT COALESCE(MAX(id),0)+1, $1, $2, $3, $4, $5, $6, $7, $8, $8 FROM work_item RETURNING id",
        {item.project_id, static_cast<std::int64_t>(item.kind), item.title, item.description,
         static_cast<std::int64_t>(item.state), id_or_null(item.assignee_id), item.creator_id,
         to_micros(item.created_at)});
    if (!id) return fail(std::move(id.error()));
    return id->value_or(0);
}

Result<void> update(db::Session& session, const Item& item) {
    auto done = session.execute(
        "UPDATE work_item SET title=$2, description=$3, state=$4, assignee_id=$5, updated_at=$6 WHERE id=$1",
        {item.id, item.title, item.description, static_cast<std::int64_t>(item.state), id_or_null(item.assignee_id),
         to_micros(item.updated_at)});
    if (!done) return fail(std::move(done.error()));
    return {};
}

}  // namespace

Result<Item> load_item(db::Session& session, std::int64_t id) {
    std::optional<Item> found;
    auto done =
        session.query(std::string(kSelectItem) + "WHERE i.id=$1", {id}, [&](const db::Row& row) { found = item_of(row); });
    if (!done) return fail(std::move(done.error()));
    if (!found) return fail(ErrorKind::not_found, "no item with id " + std::to_string(id));
    return std::move(*found);
}

Result<Item> Items::create(const New& wanted, const By& by) {
    Item item{.project_id = wanted.project_id,
              .kind = wanted.kind,
              .assignee_id = wanted.assignee_id,
              .creator_id = wanted.creator_id,
              .created_at = context_.clock.now()};
    if (auto ok = set_texts(item, wanted.title, wanted.description, context_.options); !ok)
        return fail(std::move(ok.error()));
    return context_.database.write([&](db::Session& session) -> Result<Item> {
        if (auto ok = require_open(session, item.project_id); !ok) return fail(std::move(ok.error()));
        if (auto ok = person_may_view(session, item.creator_id, item.project_id); !ok)
            return fail(std::move(ok.error()));
        if (item.assignee_id != 0)
            if (auto ok = person_may_view(session, item.assignee_id, item.project_id); !ok)
                return fail(std::move(ok.error()));
        auto id = insert(session, item);
        if (!id) return fail(std::move(id.error()));
        if (auto ok = work::subscribe(session, context_, *id, item.creator_id, SubscriptionReason::creator); !ok)
            return fail(std::move(ok.error()));
        if (item.assignee_id != 0)
            if (auto ok = work::subscribe(session, context_, *id, item.assignee_id, SubscriptionReason::assignee); !ok)
                return fail(std::move(ok.error()));
        if (auto noted = write_audit(session, context_, by, "item.create", std::to_string(*id), item.title); !noted)
            return fail(std::move(noted.error()));
        return load_item(session, *id);
    });
}

Result<Item> Items::change(std::int64_t id, const Change& change, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<Item> {
        auto item = load_item(session, id);
        if (!item) return item;
        if (auto ok = require_open(session, item->project_id); !ok) return fail(std::move(ok.error()));
        if (auto ok = set_texts(*item, change.title, change.description, context_.options); !ok)
            return fail(std::move(ok.error()));
        item->state = change.state.value_or(item->state);
        const std::int64_t assignee = change.assignee_id.value_or(item->assignee_id);
        if (assignee != 0 && assignee != item->assignee_id) {
            if (auto ok = person_may_view(session, assignee, item->project_id); !ok) return fail(std::move(ok.error()));
            if (auto ok = work::subscribe(session, context_, id, assignee, SubscriptionReason::assignee); !ok)
                return fail(std::move(ok.error()));
        }
        item->assignee_id = assignee;
        item->updated_at = context_.clock.now();
        if (auto ok = update(session, *item); !ok) return fail(std::move(ok.error()));
        if (auto noted = write_audit(session, context_, by, "item.change", std::to_string(id), to_string(item->state));
            !noted)
            return fail(std::move(noted.error()));
        return item;
    });
}

Result<Item> Items::find(std::int64_t id) {
    return context_.database.read([&](db::Session& session) { return load_item(session, id); });
}

Result<std::vector<Item>> Items::list(const Filter& filter, const Page& page) {
    std::string sql = std::string(kSelectItem) + "WHERE i.id>$1";
    std::vector<db::Value> values{page.after};
    const auto also = [&](const char* column, std::optional<std::int64_t> value) {
        if (!value) return;
        values.emplace_back(*value);
        sql += std::string(" AND i.") + column + "=$" + std::to_string(values.size());
    };
    const auto number = [](auto value) {
        return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
    };
    also("project_id", filter.project_id);
    also("assignee_id", filter.assignee_id);
    also("kind", number(filter.kind));
    also("state", number(filter.state));
    values.emplace_back(page_limit(context_, page));
    sql += " ORDER BY i.id LIMIT $" + std::to_string(values.size());
    return context_.database.read([&](db::Session& session) -> Result<std::vector<Item>> {
        std::vector<Item> items;
        auto done = session.query(sql, values, [&](const db::Row& row) { items.push_back(item_of(row)); });
        if (!done) return fail(std::move(done.error()));
        return items;
    });
}

Result<void> Items::subscribe(std::int64_t item_id, std::int64_t person_id, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<void> {
        auto item = load_item(session, item_id);
        if (!item) return fail(std::move(item.error()));
        if (auto ok = person_may_view(session, person_id, item->project_id); !ok) return ok;
        if (auto ok = work::subscribe(session, context_, item_id, person_id, SubscriptionReason::watcher); !ok)
            return ok;
        return write_audit(session, context_, by, "subscriber.add", std::to_string(item_id), std::to_string(person_id));
    });
}

Result<void> Items::unsubscribe(std::int64_t item_id, std::int64_t person_id, const By& by) {
    return context_.database.write([&](db::Session& session) -> Result<void> {
        if (auto item = load_item(session, item_id); !item) return fail(std::move(item.error()));
        auto done =
            session.execute("DELETE FROM work_subscription WHERE item_id=$1 AND person_id=$2", {item_id, person_id});
        if (!done) return fail(std::move(done.error()));
        if (*done == 0) return {};
        return write_audit(session, context_, by, "subscriber.remove", std::to_string(item_id),
                           std::to_string(person_id));
    });
}

Result<std::vector<Subscriber>> Items::subscribers(std::int64_t item_id, const Page& page) {
    return context_.database.read([&](db::Session& session) -> Result<std::vector<Subscriber>> {
        if (auto item = load_item(session, item_id); !item) return fail(std::move(item.error()));
        std::vector<Subscriber> out;
        auto done = session.query(
            "SELECT p.id, p.name, p.email, s.reason FROM work_subscription s JOIN work_person p ON p.id=s.person_id "
            "WHERE s.item_id=$1 AND p.id>$2 ORDER BY p.id LIMIT $3",
            {item_id, page.after, page_limit(context_, page)}, [&](const db::Row& row) {
                out.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)),
                               static_cast<SubscriptionReason>(row.integer(3))});
            });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<void> Items::may_view(std::int64_t person_id, std::int64_t item_id) {
    return context_.database.read([&](db::Session& session) -> Result<void> {
        auto item = load_item(session, item_id);
        if (!item) return fail(std::move(item.error()));
        return person_may_view(session, person_id, item->project_id);
    });
}

}  // namespace restante::work
