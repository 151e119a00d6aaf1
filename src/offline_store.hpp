#pragma once
// A data directory's store opened by a command instead of a server.
#include <memory>
#include <optional>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "config.hpp"
#include "data_directory.hpp"
#include "db/database.hpp"
#include "store/maintenance.hpp"

namespace restante {

/// Members close in the right order.
class OfflineStore {
public:
    /// Errors: busy (a server uses the directory), not_found, and those of the store.
    static Result<std::unique_ptr<OfflineStore>> open(const Config& config, Log& log);

    store::MessageStore& store() { return *store_; }
    db::Database& database() { return *database_; }
    const DataDirectory& data() const { return *data_; }
    const Clock& clock() const { return clock_; }

private:
    OfflineStore() = default;
    SystemClock clock_;
    IdSource ids_{clock_};
    std::optional<DataDirectory> data_;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<store::FileSystem> files_;
    std::unique_ptr<store::MessageStore> store_;
};

/// One sentence about a verified store; corrupt with the first fault.
Result<std::string> describe(const store::VerifyReport& report);

}  // namespace restante
