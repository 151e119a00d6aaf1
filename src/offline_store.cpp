#include "offline_store.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "paths.hpp"

namespace restante {

Result<std::unique_ptr<OfflineStore>> OfflineStore::open(const Config& config, Log& log) {
    std::unique_ptr<OfflineStore> offline(new OfflineStore());
    const Paths paths(config);
    auto data = DataDirectory::open_existing(config.server.data_directory);
    if (!data) return fail(data.error());
    offline->data_.emplace(std::move(*data));
    db::Database::Options options;
    options.sqlite.path = paths.database;
    auto database = db::Database::open(options);
    if (!database) return fail(database.error());
    offline->database_ = std::move(*database);
    offline->files_ = store::posix_file_system();
    store::Options store_options = config.store;
    store_options.directory = paths.mail;
    auto store = store::open_store(store_options, *offline->files_, offline->clock_, offline->ids_, log);
    if (!store) return fail(store.error());
    offline->store_ = std::move(*store);
    return offline;
}

Result<std::string> describe(const store::VerifyReport& report) {
    if (report.fault_count > 0)
        return fail(ErrorKind::corrupt, fmt::format("{} faults, the first: {}", report.fault_count, report.faults.front()));
    return fmt::format("{} messages, {} records in {} segments, {}, no fault", report.messages, report.records, report.segments,
                       human_bytes(report.octets));
}

}  // namespace restante
