#pragma once
// The audit trail: one row a change, written in the change's own transaction. Other modules use it for their tables.
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/session.hpp"

namespace restante::directory {

struct AuditEvent {
    std::string_view actor;   // who: a login name, "system"
    std::string_view action;  // what: "account.create"
    std::string_view object;  // to what: "bob"
    std::string_view detail;  // how, for a person; never a secret
};

/// The directory's migrations must have been applied (Directory::open).
Result<void> write_audit(db::Session& session, IdSource& ids, Timestamp at, const AuditEvent& event);

/// For modules that do not know this one.
using Auditor = std::function<Result<void>(db::Session&, const std::string& actor, const std::string& action,
                                           const std::string& object, const std::string& detail)>;
/// Both arguments outlive it.
Auditor auditor(IdSource& ids, const Clock& clock);

}  // namespace restante::directory
