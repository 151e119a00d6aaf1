#pragma once
// The command line's frame: every subcommand registers itself here and puts its outcome into `exit_code`.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "config.hpp"

namespace restante::cli {

/// Exit codes, stable for scripts.
enum ExitCode : int {
    kOk = 0,
    kFailed = 1,   // the command was understood, but did not succeed
    kUsage = 2,    // the command line is wrong
    kConfig = 3,   // the configuration file is wrong
    kUnavailable = 4,  // the server is not there, or a port, lock or permission is in the way of its start
};

/// What every subcommand shares. Outlives the parser.
struct Context {
    std::string config;  // --config FILE; empty: the defaults
    bool json = false;   // --json
    int exit_code = kOk;
};

/// The configuration --config names; if it is wrong, tells every error and sets exit_code.
std::optional<Config> load_config_or_complain(Context& context);

/// Tells what went wrong, in a sentence, and sets exit_code.
void complain(Context& context, const std::string& what);

/// Everything that is a request to the running server: domains, accounts, aliases, connections, work.
void add_api_commands(CLI::App& app, Context& context);
/// connector, send-as, pop-before-smtp, check.
void add_connector_commands(CLI::App& app, Context& context);
/// For doctor: opens and reads a store no server uses. One sentence, or what is wrong.
Result<std::string> verify_store(const Config& config);
void add_store_commands(CLI::App& app, Context& context);
/// import accounts, export accounts: CSV files.
void add_account_list_commands(CLI::App& app, Context& context);
void add_alias_text_commands(CLI::App& app, Context& context);
/// import maildir, mbox, pop3: mailboxes of other servers.
void add_move_commands(CLI::App& app, Context& context);
/// export maildir, mbox: the other way.
void add_export_commands(CLI::App& app, Context& context);
/// probe pop3, smtp.
void add_probe_commands(CLI::App& app, Context& context);
/// spam teach, spam check.
void add_spam_commands(CLI::App& app, Context& context);
void add_config_commands(CLI::App& app, Context& context);
void add_doctor_command(CLI::App& app, Context& context);
void add_serve_command(CLI::App& app, Context& context);

}  // namespace restante::cli
