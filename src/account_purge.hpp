#pragma once
// Deletes accounts for good whose time to be restored is over.
#include "admin/account_purge.hpp"
#include "net/task.hpp"
#include "net/work_pool.hpp"

namespace restante {

/// Looks at the start and every hour, until it is cancelled. What the parts refer to outlives it.
net::Task<> purge_accounts(admin::PurgeParts parts, net::WorkPool& work, const Clock& clock);

}  // namespace restante
