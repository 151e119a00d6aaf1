// spam teach, spam check: messages for the spam filter, out of files, folders and mboxes. The rest of `spam` is a table.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include "api_client.hpp"
#include "api_session.hpp"
#include "base/text.hpp"
#include "cli_api.hpp"
#include "moving/mbox.hpp"
#include "moving/read_file.hpp"
#include "paths.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::uint64_t kLargest = 256U << 20;  // octets of a message in a file
constexpr const char* kMessage = "message/rfc822";

using Use = std::function<Result<void>(const std::string& name, const std::string& message)>;

Result<void> use_mbox(const std::string& path, const Use& use) {
    auto mbox = moving::open_mbox(path, {});
    if (!mbox) return fail(std::move(mbox.error()));
    auto listing = (*mbox)->list();
    if (!listing) return fail(std::move(listing.error()));
    for (const moving::SourceMessage& message : listing->messages) {
        std::string text;
        auto read = (*mbox)->read(message, [&](std::string_view piece) -> Result<void> {
            text += piece;
            return {};
        });
        if (!read) return read;
        if (auto used = use(path + ", " + message.name, text); !used) return used;
    }
    return {};
}

Result<void> use_file(const std::string& path, const Use& use) {
    auto text = path == "-" ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {})) : moving::read_whole(path, kLargest);
    if (!text) return fail(std::move(text.error()));
    if (path != "-" && text->starts_with("From ")) return use_mbox(path, use);
    return use(path, *text);
}

/// Every file of a folder and the folders in it, but for hidden ones; in the order of their names.
Result<std::vector<std::string>> files_of(const std::string& path) {
    std::error_code code;
    if (path == "-" || !fs::is_directory(path, code)) return std::vector{path};
    std::vector<std::string> out;
    for (fs::recursive_directory_iterator at(path, code), end; !code && at != end; at.increment(code)) {
        const bool hidden = at->path().filename().string().starts_with('.');
        if (hidden && at->is_directory(code)) at.disable_recursion_pending();
        if (!hidden && at->is_regular_file(code)) out.push_back(at->path());
    }
    if (code) return fail(ErrorKind::io, path + ": " + code.message());
    std::sort(out.begin(), out.end());
    return out;
}

Result<json::value> send(const ApiClient& api, const std::string& target, const std::string& message) {
    bool sent = false;
    return api.upload(target, kMessage, [&]() -> Result<std::string> { return std::exchange(sent, true) ? std::string() : message; });
}

struct Lessons {
    std::string kind;
    std::vector<std::string> files;
};

struct Tally {
    std::uint64_t taught = 0, moved = 0, known = 0, failed = 0;
};

/// Told at once; what befalls every further message too ends the work.
Result<void> take_answer(const Result<json::value>& answer, const std::string& kind, const std::string& name, Tally& tally) {
    if (!answer) {
        if (answer.error().kind == ErrorKind::unavailable || answer.error().kind == ErrorKind::denied) return fail(answer.error());
        ++tally.failed;
        fmt::print(stderr, "{}: {}\n", name, answer.error().detail);
        return {};
    }
    const std::string known(answer->as_object().at("known").as_string());
    ++(known == "no" ? tally.taught : known == kind ? tally.known : tally.moved);
    return {};
}

void teach(Context& context, const Lessons& lessons) {
    const auto config = load_config_or_complain(context);
    if (!config) return;
    const ApiClient api(Paths(*config).unix_socket);
    const bool watched = !context.json && ::isatty(STDERR_FILENO) != 0;
    Tally tally;
    const Use use = [&](const std::string& name, const std::string& message) {
        auto done = take_answer(send(api, "/spam-filter/lessons?kind=" + lessons.kind, message), lessons.kind, name, tally);
        if (watched) fmt::print(stderr, "\r\033[K{} taught, {} moved, {} known, {} failed", tally.taught, tally.moved, tally.known, tally.failed);
        return done;
    };
    Result<void> done;
    for (const std::string& path : lessons.files) {
        const auto files = files_of(path);
        if (!files) {
            done = fail(files.error());
            break;
        }
        for (const std::string& file : *files)
            if (done = use_file(file, use); !done) break;
        if (!done) break;
    }
    if (watched) fmt::print(stderr, "\n");
    if (context.json)
        fmt::print("{}\n", json::serialize(json::object{
                               {"taught", tally.taught}, {"moved", tally.moved}, {"known", tally.known}, {"failed", tally.failed}}));
    else
        fmt::print("TAUGHT: {}\nMOVED: {}\nKNOWN: {}\nFAILED: {}\n", tally.taught, tally.moved, tally.known, tally.failed);
    if (!done) return complain(context, done.error().detail);
    if (tally.failed > 0) context.exit_code = kFailed;
}

