// export maildir, export mbox: an account's mail as files that other servers take over, UIDLs included.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "admin/percent.hpp"
#include "api_client.hpp"
#include "api_session.hpp"
#include "moving/maildir_writer.hpp"
#include "moving/mbox_writer.hpp"
#include "paths.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;

constexpr std::size_t kCheckpoint = 500;  // messages between two syncs of the list

struct Exported {
    std::uint64_t messages = 0, octets = 0, known = 0;
};

/// What lies in the maildrop, one after the other.
struct Stored {
    std::int64_t id = 0;
    std::string uidl;
    Timestamp received_at{};
};

// The server wrote it a moment ago.
Timestamp time_from(std::string_view text) {
    std::chrono::sys_seconds out;
    int year = 0;
    unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(std::string(text).c_str(), "%4d-%2u-%2uT%2u:%2u:%2u", &year, &month, &day, &hour, &minute, &second) != 6) return {};
    out = std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) + std::chrono::hours(hour) +
          std::chrono::minutes(minute) + std::chrono::seconds(second);
    return out;
}

using Write = std::function<Result<void>(const Stored&, const std::string& text)>;

Result<Exported> for_each_message(const ApiClient& api, const std::string& account, const std::function<bool(std::int64_t)>& known, const Write& write) {
    const std::string target = "/accounts/" + admin::percent_encode(account) + "/messages";
    auto items = api.items(target);
    if (!items) return fail(std::move(items.error()));
    Exported out;
    for (const json::value& item : *items) {
        const json::object& row = item.as_object();
        const std::string id(row.at("id").as_string());
        const Stored stored{std::stoll(id), std::string(row.at("uidl").as_string()), time_from(row.at("received_at").as_string())};
        if (known(stored.id)) {
            ++out.known;
            continue;
        }
        auto text = api.download(target + "/" + id);
        if (!text && text.error().kind == ErrorKind::not_found) continue;  // deleted meanwhile
        if (!text) return fail(std::move(text.error()));
        if (auto written = write(stored, *text); !written) return fail(std::move(written.error()));
        ++out.messages;
        out.octets += text->size();
    }
    return out;
}

Result<Exported> export_maildir(const ApiClient& api, const std::string& account, const std::string& folder) {
    auto writer = moving::MaildirWriter::open(folder);
    if (!writer) return fail(std::move(writer.error()));
    std::size_t since = 0;
    auto done = for_each_message(
        api, account, [&](std::int64_t id) { return (*writer)->has(id); },
        [&](const Stored& one, const std::string& text) -> Result<void> {
            auto written = (*writer)->write(one.id, one.uidl, one.received_at, text);
            if (!written || ++since % kCheckpoint != 0) return written;
            return (*writer)->finish();
        });
    if (!done) return done;
    if (auto finished = (*writer)->finish(); !finished) return fail(std::move(finished.error()));
    return done;
}

Result<Exported> export_mbox(const ApiClient& api, const std::string& account, const std::string& file) {
    auto writer = moving::MboxWriter::open(file);
    if (!writer) return fail(std::move(writer.error()));
    auto done = for_each_message(
        api, account, [](std::int64_t) { return false; },
        [&](const Stored& one, const std::string& text) { return (*writer)->write(one.uidl, one.received_at, text); });
    if (!done) return done;
    if (auto finished = (*writer)->finish(); !finished) return fail(std::move(finished.error()));
    return done;
}

struct ExportArguments {
    std::string account, target;
};

void run_export(Context& context, const ExportArguments& arguments, Result<Exported> (*work)(const ApiClient&, const std::string&, const std::string&)) {
    const auto config = load_config_or_complain(context);
    if (!config) return;
    const ApiClient api(Paths(*config).unix_socket);
    const auto done = work(api, arguments.account, arguments.target);
    if (!done) {
        context.exit_code = done.error().kind == ErrorKind::unavailable ? kUnavailable : kFailed;
        if (context.json)
            fmt::print("{}\n", json::serialize(json::object{{"ok", false}, {"detail", done.error().detail}}));
        else
            fmt::print(stderr, "restante: {}\n", done.error().detail);
        return;
    }
    if (context.json)
        return fmt::print("{}\n", json::serialize(json::object{{"ok", true},
                                                               {"target", arguments.target},
                                                               {"messages", done->messages},
                                                               {"octets", done->octets},
                                                               {"there_already", done->known}}));
    fmt::print("{}: {} messages, {} octets written, {} were there already\n", arguments.target, done->messages, done->octets, done->known);
    fmt::print("The account is as it was. Once the copy is checked, `restante account delete {}` removes it here.\n", arguments.account);
}

void add_export(CLI::App& app, Context& context, const char* words, const char* help, const char* target_help,
                Result<Exported> (*work)(const ApiClient&, const std::string&, const std::string&)) {
    CLI::App& command = subcommand(app, words);
    command.description(help);
    const auto arguments = std::make_shared<ExportArguments>();
    command.add_option("account", arguments->account, "Account: name or address")->required();
    command.add_option("target", arguments->target, target_help)->required();
    command.callback([&context, arguments, work] { run_export(context, *arguments, work); });
}
}  // namespace

void add_export_commands(CLI::App& app, Context& context) {
    subcommand(app, "export").description("Write an account's mail into files, with its UIDLs");
    add_export(app, context, "export maildir", "Write a maildir with dovecot-uidlist; a second run adds what came since", "Folder; made if it is not there",
               export_maildir);
    add_export(app, context, "export mbox", "Write an mbox (mboxrd) with X-UIDL fields", "File; must not be there", export_mbox);
}

}  // namespace restante::cli
