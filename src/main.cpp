// The program `restante`: reads the command line and hands over to one subcommand.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "base/text.hpp"
#include "cli.hpp"
#include "config_values.hpp"
#include "sendmail.hpp"

namespace {
constexpr const char* kFooter =
    "Examples:\n"
    "  restante serve --config /etc/restante.toml\n"
    "  restante check-config --config /etc/restante.toml\n"
    "  restante domain add example.org\n"
    "  restante account add bob --domain example.org --password-stdin\n"
    "  restante account list --json\n"
    "  restante doctor --config /etc/restante.toml\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 wrong configuration file,\n"
    "4 server not reachable or not able to start (port, lock, permission).";

// CLI11 says only that a subcommand is required; a slip deserves the right name.
int explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
    const std::string word = argc > 1 ? argv[1] : "";
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
    if (word.empty() || word.starts_with('-') || std::ranges::find(names, word) != names.end())
        return app.exit(error) == 0 ? restante::cli::kOk : restante::cli::kUsage;
    const std::string near = restante::nearest_name(word, names);
    std::fprintf(stderr, "restante: there is no command \"%s\"%s\n", restante::escape_for_log(word, 40).c_str(),
                 near.empty() ? "; see restante --help" : ("; did you mean \"" + near + "\"?").c_str());
    return restante::cli::kUsage;
}
}  // namespace

int main(int argc, char** argv) {
    using namespace restante::cli;
    // Scripts give sendmail options that no other command has, and may call the program by that name.
    const std::string_view called = argc > 0 ? argv[0] : "";
    const bool by_name = called.substr(called.rfind('/') + 1) == "sendmail";
    if (by_name || (argc > 1 && std::string_view(argv[1]) == "sendmail"))
        return restante::sendmail::run({argv + (by_name ? 1 : 2), argv + argc});
    Context context;
    CLI::App app("Restante holds mail until it is called for: SMTP in, POP3 out, replies into comment threads.", "restante");
    app.set_version_flag("--version", "restante " RESTANTE_VERSION);
    app.footer(kFooter);
    app.require_subcommand(1);
    app.fallthrough();
    app.option_defaults()->always_capture_default(false);
    app.add_option("--config", context.config, "TOML configuration file; without it every key has its default")->type_name("FILE");
    app.add_flag("--json", context.json, "Answer as JSON on standard output");
    add_serve_command(app, context);
    app.add_subcommand("sendmail", "Send a message from standard input, with the options of sendmail");
    add_doctor_command(app, context);
    add_config_commands(app, context);
    add_api_commands(app, context);
    add_connector_commands(app, context);
    add_account_list_commands(app, context);
    add_alias_text_commands(app, context);
    add_move_commands(app, context);
    add_export_commands(app, context);
    add_probe_commands(app, context);
    add_spam_commands(app, context);
    add_store_commands(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return explain(app, error, argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "restante: %s\n", error.what());
        return kFailed;
    }
    return context.exit_code;
}
