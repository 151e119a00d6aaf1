#include "directory/pop_uses.hpp"

#include <array>

namespace restante::directory {
namespace {
constexpr std::array kPopUseSteps{db::Migration{"pop_uses", 1, R"(
CREATE TABLE pop_use(
  account TEXT PRIMARY KEY, messages BIGINT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL,
  last_from TEXT NOT NULL))"}};
}  // namespace

std::span<const db::Migration> PopUses::migrations() { return kPopUseSteps; }

Result<> PopUses::note(std::string_view account, std::string_view address) {
    return database_.write([&](db::Session& session) -> Result<> {
        auto done = session.execute(
            "INSERT INTO pop_use(account, messages, first_at, last_at, last_from) VALUES($1,1,$2,$2,$3) "
            "ON CONFLICT(account) DO UPDATE SET messages=pop_use.messages+1, last_at=excluded.last_at, "
            "last_from=excluded.last_from",
            {account, to_micros(clock_.now()), address});
        if (!done) return fail(std::move(done.error()));
        return {};
    });
}

Result<std::vector<PopUse>> PopUses::list() {
    return database_.read([](db::Session& session) -> Result<std::vector<PopUse>> {
        std::vector<PopUse> out;
        auto done = session.query(
            "SELECT account, messages, first_at, last_at, last_from FROM pop_use ORDER BY last_at DESC, account", {},
            [&](const db::Row& row) {
                out.push_back({std::string(row.text(0)), row.integer(1), from_micros(row.integer(2)),
                               from_micros(row.integer(3)), std::string(row.text(4))});
            });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

}  // namespace restante::directory
