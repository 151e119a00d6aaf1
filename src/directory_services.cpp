#include "directory_services.hpp"

#include "base/secret_box.hpp"
#include "paths.hpp"

namespace restante {

directory::Options directory_options(const Config& config, const std::string& hostname) {
    directory::Options out = config.directory;
    out.host_name = hostname;
    return out;
}

Result<std::unique_ptr<DirectoryServices>> DirectoryServices::open(db::Database& database, DataDirectory& data, const Clock& clock,
                                                                   IdSource& ids, Log& log, const Config& config) {
    auto key = data.secret("directory.key", SecretBox::kKeyOctets);
    if (!key) return fail(std::move(key.error()));
    directory::Options options = directory_options(config, effective_hostname(config));
    options.secret_key = std::move(*key);
    auto directory = directory::Directory::open(database, ids, clock, log, std::move(options));
    if (!directory) return fail(std::move(directory.error()));
    std::unique_ptr<DirectoryServices> services(new DirectoryServices(database, clock, ids));
    services->directory_ = std::move(*directory);
    for (const auto steps : {directory::SendAs::migrations(), directory::PopUses::migrations(), directory::Alerts::migrations(),
                             popd::ClientViews::migrations()})
        if (auto migrated = database.migrate(steps); !migrated) return fail(std::move(migrated.error()));
    if (auto loaded = services->send_as_.load(); !loaded) return fail(std::move(loaded.error()));
    return services;
}

}  // namespace restante
