#include "popd/client_views.hpp"

#include <algorithm>

namespace restante::popd {
namespace {

constexpr db::Migration kMigrations[] = {
    {"popd", 1,
     "CREATE TABLE hidden_from_client(account BIGINT NOT NULL, client TEXT NOT NULL, message BIGINT NOT NULL,"
     " PRIMARY KEY(account, client, message)) WITHOUT ROWID;"},
};

bool is_there(std::span<const store::Entry> messages, store::MessageId id) {
    const auto place =
        std::lower_bound(messages.begin(), messages.end(), id,
                         [](const store::Entry& entry, store::MessageId wanted) { return entry.id < wanted; });
    return place != messages.end() && place->id == id;
}

}  // namespace

std::span<const db::Migration> ClientViews::migrations() { return kMigrations; }

Result<std::vector<store::MessageId>> ClientViews::hidden(std::int64_t account, const std::string& client,
                                                          std::span<const store::Entry> messages) {
    std::vector<store::MessageId> out;
    std::vector<store::MessageId> gone;
    auto read = database_.read([&](db::Session& session) {
        return session.query(
            "SELECT message FROM hidden_from_client WHERE account = $1 AND client = $2 ORDER BY message",
            {account, std::string_view(client)},
            [&](const db::Row& row) { (is_there(messages, row.integer(0)) ? out : gone).push_back(row.integer(0)); });
    });
    if (!read) return fail(std::move(read.error()));
    if (gone.empty()) return out;
    auto forgotten = database_.write([&](db::Session& session) -> Result<void> {
        for (const store::MessageId id : gone) {
            auto done =
                session.execute("DELETE FROM hidden_from_client WHERE account = $1 AND client = $2 AND message = $3",
                                {account, std::string_view(client), id});
            if (!done) return fail(std::move(done.error()));
        }
        return {};
    });
    if (!forgotten) return fail(std::move(forgotten.error()));
    return out;
}

Result<void> ClientViews::hide(std::int64_t account, const std::string& client, std::span<const store::MessageId> ids) {
    return database_.write([&](db::Session& session) -> Result<void> {
        for (const store::MessageId id : ids) {
            auto done = session.execute(
                "INSERT INTO hidden_from_client(account, client, message) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
                {account, std::string_view(client), id});
            if (!done) return fail(std::move(done.error()));
        }
        return {};
    });
}

}  // namespace restante::popd
