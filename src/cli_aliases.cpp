// alias text, apply, edit: a domain's aliases as one text.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include "admin/percent.hpp"
#include "api_session.hpp"
#include "data_directory.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;
constexpr std::size_t kLargestAliasFile = 16 << 20;  // octets

struct Wanted {
    std::string domain, file;
    bool dry_run = false;
};

std::string target_of(const std::string& domain) { return "/domains/" + admin::percent_encode(domain) + "/alias-text"; }

std::optional<std::string> fetch_text(ApiSession& session, const std::string& domain) {
    const auto answer = session.request("GET", target_of(domain));
    if (!answer) return std::nullopt;
    return std::string(answer->as_object().at("text").as_string());
}

void show_text(Context& context, const Wanted& wanted) {
    ApiSession session(context);
    const auto text = fetch_text(session, wanted.domain);
    if (!text) return;
    if (context.json)
        fmt::print("{}\n", json::serialize(json::object{{"text", *text}}));
    else
        fmt::print("{}", *text);
}

bool send_text(ApiSession& session, const Wanted& wanted, const std::string& text) {
    const json::object body{{"text", text}, {"dry_run", wanted.dry_run}};
    const auto change = session.request("PUT", target_of(wanted.domain), json::serialize(body));
    if (!change) return false;
    session.show(*change, {{"ADDED", "added"}, {"CHANGED", "changed"}, {"REMOVED", "removed"}, {"ALIASES", "aliases"}});
    return true;
}

void apply_text(Context& context, const Wanted& wanted) {
    auto text = wanted.file == "-" ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {}))
                                   : read_file(wanted.file, kLargestAliasFile);
    if (!text) return complain(context, text.error().detail);
    ApiSession session(context);
    if (!send_text(session, wanted, *text)) fmt::print(stderr, "nothing was changed\n");
}

/// Removed unless keep() is called.
class EditedFile {
public:
    EditedFile() : path_((std::filesystem::temp_directory_path() / "restante-aliases-XXXXXX").string()) {
        const int file = mkstemp(path_.data());
        good_ = file >= 0;
        if (good_) close(file);
    }
    ~EditedFile() {
        if (good_ && !kept_) std::filesystem::remove(path_);
    }
    EditedFile(const EditedFile&) = delete;
    EditedFile& operator=(const EditedFile&) = delete;
    bool good() const { return good_; }
    const std::string& keep() { return kept_ = true, path_; }
    const std::string& path() const { return path_; }

private:
    std::string path_;
    bool good_ = false, kept_ = false;
};

std::string editor() {
    for (const char* name : {"VISUAL", "EDITOR"})
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
    return "vi";
}

void edit_text(Context& context, const Wanted& wanted) {
    ApiSession session(context);
    const auto before = fetch_text(session, wanted.domain);
    if (!before) return;
    EditedFile file;
    if (!file.good()) return complain(context, "no temporary file can be made");
    const std::string head = "# Aliases of " + wanted.domain + ": one \"alias destination\" a line\n";
    if (auto written = write_private_file(file.path(), head + *before); !written)
        return complain(context, written.error().detail);
    // The editor's command may have arguments; the path is ours and holds nothing a shell would mind.
    if (std::system((editor() + " '" + file.path() + "'").c_str()) != 0)
        return complain(context, "the editor failed; nothing was changed");
    const auto after = read_file(file.path(), kLargestAliasFile);
    if (!after) return complain(context, after.error().detail);
    if (*after == head + *before) return fmt::print(stderr, "nothing was changed\n");
    if (!send_text(session, wanted, *after))
        fmt::print(stderr, "nothing was changed; what you wrote is in {}: restante alias apply {} {}\n", file.keep(),
                   wanted.domain, file.path());
}

std::shared_ptr<Wanted> with_domain(CLI::App& command, const char* description) {
    auto wanted = std::make_shared<Wanted>();
    command.description(description);
    command.add_option("domain", wanted->domain, "Domain")->required();
    return wanted;
}
}  // namespace

void add_alias_text_commands(CLI::App& app, Context& context) {
    CLI::App& text = subcommand(app, "alias text");
    const auto shown = with_domain(text, "Show a domain's aliases, one \"alias destination\" a line");
    text.callback([&context, shown] { show_text(context, *shown); });
    CLI::App& apply = subcommand(app, "alias apply");
    const auto applied = with_domain(apply, "Make a domain's aliases those of a file, all or none");
    apply.add_option("file", applied->file, "One \"alias destination\" a line; - is standard input")->required();
    apply.add_flag("--dry-run", applied->dry_run, "Only tell what would be done");
    apply.callback([&context, applied] { apply_text(context, *applied); });
    CLI::App& edit = subcommand(app, "alias edit");
    const auto edited = with_domain(edit, "Edit a domain's aliases with $VISUAL or $EDITOR");
    edit.callback([&context, edited] { edit_text(context, *edited); });
}

}  // namespace restante::cli
