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

constexpr std::uint64_t kLooked = 32U << 20;  // octets of a message that are sent: more than the filter ever looks at
constexpr const char* kMessage = "message/rfc822";

/// Of a file, or of standard input for "-".
Result<std::string> start_of(const std::string& path, std::uint64_t most) {
    if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::string out;
    auto read = moving::read_file(path, [&](std::string_view piece) -> Result<void> {
        out += piece;
        return {};
    }, 0, most);
    if (!read) return fail(std::move(read.error()));
    return out;
}

/// Takes messages one by one; an error ends the work. `fault`: this one could not be read.
struct Reader {
    std::function<Result<void>(const std::string& name, const std::string& message)> use;
    std::function<void(const std::string& name, const Error& error)> fault;
};

Result<void> use_mbox(const std::string& path, const Reader& reader) {
    auto mbox = moving::open_mbox(path, {});
    auto listing = mbox ? (*mbox)->list() : fail(mbox.error());
    if (!listing) return reader.fault(path, listing.error()), Result<void>{};
    for (const moving::SourceMessage& message : listing->messages) {
        const std::string name = path + ", " + message.name;
        std::string text;
        auto read = (*mbox)->read(message, [&](std::string_view piece) -> Result<void> {
            text += piece.substr(0, kLooked - text.size());
            return {};
        });
        if (!read) {
            reader.fault(name, read.error());
        } else if (auto used = reader.use(name, text); !used) {
            return used;
        }
    }
    return {};
}

Result<void> use_file(const std::string& path, const Reader& reader) {
    constexpr std::string_view kMboxMark = "From ";
    const auto mark = path == "-" ? Result<std::string>("") : start_of(path, kMboxMark.size());
    if (mark && *mark == kMboxMark) return use_mbox(path, reader);
    const auto text = mark ? start_of(path, kLooked) : mark;
    if (text) return reader.use(path, *text);
    reader.fault(path, text.error());
    return {};
}

/// Every file of a folder and the folders in it, but for hidden ones; in the order of their names. What cannot be looked
/// into is told.
std::vector<std::string> files_of(const std::string& path, const Reader& reader) {
    std::error_code code;
    if (path == "-" || !fs::is_directory(path, code)) return {path};
    std::vector<std::string> out;
    for (fs::directory_iterator at(path, code), end; !code && at != end; at.increment(code)) {
        const fs::directory_entry& entry = *at;
        if (entry.path().filename().string().starts_with('.')) continue;
        std::error_code ignored;
        if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
            for (std::string& file : files_of(entry.path(), reader)) out.push_back(std::move(file));
        } else if (entry.is_regular_file(ignored)) {
            out.push_back(entry.path());
        }
    }
    if (code) reader.fault(path, {ErrorKind::io, code.message()});
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

void tell(const std::string& name, const Error& error) {
    fmt::print(stderr, "{}: {}\n", escape_for_log(name, 1000), escape_for_log(error.detail, 1000));
}

/// An error: what befalls every further message too.
Result<void> take_answer(const Result<json::value>& answer, const std::string& kind, const std::string& name, Tally& tally) {
    if (answer) {
        const std::string known(answer->as_object().at("known").as_string());
        ++(known == "no" ? tally.taught : known == kind ? tally.known : tally.moved);
        return {};
    }
    const ErrorKind what = answer.error().kind;
    if (what == ErrorKind::unavailable || what == ErrorKind::denied || what == ErrorKind::no_space) return fail(answer.error());
    ++tally.failed;
    tell(name, answer.error());
    return {};
}

void teach(Context& context, const Lessons& lessons) {
    const auto config = load_config_or_complain(context);
    if (!config) return;
    const ApiClient api(Paths(*config).unix_socket);
    const bool watched = !context.json && ::isatty(STDERR_FILENO) != 0;
    Tally tally;
    Reader reader;
    reader.fault = [&](const std::string& name, const Error& error) {
        ++tally.failed;
        tell(name, error);
    };
    reader.use = [&](const std::string& name, const std::string& message) {
        auto done = take_answer(send(api, "/spam-filter/lessons?kind=" + lessons.kind, message), lessons.kind, name, tally);
        if (watched) fmt::print(stderr, "\r\033[K{} taught, {} moved, {} known, {} failed", tally.taught, tally.moved, tally.known, tally.failed);
        return done;
    };
    Result<void> done;
    for (const std::string& path : lessons.files)
        for (const std::string& file : files_of(path, reader))
            if (done) done = use_file(file, reader);
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
    auto message = start_of(file, kLooked);
    if (!message) return complain(context, message.error().detail);
    if (message->starts_with("From ")) message->erase(0, message->find('\n') + 1);  // of the mbox it was taken from
    const auto answer = send(ApiClient(Paths(*config).unix_socket), "/spam-filter/judgements", *message);
    if (!answer) return complain(context, answer.error().detail);
    const ApiSession session(context);
    session.show(*answer, {{"SCORE", "score"}, {"MARKED", "marked"}, {"REFUSED", "refused"}, {"CLASSIFIED", "classified"}});
    if (context.json) return;
    show_table(session, *answer, "findings", {{"FINDING", "name"}, {"WEIGHT", "weight"}, {"ABOUT", "about"}});
    show_table(session, *answer, "clues", {{"CLUE", "text"}, {"PROBABILITY", "probability"}, {"SPAM", "spam"}, {"HAM", "ham"}});
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
    checking.add_option("file", *file, "A message; - is standard input")->required();
    checking.callback([&context, file] { check(context, *file); });
}

}  // namespace restante::cli
