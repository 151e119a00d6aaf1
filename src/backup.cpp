#include "backup.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>

namespace restante {
namespace {
namespace fs = std::filesystem;

constexpr const char* kDatabase = "restante.db";
constexpr const char* kMailFolder = "mail";
// Without the first two, stored passwords of other servers and old notifications are of no use.
constexpr std::array kSecrets{"connections.key", "reply.key", "tls/certificate.pem", "tls/key.pem"};

Result<void> make_private_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return fail(errno_error(errno, "make the folder " + path));
}

Result<void> copy_secrets(const std::string& from, const std::string& to) {
    for (const char* name : kSecrets) {
        const auto content = read_file(from + "/" + name);
        if (!content && content.error().kind == ErrorKind::not_found) continue;
        if (!content) return fail(content.error());
        if (auto made = make_private_folder(fs::path(to + "/" + name).parent_path().string()); !made) return made;
        if (auto written = write_private_file(to + "/" + name, *content); !written) return written;
    }
    return {};
}
}  // namespace

Result<store::BackupReport> back_up(store::MessageStore& store, db::Database& database, const std::string& data_directory,
                                    const Clock& clock, const std::string& target, const store::Progress& progress) {
    if (auto made = make_private_folder(target); !made) return fail(made.error());
    std::error_code code;
    if (!fs::is_empty(target, code)) return fail(ErrorKind::already_exists, target + " is not an empty folder");
    if (auto copied = database.backup_to(target + "/" + kDatabase); !copied) return fail(copied.error());
    if (auto copied = copy_secrets(data_directory, target); !copied) return fail(copied.error());
    return store::backup(store, clock, target + "/" + kMailFolder, progress);
}

Result<void> restore_backup(store::FileSystem& files, const DataDirectory& data, const std::string& backup,
                            const store::Progress& progress) {
    for (const char* name : {kDatabase, kMailFolder})
        if (fs::exists(data.file(name)))
            return fail(ErrorKind::already_exists, fmt::format("{} is there already: restore into an empty data directory", data.file(name)));
    if (!fs::exists(backup + "/" + kDatabase))
        return fail(ErrorKind::not_found, fmt::format("{} is no backup: it has no {}", backup, kDatabase));
    if (auto restored = store::restore(files, backup + "/" + kMailFolder, data.file(kMailFolder), progress); !restored) return restored;
    if (auto copied = copy_secrets(backup, data.path()); !copied) return copied;
    // Last, under its name only when it is whole: without a database a second try begins anew.
    std::error_code code;
    const std::string temporary = data.file("restante.db.new");
    fs::copy_file(backup + "/" + kDatabase, temporary, fs::copy_options::overwrite_existing, code);
    if (!code) fs::permissions(temporary, fs::perms::owner_read | fs::perms::owner_write, code);
    if (!code) fs::rename(temporary, data.file(kDatabase), code);
    if (code) return fail(ErrorKind::io, fmt::format("copy {}: {}", kDatabase, code.message()));
    return {};
}

}  // namespace restante
