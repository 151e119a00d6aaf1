#pragma once
// Accounts that go for good, with their mail.
#include "base/clock.hpp"
#include "base/log.hpp"
#include "directory/directory.hpp"
#include "store/store.hpp"

namespace restante::admin {

struct PurgeParts {
    directory::Directory& directory;
    store::MessageStore& store;
    Log& log;
};

/// Blocking. busy while a POP3 session holds the maildrop; the account is as it was then.
Result<void> purge_account(const PurgeParts& parts, const directory::Account& account, const std::string& actor);

/// Blocking. Those that were deleted so long ago that they are to be restored no more; how many went. What cannot go
/// now is logged and tried again by the next call.
std::size_t purge_due_accounts(const PurgeParts& parts, Timestamp now);

}  // namespace restante::admin
