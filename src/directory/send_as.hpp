#pragma once
// Who may send as an address that is not its own. Tables of module "send_as".
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/database.hpp"
#include "message/envelope.hpp"

namespace restante::directory {

struct SendAsGrant {
    std::string account;  // login name
    std::string address;  // "sales@example.net", or "@example.net": every address of that domain
    Timestamp granted_at{};
    std::string granted_by;
};

/// Thread-safe. What is granted is held in memory; changes block, are audited, and are in force when the call returns.
class SendAs {
public:
    SendAs(db::Database& database, IdSource& ids, const Clock& clock) : database_(database), ids_(ids), clock_(clock) {}

    /// Its tables, for db::Database::migrate() at start.
    static std::span<const db::Migration> migrations();
    /// Reads what has been granted; once, before anything else.
    Result<> load();

    Result<std::vector<SendAsGrant>> list();
    /// The account must be known to the caller. Errors: invalid (address), already_exists.
    Result<SendAsGrant> grant(const std::string& account, const std::string& address, const std::string& actor);
    /// Errors: not_found.
    Result<> revoke(const std::string& account, const std::string& address, const std::string& actor);

    bool allows(const std::string& account, const message::Address& sender) const;

private:
    db::Database& database_;
    IdSource& ids_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, std::set<std::string>> granted_;  // account -> keys of addresses
};

}  // namespace restante::directory
