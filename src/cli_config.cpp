// check-config and config-doc.
#include <cstdio>
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli.hpp"
#include "config.hpp"
#include "config_table.hpp"
#include "json_text.hpp"

namespace restante::cli {
namespace {
void complain(const std::vector<ConfigError>& errors) {
    for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.to_string());
    fmt::print(stderr, "{} {}; docs/config.md lists every key\n", errors.size(), errors.size() == 1 ? "error" : "errors");
}

void check_config(Context& context) {
    const ConfigOutcome outcome = context.config.empty() ? ConfigOutcome{} : load_config(context.config);
    context.exit_code = outcome.errors.empty() ? kOk : kConfig;
    if (context.json) {
        std::string list;
        for (const ConfigError& error : outcome.errors)
            list += fmt::format(R"({}{{"file":{},"line":{},"text":{}}})", list.empty() ? "" : ",", json_text(error.file), error.line,
                                json_text(error.text));
        fmt::print("{{\"ok\":{},\"errors\":[{}]}}\n", outcome.errors.empty(), list);
        return;
    }
    if (!outcome.errors.empty())
        complain(outcome.errors);
    else
        fmt::print("{}: no errors\n", context.config.empty() ? "defaults" : context.config);
}
}  // namespace

void complain(Context& context, const std::string& what) {
    fmt::print(stderr, "restante: {}\n", what);
    context.exit_code = kFailed;
}

std::optional<Config> load_config_or_complain(Context& context) {
    if (context.config.empty()) return Config{};
    ConfigOutcome outcome = load_config(context.config);
    if (outcome.errors.empty()) return std::move(outcome.config);
    complain(outcome.errors);
    context.exit_code = kConfig;
    return std::nullopt;
}

void add_config_commands(CLI::App& app, Context& context) {
    CLI::App* check = app.add_subcommand("check-config", "Read the configuration file and report everything that is wrong");
    check->callback([&context] { check_config(context); });
    CLI::App* doc = app.add_subcommand("config-doc", "Print docs/config.md from the table of configuration keys");
    doc->callback([] { fmt::print("{}", write_config_doc()); });
}

}  // namespace restante::cli
