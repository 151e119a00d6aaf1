#pragma once
// The module's tables, row by row. Each call runs inside the caller's transaction.
#include <functional>

#include "db/session.hpp"
#include "fetch/types.hpp"

namespace restante::fetch {

std::span<const db::Migration> migrations();

/// where: a condition on c (the connection) and h (its health), with $1 for the parameter.
Result<void> select_connections(db::Session& session, std::string_view where,
                                std::initializer_list<db::Value> parameters,
                                const std::function<void(Connection)>& take);
Result<void> insert_connection(db::Session& session, const Connection& connection, std::string_view key_name,
                               std::string_view sealed_password, Timestamp now);
/// sealed_password: empty leaves the stored one.
Result<void> update_connection(db::Session& session, const Connection& connection, std::string_view key_name,
                               std::string_view sealed_password);
Result<void> put_health(db::Session& session, std::int64_t id, const Health& health);
Result<void> delete_connection(db::Session& session, std::int64_t id);
Result<void> put_seen(db::Session& session, std::int64_t id, const SeenMail& mail);

}  // namespace restante::fetch