void show_table(const ApiSession& session, const json::value& answer, const char* rows, const std::vector<Column>& columns) {
    const json::array& items = answer.as_object().at(rows).as_array();
    if (items.empty()) return;
    fmt::print("\n");
    session.show(json::object{{"items", items}}, columns);
}

void check(Context& context, const std::string& file) {
    const auto config = load_config_or_complain(context);
    if (!config) return;
    const ApiClient api(Paths(*config).unix_socket);
    const ApiSession session(context);
    auto done = use_file(file, [&](const std::string&, const std::string& message) -> Result<void> {
        const auto answer = send(api, "/spam-filter/judgements", message);
        if (!answer) return fail(answer.error());
        session.show(*answer, {{"SCORE", "score"}, {"MARKED", "marked"}, {"REFUSED", "refused"}, {"CLASSIFIED", "classified"}});
        if (context.json) return {};
        show_table(session, *answer, "findings", {{"FINDING", "name"}, {"WEIGHT", "weight"}, {"ABOUT", "about"}});
        show_table(session, *answer, "clues", {{"CLUE", "text"}, {"PROBABILITY", "probability"}, {"SPAM", "spam"}, {"HAM", "ham"}});
        return {};
    });
    if (!done) complain(context, done.error().detail);
}

const std::vector<Column> kLesson{{"ID", "id"},           {"KIND", "kind"},         {"SENDER", "sender"},
                                  {"SUBJECT", "subject"}, {"TAUGHT", "taught_at"}, {"BY", "taught_by"}};
}  // namespace

std::vector<ApiCommand> spam_commands() {
    return {
        {"spam show", "What the filter does and knows, and its rules", "GET", "/spam-filter", {}, {},
         {{"ACTION", "action"}, {"MARK AT", "mark_at"}, {"REFUSE AT", "refuse_at"}, {"SPAM", "spam"}, {"HAM", "ham"},
          {"NEEDED OF EACH", "needed"}, {"CLASSIFIER READY", "classifier_ready"}, {"FEATURES", "features"}},
         "rules", {{"RULE", "name"}, {"WEIGHT", "weight"}, {"ABOUT", "about"}}},
        {"spam lessons", "What it was taught, newest first", "GET", "/spam-filter/lessons", {}, {}, kLesson},
        {"spam forget", "Take a lesson back", "DELETE", "/spam-filter/lessons/{id}", {in_path("id", "Lesson: see spam lessons")}},
    };
}

void add_spam_commands(CLI::App& app, Context& context) {
    CLI::App& teaching = subcommand(app, "spam teach");
    teaching.description("Teach the filter messages: files, mboxes, folders of messages; - is one message on standard input");
    const auto lessons = std::make_shared<Lessons>();
    teaching.add_option("kind", lessons->kind, "spam, or ham: good mail")->required()->check(CLI::IsMember({"spam", "ham"}));
    teaching.add_option("files", lessons->files, "Files and folders")->required();
    teaching.callback([&context, lessons] { teach(context, *lessons); });
    CLI::App& checking = subcommand(app, "spam check");
    checking.description("What the filter says of a message, and why; nothing is stored");
    const auto file = std::make_shared<std::string>();
    checking.add_option("file", *file, "A message or an mbox; - is standard input")->required();
    checking.callback([&context, file] { check(context, *file); });
}

}  // namespace restante::cli
