#pragma once
// The directory's tables: their steps, and reading and writing rows. Each call runs inside the caller's transaction.
#include <span>

#include "db/session.hpp"
#include "directory/index.hpp"

namespace restante::directory {

std::span<const db::Migration> migrations();

/// Accounts with all that belongs to them.
Result<void> load_accounts(db::Session& session, Index& index, std::uint64_t& versions);
/// Reads everything. `versions` gives each credential its version.
Result<void> load(db::Session& session, Index& index, std::uint64_t& versions);
/// The highest id in use.
Result<std::int64_t> highest_id(db::Session& session);

Result<void> insert_tenant(db::Session& session, const TenantEntry& entry, Timestamp now);
Result<void> insert_account(db::Session& session, const AccountEntry& entry, Timestamp now);
/// The row and the account's settings, keys and secret; not its app passwords.
Result<void> update_account(db::Session& session, const AccountEntry& entry);
Result<void> insert_app_password(db::Session& session, std::int64_t account, const StoredAppPassword& entry);
Result<void> delete_account_row(db::Session& session, const Account& account);
/// Writes the alias and its destinations, in place of the one with the same address.
Result<void> put_alias(db::Session& session, const Alias& alias);
Result<void> delete_alias_row(db::Session& session, std::int64_t id);

}  // namespace restante::directory
