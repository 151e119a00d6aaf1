#pragma once
// Tasks and requests, and who follows them.
#include "work/types.hpp"

namespace restante::work {

struct Context;

/// Thread-safe. All calls block (SQL); changes are durable, with an audit row, when they return.
/// Items are never deleted, only closed: their numbers stand in old mails.
class Items {
public:
    explicit Items(const Context& context) : context_(context) {}

    struct New {
        std::int64_t project_id = 0;
        ItemKind kind = ItemKind::task;
        std::string title, description;
        std::int64_t assignee_id = 0;  // 0: nobody
        std::int64_t creator_id = 0;
    };
    /// Creator and assignee become subscribers. Errors: not_found (project, person), invalid, too_large,
    /// denied (creator or assignee may not view the project; project archived).
    Result<Item> create(const New& item, const By& by);

    struct Change {
        std::optional<std::string> title, description;
        std::optional<ItemState> state;
        std::optional<std::int64_t> assignee_id;  // 0: nobody; a new assignee becomes a subscriber
    };
    Result<Item> change(std::int64_t id, const Change& change, const By& by);

    Result<Item> find(std::int64_t id);
    struct Filter {
        std::optional<std::int64_t> project_id, assignee_id;
        std::optional<ItemKind> kind;
        std::optional<ItemState> state;
    };
    Result<std::vector<Item>> list(const Filter& filter, const Page& page);

    /// denied unless the person may view the item. Harmless when repeated.
    Result<void> subscribe(std::int64_t item, std::int64_t person, const By& by);
    Result<void> unsubscribe(std::int64_t item, std::int64_t person, const By& by);
    Result<std::vector<Subscriber>> subscribers(std::int64_t item, const Page& page);

    /// denied unless the person is active and may view the item.
    Result<void> may_view(std::int64_t person, std::int64_t item);

private:
    const Context& context_;
};

}  // namespace restante::work
