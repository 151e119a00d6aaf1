#pragma once
// Who still sends by POP-before-SMTP and has to be given a login, before it can be switched off. Tables of module
// "pop_uses".
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "db/database.hpp"

namespace restante::directory {

struct PopUse {
    std::string account;  // name
    std::int64_t messages = 0;
    Timestamp first_at{}, last_at{};
    std::string last_from;  // address of the client
};

/// Thread-safe. Blocking. Errors: as db::Session.
class PopUses {
public:
    PopUses(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

    /// Its tables, for db::Database::migrate() at start.
    static std::span<const db::Migration> migrations();

    Result<> note(std::string_view account, std::string_view address);
    /// The latest first.
    Result<std::vector<PopUse>> list();

private:
    db::Database& database_;
    const Clock& clock_;
};

}  // namespace restante::directory
