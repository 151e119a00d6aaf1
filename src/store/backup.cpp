#include <algorithm>

#include "store/copy.hpp"
#include "store/embedded_store.hpp"

namespace restante::store {
namespace {

constexpr std::size_t kCopyBytes = 1U << 20;

/// What a backup consists of, apart from the index.
struct Plan {
    Position reaches;
    std::vector<std::uint64_t> big_files;
};

Result<void> link_or_copy(FileSystem& files, const std::string& from, const std::string& to, BackupReport& report) {
    auto linked = files.link(from, to);
    if (linked) {
        ++report.linked;
        return {};
    }
    if (linked.error().kind != ErrorKind::unsupported) return linked;
    auto copied = copy_file(files, from, to);
    if (!copied) return fail(std::move(copied.error()));
    report.copied_octets += *copied;
    return {};
}

Result<void> copy_log(Engine& engine, const Plan& plan, const std::string& directory, BackupReport& report,
                      const Progress& progress) {
    StoreFiles& files = *engine.files();
    const StoreFiles target(files.system(), directory, 1);
    auto names = files.system().list(files.directory());
    if (!names) return fail(std::move(names.error()));
    const std::uint64_t total = names->size();
    std::uint64_t seen = 0;
    for (const std::string& name : *names) {
        if (progress) progress(seen++, total);
        const auto number = StoreFiles::segment_number(name);
        if (!number || *number > plan.reaches.segment) continue;
        ++report.files;
        if (*number < plan.reaches.segment) {
            auto done = link_or_copy(files.system(), files.segment_path(*number), target.segment_path(*number), report);
            if (!done) return done;
            continue;
        }
        // The current segment grows on: only what the index copy knows goes along.
        auto copied =
            copy_file(files.system(), files.segment_path(*number), target.segment_path(*number), plan.reaches.offset);
        if (!copied) return fail(std::move(copied.error()));
        report.copied_octets += *copied;
    }
    for (const std::uint64_t number : plan.big_files) {
        ++report.files;
        auto done = link_or_copy(files.system(), files.big_path(number), target.big_path(number), report);
        if (!done) return done;
    }
    return {};
}

}  // namespace

Result<std::uint64_t> copy_file(FileSystem& files, const std::string& from, const std::string& to,
                                std::uint64_t limit) {
    auto source = files.open(from, OpenMode::read);
    if (!source) return fail(std::move(source.error()));
    auto target = files.open(to, OpenMode::create);
    if (!target) return fail(std::move(target.error()));
    std::vector<char> room(kCopyBytes);
    std::uint64_t done = 0;
    while (done < limit) {
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), limit - done));
        auto got = (*source)->read(done, std::span(room).first(part));
        if (!got) return fail(std::move(got.error()));
        if (*got == 0) break;
        if (auto written = (*target)->write(done, std::string_view(room.data(), *got)); !written) {
            return fail(std::move(written.error()));
        }
        done += *got;
    }
    if (auto synced = (*target)->sync(); !synced) return fail(std::move(synced.error()));
    return done;
}

Result<void> begin_directory(FileSystem& files, const std::string& directory) {
    if (auto done = files.make_directory(directory); !done) return done;
    auto names = files.list(directory);
    if (!names) return fail(std::move(names.error()));
    if (!names->empty()) return fail(ErrorKind::already_exists, "the directory " + directory + " is not empty");
    auto mark = files.open(directory + kUnfinished, OpenMode::create);
    if (!mark) return fail(std::move(mark.error()));
    return files.sync_directory(directory);
}

Result<void> finish_directory(FileSystem& files, const std::string& directory) {
    if (auto done = files.sync_directory(directory); !done) return done;
    if (auto done = files.remove(directory + kUnfinished); !done) return done;
    return files.sync_directory(directory);
}

Result<BackupReport> backup(MessageStore& store, const Clock& clock, const std::string& directory,
                            const Progress& progress) {
    auto* embedded = dynamic_cast<EmbeddedStore*>(&store);
    if (embedded == nullptr) return fail(ErrorKind::unsupported, "this store has no backup");
    Engine& engine = embedded->engine();
    FileSystem& system = engine.files()->system();
    if (auto done = begin_directory(system, directory); !done) return fail(std::move(done.error()));
    const auto pinned = engine.pin_files();
    BackupReport report;
    const std::string index_path = StoreFiles(system, directory, 1).index_path();
    auto plan = engine.indexer().call_settled([&](Index& index) -> Result<Plan> {
        report.reaches = clock.now();
        if (auto done = index.snapshot_to(index_path); !done) return fail(std::move(done.error()));
        auto big = index.big_files();
        if (!big) return fail(std::move(big.error()));
        return Plan{index.position(), std::move(*big)};
    });
    if (!plan) return fail(std::move(plan.error()));
    ++report.files;
    // Not every version of SQLite syncs what VACUUM INTO wrote.
    auto copy = system.open(index_path, OpenMode::write);
    if (!copy) return fail(std::move(copy.error()));
    if (auto done = (*copy)->sync(); !done) return fail(std::move(done.error()));
    if (auto done = copy_log(engine, *plan, directory, report, progress); !done) return fail(std::move(done.error()));
    if (auto done = finish_directory(system, directory); !done) return fail(std::move(done.error()));
    return report;
}

Result<void> restore(FileSystem& files, const std::string& backup, const std::string& directory,
                     const Progress& progress) {
    auto names = files.list(backup);
    if (!names) return fail(std::move(names.error()));
    const auto has = [&names](const std::string& name) {
        return std::find(names->begin(), names->end(), name) != names->end();
    };
    if (has(kUnfinished + 1)) return fail(ErrorKind::corrupt, "the backup in " + backup + " was not finished");
    if (!has("index.db")) return fail(ErrorKind::not_found, "there is no backup in " + backup);
    if (auto done = begin_directory(files, directory); !done) return done;
    std::uint64_t seen = 0;
    for (const std::string& name : *names) {
        if (progress) progress(seen++, names->size());
        const bool wanted = name == "index.db" || StoreFiles::segment_number(name) || StoreFiles::big_number(name);
        if (!wanted) continue;
        auto copied = copy_file(files, backup + "/" + name, directory + "/" + name);
        if (!copied) return fail(std::move(copied.error()));
    }
    return finish_directory(files, directory);
}

Result<void> remove_index(FileSystem& files, const std::string& directory) {
    for (const char* name : {"/index.db-wal", "/index.db-shm", "/index.db"}) {
        auto done = files.remove(directory + name);
        if (!done && done.error().kind != ErrorKind::not_found) return done;
    }
    return files.sync_directory(directory);
}

}  // namespace restante::store
