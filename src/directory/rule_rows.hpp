#pragma once
// Forwards, automatic replies, quotas and mailing lists in the database: tables of module "mail_rules". Each call runs
// inside the caller's transaction.
#include <span>
#include <unordered_map>

#include "db/session.hpp"
#include "directory/index.hpp"

namespace restante::directory {

std::span<const db::Migration> rule_migrations();

using AccountsById = std::unordered_map<std::int64_t, AccountEntry>;
Result<void> load_account_rules(db::Session& session, AccountsById& entries);
/// Defaults of domains and tenants, and lists. Domains must have been loaded.
Result<void> load_rules(db::Session& session, Index& index);

/// What the account has now, in place of what it had.
Result<void> put_account_rules(db::Session& session, const Account& account);

Result<void> insert_list(db::Session& session, const MailingList& list, Timestamp now);
Result<void> update_list(db::Session& session, const MailingList& list);
Result<void> delete_list_row(db::Session& session, const MailingList& list);
Result<void> insert_member(db::Session& session, std::int64_t list, const ListMember& member);
Result<void> update_member(db::Session& session, const ListMember& member);
Result<void> delete_member(db::Session& session, std::int64_t id);

}  // namespace restante::directory
