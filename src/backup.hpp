#pragma once
// A backup of everything a data directory holds: mail, database, keys, certificate.
#include <string>

#include "base/clock.hpp"
#include "data_directory.hpp"
#include "db/database.hpp"
#include "store/maintenance.hpp"

namespace restante {

/// Into the folder `target`, which is made and must be empty, while everything goes on. The database is copied before the
/// mail: what it refers to is then in the backup, and what it repeats after a restore is recognised by its delivery id.
Result<store::BackupReport> back_up(store::MessageStore& store, db::Database& database, const std::string& data_directory,
                                    const Clock& clock, const std::string& target, const store::Progress& progress);

/// Into a data directory that holds neither mail nor database (already_exists).
Result<void> restore_backup(store::FileSystem& files, const DataDirectory& data, const std::string& backup,
                            const store::Progress& progress);

}  // namespace restante
