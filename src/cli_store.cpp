// store verify, compact, backup, restore: through the running server if there is one, else on the files.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "api_session.hpp"
#include "backup.hpp"
#include "offline_store.hpp"
#include "paths.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;

int exit_code_for_store(const Error& error) {
    return error.kind == ErrorKind::busy || error.kind == ErrorKind::denied ? kUnavailable : kFailed;
}

void report_error(Context& context, const Error& error) {
    context.exit_code = exit_code_for_store(error);
    if (context.json) return fmt::print("{}\n", json::serialize(json::object{{"ok", false}, {"detail", error.detail}}));
    fmt::print(stderr, "restante: {}\n", error.detail);
}

// A line that is written over, for people who watch.
store::Progress store_progress(const Context& context) {
    if (context.json || ::isatty(STDERR_FILENO) == 0) return [](std::uint64_t, std::uint64_t) {};
    return [](std::uint64_t done, std::uint64_t total) {
        fmt::print(stderr, "\r{:3} %{}", total == 0 ? 100 : done * 100 / total, done >= total ? "\n" : "");
    };
}

// The store on the files, unless a server has it: then `through_api` is asked instead.
std::unique_ptr<OfflineStore> open_or_ask(Context& context, Log& log, const std::function<void()>& through_api) {
    const auto config = load_config_or_complain(context);
    if (!config) return nullptr;
    auto offline = OfflineStore::open(*config, log);
    if (offline) return std::move(*offline);
    if (offline.error().kind == ErrorKind::busy && ::access(Paths(*config).unix_socket.c_str(), F_OK) == 0)
        through_api();
    else
        report_error(context, offline.error());
    return nullptr;
}

void ask(Context& context, const std::string& target, const std::string& body, const std::vector<Column>& columns) {
    ApiSession session(context);
    if (const auto answer = session.request("POST", target, body)) {
        session.show(*answer, columns);
        const json::value* ok = answer->is_object() ? answer->as_object().if_contains("ok") : nullptr;
        if (ok != nullptr && ok->is_bool() && !ok->as_bool()) context.exit_code = kFailed;
    }
}

void verify(Context& context) {
    const auto offline = open_or_ask(context, null_log(), [&] {
        ask(context, "/store/verify", "", {{"OK", "ok"}, {"FOUND", "found"}, {"FAULTS", "faults"}});
    });
    if (!offline) return;
    const auto report = store::verify(offline->store(), store_progress(context));
    if (!report) return report_error(context, report.error());
    const auto sentence = describe(*report);
    context.exit_code = sentence ? kOk : kFailed;
    const std::string found = sentence ? *sentence : sentence.error().detail;
    if (context.json) {
        const json::array faults(report->faults.begin(), report->faults.end());
        return fmt::print("{}\n", json::serialize(json::object{{"ok", sentence.has_value()}, {"found", found}, {"faults", faults}}));
    }
    fmt::print("{}\n", found);
    for (const std::string& fault : report->faults) fmt::print("  {}\n", fault);
}

void compact(Context& context) {
    const auto offline = open_or_ask(context, null_log(), [&] { ask(context, "/store/compact", "", {{"FREED OCTETS", "freed_octets"}}); });
    if (!offline) return;
    const auto freed = store::compact(offline->store(), store_progress(context));
    if (!freed) return report_error(context, freed.error());
    if (context.json) return fmt::print("{{\"freed_octets\":{}}}\n", *freed);
    fmt::print("{} octets given back\n", *freed);
}

void back_up_to(Context& context, const std::string& folder) {
    const std::string target = std::filesystem::absolute(folder).lexically_normal().string();
    const auto offline = open_or_ask(context, null_log(), [&] {
        ask(context, "/store/backup", json::serialize(json::object{{"folder", target}}),
            {{"FOLDER", "folder"}, {"FILES", "files"}, {"REACHES", "reaches"}});
    });
    if (!offline) return;
    const auto report = back_up(offline->store(), offline->database(), offline->data().path(), offline->clock(), target, store_progress(context));
    if (!report) return report_error(context, report.error());
    if (context.json)
        return fmt::print("{}\n", json::serialize(json::object{{"folder", target}, {"files", report->files}, {"reaches", to_rfc3339(report->reaches)}}));
    fmt::print("{}: {} files of mail, the database and the keys; everything confirmed before {} is in it\n", target, report->files,
               to_rfc3339(report->reaches));
}

void restore_from(Context& context, const std::string& folder) {
    const auto config = load_config_or_complain(context);
    if (!config) return;
    const auto data = DataDirectory::open(config->server.data_directory);
    if (!data) return report_error(context, data.error());
    const auto files = store::posix_file_system();
    const auto restored = restore_backup(*files, *data, folder, store_progress(context));
    if (!restored) return report_error(context, restored.error());
    if (context.json) return fmt::print("{{\"ok\":true}}\n");
    fmt::print("restored into {}; `restante store verify` checks it\n", data->path());
}
}  // namespace

Result<std::string> verify_store(const Config& config) {
    const auto offline = OfflineStore::open(config, null_log());
    if (!offline) return fail(offline.error());
    const auto report = store::verify((*offline)->store(), [](std::uint64_t, std::uint64_t) {});
    if (!report) return fail(report.error());
    return describe(*report);
}

void add_store_commands(CLI::App& app, Context& context) {
    subcommand(app, "store").description("The message store: check, give back space, back up, restore");
    CLI::App& check = subcommand(app, "store verify");
    check.description("Read everything and compare every checksum and the index");
    check.callback([&context] { verify(context); });
    CLI::App& shrink = subcommand(app, "store compact");
    shrink.description("Give back the space of deleted messages now");
    shrink.callback([&context] { compact(context); });
    const auto folder = std::make_shared<std::string>();
    CLI::App& save = subcommand(app, "store backup");
    save.description("A consistent copy of mail, database and keys, also while the server runs");
    save.add_option("folder", *folder, "Folder to make; must be empty if it is there")->required();
    save.callback([&context, folder] { back_up_to(context, *folder); });
    CLI::App& load = subcommand(app, "store restore");
    load.description("Put a backup into an empty data directory; the server must not run");
    load.add_option("folder", *folder, "The backup")->required();
    load.callback([&context, folder] { restore_from(context, *folder); });
}

}  // namespace restante::cli
