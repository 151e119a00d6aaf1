#pragma once
// The audit trail: one row a change, written in the change's own transaction. Other modules use it for their tables.
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/auditor.hpp"

namespace restante::directory {

struct AuditEvent {
    std::string_view actor;   // who: a login name, "system"
    std::string_view action;  // what: "account.create"
    std::string_view object;  // to what: "bob"
    std::string_view detail;  // how, for a person; never a secret
};

/// The directory's migrations must have been applied (Directory::open).
Result<void> write_audit(db::Session& session, IdSource& ids, Timestamp at, const AuditEvent& event);

/// Both arguments outlive it.
db::Auditor auditor(IdSource& ids, const Clock& clock);

}  // namespace restante::directory
