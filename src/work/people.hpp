#pragma once
// The people who work: they may comment, be assigned and be notified. A person need not have an account here.
#include "work/types.hpp"

namespace restante::work {

struct Context;

/// Thread-safe. All calls block (SQL); changes are durable, with an audit row, when they return.
class People {
public:
    explicit People(const Context& context) : context_(context) {}

    /// Errors: invalid (name, address), already_exists (address taken).
    Result<Person> create(const std::string& name, const std::string& email, std::int64_t account_id, const By& by);

    struct Change {
        std::optional<std::string> name, email;
        std::optional<std::int64_t> account_id;  // 0 takes the account away
        std::optional<bool> active;
    };
    /// Errors: not_found, invalid, already_exists.
    Result<Person> change(std::int64_t id, const Change& change, const By& by);
    /// Only somebody who left no trace: denied for who has created, commented or is assigned; deactivate those.
    Result<void> remove(std::int64_t id, const By& by);

    Result<Person> find(std::int64_t id);
    /// Compares without regard to ASCII case. Errors: not_found, invalid.
    Result<Person> find_by_email(const std::string& email);
    Result<std::vector<Person>> list(const Page& page);

private:
    const Context& context_;
};

}  // namespace restante::work
