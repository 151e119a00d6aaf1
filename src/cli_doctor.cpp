// doctor.
#include <fmt/format.h>

#include <algorithm>

#include "cli.hpp"
#include "doctor.hpp"
#include "json_text.hpp"
#include "table.hpp"

namespace restante::cli {
namespace {
void print_json(const std::vector<doctor::Finding>& findings, bool healthy) {
    std::string list;
    for (const doctor::Finding& f : findings)
        list += fmt::format(R"({}{{"state":"{}","check":{},"found":{},"advice":{}}})", list.empty() ? "" : ",", doctor::to_string(f.state),
                            json_text(f.check), json_text(f.found), json_text(f.advice));
    fmt::print("{{\"ok\":{},\"findings\":[{}]}}\n", healthy, list);
}

void print_table(const std::vector<doctor::Finding>& findings) {
    TextTable table({"STATE", "CHECK", "FOUND", "WHAT TO DO"});
    for (const doctor::Finding& f : findings) table.add({doctor::to_string(f.state), f.check, f.found, f.advice});
    fmt::print("{}", table.to_string());
}
}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("doctor", "Check ports, permissions, disk, certificate, store, host name and clock");
    command->callback([&context] {
        const auto config = load_config_or_complain(context);
        if (!config) return;
        const auto findings = doctor::examine(*config, SystemClock(), verify_store);
        const bool healthy = std::ranges::none_of(findings, [](const auto& f) { return f.state == doctor::State::fail; });
        context.json ? print_json(findings, healthy) : print_table(findings);
        context.exit_code = healthy ? kOk : kFailed;
    });
}

}  // namespace restante::cli
