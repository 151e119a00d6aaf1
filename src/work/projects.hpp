#pragma once
// Projects and who may see into them.
#include "work/types.hpp"

namespace restante::work {

struct Context;

/// Thread-safe. All calls block (SQL); changes are durable, with an audit row, when they return.
class Projects {
public:
    explicit Projects(const Context& context) : context_(context) {}

    /// Errors: invalid, already_exists (name taken).
    Result<Project> create(const std::string& name, const std::string& description, Visibility visibility,
                           const By& by);

    struct Change {
        std::optional<std::string> name, description;
        std::optional<Visibility> visibility;
        std::optional<bool> archived;
    };
    Result<Project> change(std::int64_t id, const Change& change, const By& by);
    /// denied while the project has items: archive it instead.
    Result<void> remove(std::int64_t id, const By& by);

    Result<Project> find(std::int64_t id);
    Result<Project> find_by_name(const std::string& name);
    Result<std::vector<Project>> list(const Page& page);

    /// Both are harmless when repeated. Who is removed keeps its subscriptions, but is not notified while it may not
    /// view.
    Result<void> add_member(std::int64_t project, std::int64_t person, const By& by);
    Result<void> remove_member(std::int64_t project, std::int64_t person, const By& by);
    Result<std::vector<Member>> members(std::int64_t project, const Page& page);

private:
    const Context& context_;
};

}  // namespace restante::work
