// serve: runs the server until a signal ends it.
#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "cli.hpp"
#include "config.hpp"
#include "json_text.hpp"
#include "server.hpp"
#include "service_manager.hpp"

namespace restante::cli {
namespace {
LogLevel level_of(const std::string& name) {
    if (name == "debug") return LogLevel::debug;
    if (name == "warn") return LogLevel::warn;
    return name == "error" ? LogLevel::error : LogLevel::info;
}

sigset_t block_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return set;
}

// Each connection needs a descriptor; the soft limit is often 1024.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void print_ready(const Server::Ready& ready, bool json) {
    if (json) {
        std::string list;
        for (const auto& [name, addresses] : ready.listeners) {
            std::string items;
            for (const std::string& address : addresses) items += (items.empty() ? "" : ",") + json_text(address);
            list += fmt::format("{}{}:[{}]", list.empty() ? "" : ",", json_text(name), items);
        }
        std::string line = fmt::format(R"({{"ready":true,"hostname":{},"listeners":{{{}}})", json_text(ready.hostname), list);
        if (ready.administrator_password)
            line += fmt::format(R"(,"administrator":"admin","administrator_password":{})", json_text(*ready.administrator_password));
        fmt::print("{}}}\n", line);
    } else {
        fmt::print("restante serves as {}\n", ready.hostname);
        for (const auto& [name, addresses] : ready.listeners)
            for (const std::string& address : addresses) fmt::print("  {:<22}{}\n", name, address);
        if (ready.administrator_password)
            fmt::print("\nFirst start. Administrator: admin, password: {}\nIt is shown this once and stored only as a hash.\n\n",
                       *ready.administrator_password);
        fmt::print("ready; Ctrl-C stops\n");
    }
    std::fflush(stdout);
}

void wait_for_end(const sigset_t& signals, Server& server, const Context& context, const ServiceManager& manager, Log& log) {
    for (;;) {
        int number = 0;
        if (sigwait(&signals, &number) != 0) continue;
        if (number != SIGHUP) {
            log.info("server.stopping", {{"signal", number}});
            return;
        }
        manager.tell_reloading();
        const ConfigOutcome again = context.config.empty() ? ConfigOutcome{} : load_config(context.config);
        for (const ConfigError& error : again.errors) log.error("config.refused", {{"error", error.to_string()}});
        if (again.errors.empty()) server.reload(again.config);
        manager.tell("READY=1");
    }
}

int exit_code_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::already_exists:  // a port that is in use
        case ErrorKind::busy:
        case ErrorKind::denied:
        case ErrorKind::unavailable: return kUnavailable;
        default: return kFailed;
    }
}

int serve(Context& context) {
    const auto config = load_config_or_complain(context);
    if (!config) return kConfig;
    const sigset_t signals = block_signals();
    raise_descriptor_limit();
    const ServiceManager manager = ServiceManager::from_environment();
    net::PassedSockets passed;
    const auto complaints = passed.take_from_environment();
    const auto log = make_log(config->log.target, level_of(config->log.level), config->log.format == "json");
    for (const std::string& complaint : complaints) log->warn("server.socket_refused", {{"reason", complaint}});
    auto server = Server::start(*config, *log, passed);
    if (!server) {
        fmt::print(stderr, "restante: {}\n", server.error().detail);
        return exit_code_of(server.error());
    }
    print_ready((*server)->ready(), context.json);
    manager.tell("READY=1\nSTATUS=serving as " + (*server)->ready().hostname);
    wait_for_end(signals, **server, context, manager, *log);
    manager.tell("STOPPING=1");
    // Whoever signals again does not want to wait: what was acknowledged is durable anyway.
    for (const int number : {SIGTERM, SIGINT}) std::signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    const bool clean = (*server)->stop();
    log->info("server.stopped", {{"clean", clean ? "yes" : "no"}});
    return kOk;
}
}  // namespace

void add_serve_command(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("serve", "Run the server until SIGTERM or Ctrl-C; SIGHUP reloads certificate and settings");
    command->callback([&context] { context.exit_code = serve(context); });
}

}  // namespace restante::cli
