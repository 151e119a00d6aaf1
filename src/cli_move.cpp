// import maildir, import mbox, import pop3: mailboxes of other servers, into the running one.
#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <mutex>

#include <iostream>

#include "api_session.hpp"
#include "csv_table.hpp"
#include "fetch/pop3_source.hpp"
#include "move_report.hpp"
#include "moving/maildir.hpp"
#include "moving/mbox.hpp"
#include "moving/read_file.hpp"
#include "paths.hpp"

namespace restante::cli {
namespace {

constexpr std::uint64_t kMaxList = 256U << 20;  // octets of a CSV file

/// What every kind of import takes.
struct MoveArguments {
    std::string source, account, batch, csv;
    MoveOptions options;
    std::uint64_t patience_seconds = 60;
};

void add_arguments(CLI::App& command, MoveArguments& arguments, const char* source_help) {
    command.add_option("source", arguments.source, source_help);
    command.add_option("account", arguments.account, "Account here: name or address");
    command.add_option("--batch", arguments.batch, "CSV file instead, with columns source and account")->type_name("FILE");
    command.add_option("--report", arguments.csv, "Write the report as CSV, too")->type_name("FILE");
    command.add_flag("--check", arguments.options.check_only, "Compare only; nothing is moved");
    command.add_flag("--full", arguments.options.full, "Compare the content of every message, not only UIDL and size");
    command.add_option("--parallel", arguments.options.parallel, "Accounts at the same time")->check(CLI::Range(1, 64));
    command.add_option("--patience", arguments.patience_seconds, "Seconds to wait for a POP3 session that holds a maildrop")
        ->check(CLI::Range(0, 86'400));
}

using Opener = std::function<Result<std::unique_ptr<moving::Source>>(const std::map<std::string, std::string>& row)>;

Result<std::vector<MoveJob>> jobs_of(const MoveArguments& arguments, const Opener& opener) {
    std::vector<std::map<std::string, std::string>> rows{{{"source", arguments.source}, {"account", arguments.account}}};
    if (!arguments.batch.empty()) {
        auto text = moving::read_whole(arguments.batch, kMaxList);
        if (!text) return fail(std::move(text.error()));
        const auto parsed = parse_csv_table(*text);
        if (!parsed) return fail(ErrorKind::invalid, arguments.batch + ": " + parsed.error().detail);
        rows.clear();
        for (const CsvRow& row : parsed->rows) {
            rows.emplace_back();
            for (std::size_t i = 0; i < parsed->columns.size(); ++i) rows.back()[parsed->columns[i]] = row.cells.at(i);
        }
    }
    std::vector<MoveJob> jobs;
    for (const auto& row : rows) {
        const auto source = row.find("source"), account = row.find("account");
        if (source == row.end() || account == row.end() || source->second.empty() || account->second.empty())
            return fail(ErrorKind::invalid, arguments.batch.empty() ? "name a source and an account, or --batch FILE"
                                                                    : arguments.batch + ": needs the columns source and account, with no empty cells");
        jobs.push_back({source->second, account->second, [opener, row] { return opener(row); }});
    }
    return jobs;
}

/// A line that is written over, for people who watch.
MoveProgress progress_for(const Context& context) {
    if (context.json || ::isatty(STDERR_FILENO) == 0) return [](const std::string&, std::uint64_t, std::uint64_t) {};
    const auto mutex = std::make_shared<std::mutex>();
    return [mutex](const std::string& account, std::uint64_t done, std::uint64_t all) {
        const std::lock_guard lock(*mutex);
        fmt::print(stderr, "\r\033[K{}: {} of {}{}", account, done, all, done == all ? "\n" : "");
    };
}

void run_import(Context& context, MoveArguments& arguments, const Opener& opener, bool reads_cheaply) {
    const auto config = load_config_or_complain(context);
    if (!config) return;
    arguments.options.patience = std::chrono::seconds(arguments.patience_seconds);
    auto jobs = jobs_of(arguments, opener);
    if (!jobs) return complain(context, jobs.error().detail);
    for (MoveJob& job : *jobs) job.reads_cheaply = reads_cheaply;
    const ApiClient api(Paths(*config).unix_socket);
    const auto outcomes = move_accounts(api, *jobs, arguments.options, progress_for(context));
    show_move(outcomes, context.json);
    for (const MoveOutcome& outcome : outcomes)
        if (!outcome.good()) context.exit_code = kFailed;
    if (arguments.csv.empty()) return;
    if (auto written = write_move_csv(outcomes, arguments.csv); !written) complain(context, written.error().detail);
}

void add_maildir(CLI::App& app, Context& context) {
    CLI::App& command = subcommand(app, "import maildir");
    command.description("Move maildirs in, with the UIDLs Dovecot or Courier gave out for them");
    struct Arguments : MoveArguments {
        std::string uidls = "found", format;
    };
    const auto arguments = std::make_shared<Arguments>();
    add_arguments(command, *arguments, "Folder with cur and new");
    command.add_option("--uidls", arguments->uidls, "Whose UIDLs: found (of the list that lies there), dovecot, courier, none")
        ->check(CLI::IsMember({"found", "dovecot", "courier", "none"}));
    command.add_option("--uidl-format", arguments->format, "Dovecot's pop3_uidl_format, if it is not %08Xu%08Xv");
    command.callback([&context, arguments] {
        moving::MaildirOptions options;
        using Uidls = moving::MaildirOptions::Uidls;
        const std::string& whose = arguments->uidls;
        options.uidls = whose == "dovecot" ? Uidls::dovecot : whose == "courier" ? Uidls::courier : whose == "none" ? Uidls::none : Uidls::found;
        if (!arguments->format.empty()) {
            auto format = moving::UidlFormat::parse(arguments->format);
            if (!format) return complain(context, format.error().detail);
            options.format = std::move(*format);
        }
        run_import(context, *arguments, [options](const auto& row) { return moving::open_maildir(row.at("source"), options); }, true);
    });
}

void add_mbox(CLI::App& app, Context& context) {
    CLI::App& command = subcommand(app, "import mbox");
    command.description("Move mboxes in, with the UIDLs in their X-UIDL or X-UID fields");
    struct Arguments : MoveArguments {
        std::string uidls = "found", format, quoting = "mboxrd";
    };
    const auto arguments = std::make_shared<Arguments>();
    add_arguments(command, *arguments, "File");
    command.add_option("--uidls", arguments->uidls, "From where: found (X-UIDL, else X-UID), dovecot (X-UID and X-IMAPbase), x-uidl, none")
        ->check(CLI::IsMember({"found", "dovecot", "x-uidl", "none"}));
    command.add_option("--uidl-format", arguments->format, "Dovecot's pop3_uidl_format, if it is not %08Xu%08Xv");
    command.add_option("--from-quoting", arguments->quoting, "How lines that begin with From were protected: mboxrd, mboxo, none")
        ->check(CLI::IsMember({"mboxrd", "mboxo", "none"}));
    command.callback([&context, arguments] {
        moving::MboxOptions options;
        using Uidls = moving::MboxOptions::Uidls;
        using moving::FromQuoting;
        const std::string &whose = arguments->uidls, &quoting = arguments->quoting;
        options.uidls = whose == "dovecot" ? Uidls::dovecot : whose == "x-uidl" ? Uidls::x_uidl : whose == "none" ? Uidls::none : Uidls::found;
        options.quoting = quoting == "mboxo" ? FromQuoting::mboxo : quoting == "none" ? FromQuoting::none : FromQuoting::mboxrd;
        if (!arguments->format.empty()) {
            auto format = moving::UidlFormat::parse(arguments->format);
            if (!format) return complain(context, format.error().detail);
            options.format = std::move(*format);
        }
        run_import(context, *arguments, [options](const auto& row) { return moving::open_mbox(row.at("source"), options); }, true);
    });
}

struct Pop3Arguments : MoveArguments {
    fetch::Settings settings;
    std::string tls = "implicit", ca_file, password;
    bool password_from_stdin = false, insecure = false;
};

/// The settings all logins share, checked by the first that logs in.
Result<fetch::Settings> pop3_settings(Pop3Arguments& arguments) {
    fetch::Settings settings = arguments.settings;
    settings.name = "import";
    settings.verify_certificate = !arguments.insecure;
    auto tls = fetch::parse_tls_mode(arguments.tls);
    if (!tls) return fail(std::move(tls.error()));
    settings.tls = *tls;
    if (!arguments.ca_file.empty()) {
        auto pem = moving::read_whole(arguments.ca_file, 1U << 20);
        if (!pem) return fail(std::move(pem.error()));
        settings.ca_pem = std::move(*pem);
    }
    settings.password = arguments.password;
    if (arguments.password_from_stdin) std::getline(std::cin, settings.password);
    if (settings.password.empty() && arguments.batch.empty()) return fail(ErrorKind::invalid, "the password is missing: --password-stdin");
    return settings;
}

void import_pop3(Context& context, Pop3Arguments& arguments) {
    auto settings = pop3_settings(arguments);
    if (!settings) return complain(context, settings.error().detail);
    net::WorkPool pool(net::WorkPoolOptions{.threads = 2});
    net::IoPool io(net::IoPoolOptions{.threads = 2});
    const auto opener = [&](const std::map<std::string, std::string>& row) -> Result<std::unique_ptr<moving::Source>> {
        fetch::Settings one = *settings;
        one.user = row.at("source");
        if (const auto password = row.find("password"); password != row.end()) one.password = password->second;
        return fetch::make_pop3_source(io, pool, one);
    };
    run_import(context, arguments, opener, false);
    io.stop();
}

void add_pop3(CLI::App& app, Context& context) {
    CLI::App& command = subcommand(app, "import pop3");
    command.description("Move mailboxes in from another POP3 server, login by login; nothing is deleted there");
    const auto arguments = std::make_shared<Pop3Arguments>();
    add_arguments(command, *arguments, "Login there");
    command.get_option("--batch")->description("CSV file instead, with columns source (login there), password and account");
    command.add_option("--server", arguments->settings.address, "Host name or IP address of the other server")->required();
    command.add_option("--port", arguments->settings.port, "995 for implicit TLS, else 110, when left out");
    command.add_option("--tls", arguments->tls, "implicit, stls or none")->check(CLI::IsMember({"implicit", "stls", "none"}));
    command.add_option("--ca-file", arguments->ca_file, "PEM file of authorities instead of the system's");
    command.add_option("--fingerprint", arguments->settings.pinned_sha256, "SHA-256 of the one certificate that is accepted");
    command.add_flag("--insecure", arguments->insecure, "Accept any certificate");
    command.add_option("--timeout", arguments->settings.timeout_seconds, "Seconds without an answer");
    auto* password = command.add_option("--password", arguments->password, "Password there");
    command.add_flag("--password-stdin", arguments->password_from_stdin, "The same, as first line of standard input")->excludes(password);
    command.callback([&context, arguments] { import_pop3(context, *arguments); });
}

}  // namespace

void add_move_commands(CLI::App& app, Context& context) {
    subcommand(app, "import").description("Move mailboxes of other servers in, with their UIDLs: clients download nothing twice");
    add_maildir(app, context);
    add_mbox(app, context);
    add_pop3(app, context);
}

}  // namespace restante::cli
