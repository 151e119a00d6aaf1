#pragma once
// The stored POP3 connections, their health, and what was collected through each.
//
// Thread-safe. All calls block (SQL): run them on a work pool. Changes are durable, with an audit row where a person
// made them, when they return.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/secret_box.hpp"
#include "db/database.hpp"
#include "directory/directory.hpp"
#include "fetch/types.hpp"

namespace restante::fetch {

class Connections {
public:
    using Change = directory::Directory::Change;

    /// Applies the module's migrations; the directory must be open already. key: 32 octets that encrypt the stored
    /// passwords. Everything referred to must outlive the object.
    static Result<std::unique_ptr<Connections>> open(db::Database& database, directory::Directory& directory,
                                                     IdSource& ids, const Clock& clock, std::string key,
                                                     Options options);

    /// Errors: invalid, already_exists (name), not_found (account).
    Result<Connection> create(const Settings& settings, const Change& by);
    /// Replaces the settings; an empty password and port 0 leave the old ones. Switching on or changing anything that
    /// concerns the session makes it due at once and forgets its failures.
    Result<Connection> update(std::int64_t id, const Settings& settings, const Change& by);
    Result<void> set_enabled(std::int64_t id, bool enabled, const Change& by);
    /// Also forgets what was collected through it.
    Result<void> remove(std::int64_t id, const Change& by);

    Result<std::vector<Connection>> list();
    Result<Connection> find(std::int64_t id);                  // not_found
    Result<Connection> find_by_name(const std::string& name);  // not_found
    Result<std::string> password(std::int64_t id);             // not_found, corrupt

    /// Enabled ones whose next try is due.
    Result<std::vector<std::int64_t>> due(Timestamp now);
    /// Writes what a poll found out; state disabled also switches the connection off, with an audit row. Cancelled as
    /// remember().
    Result<void> set_health(const Connection& connection, const Health& health);

    Result<std::vector<SeenMail>> seen(std::int64_t id);
    // For a poll; cancelled when the connection was removed or given another mailbox since it was read.
    /// All in one transaction, each new or in place of the old one.
    Result<void> remember(const Connection& connection, std::span<const SeenMail> mails);
    Result<void> confirm_deleted(const Connection& connection, std::span<const std::string> uidls);
    /// Drops what was seen before `before` except what is in `still_there`.
    Result<void> forget(const Connection& connection, Timestamp before, std::span<const std::string> still_there);

    const Options& options() const { return options_; }

private:
    Connections(db::Database& database, directory::Directory& directory, IdSource& ids, const Clock& clock,
                std::string key, Options options);
    Result<void> check_account(const Settings& settings);
    Result<Connection> store_change(const Connection& before, Settings after, const Change& by);

    db::Database& database_;
    directory::Directory& directory_;
    IdSource& ids_;
    const Clock& clock_;
    const SecretBox box_;
    const Options options_;
};

}  // namespace restante::fetch
