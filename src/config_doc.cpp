#include <fmt/format.h>

#include "config_table.hpp"

namespace restante {
namespace {
std::string quoted_list(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items) out += fmt::format("{}\"{}\"", out.size() > 1 ? ", " : "", item);
    return out + "]";
}
}  // namespace

std::string config_value_limits(const ConfigKey& key) {
    switch (key.kind) {
        case ConfigKind::flag: return "true or false";
        case ConfigKind::number: return fmt::format("number {} to {}", key.least, key.most);
        case ConfigKind::size: return fmt::format("size {} to {}", write_size(key.least), write_size(key.most));
        case ConfigKind::duration:
            return fmt::format("duration {} to {}", write_duration(std::chrono::milliseconds(key.least)),
                               write_duration(std::chrono::milliseconds(key.most)));
        case ConfigKind::choice: return "one of " + quoted_list(key.choices);
        case ConfigKind::words: return key.choices.empty() ? "list of texts" : "list of some of " + quoted_list(key.choices);
        case ConfigKind::endpoints: return "list of address:port";
        case ConfigKind::path: return "path";
        case ConfigKind::text: return "text";
    }
    return {};
}

std::string write_config_value(const ConfigKey& key, const ConfigValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return quoted_list(*list);
    if (const auto* text = std::get_if<std::string>(&value)) return fmt::format("\"{}\"", *text);
    const std::int64_t number = std::get<std::int64_t>(value);
    if (key.kind == ConfigKind::size) return fmt::format("\"{}\"", write_size(number));
    if (key.kind == ConfigKind::duration) return fmt::format("\"{}\"", write_duration(std::chrono::milliseconds(number)));
    return fmt::format("{}", number);
}

std::string write_config_doc() {
    std::string out =
        "# Configuration\n\n"
        "<!-- Written by `restante config-doc` from the table the program itself reads (src/config_table.cpp): change it there. -->\n\n"
        "One TOML file, given with `--config FILE`. Every key may be left out. `restante check-config --config FILE` reads it and\n"
        "reports everything that is wrong, with line and key, without starting anything. SIGHUP reads it again and puts its certificate,\n"
        "the keys of its services, [tls], [guessing], [delivery], [directory] and [probe] in force; the others need a new start. What an administrator has set on a service\n"
        "(`restante service set`) goes before the file; `restante service show` tells which is which.\n\n"
        "Durations are written as `\"90s\"`, `\"10m\"`, `\"1h30m\"` (ms, s, m, h, d); sizes as `\"50MiB\"` or bytes; addresses as\n"
        "`\"127.0.0.1:110\"` or `\"[::1]:110\"` (`\"*:110\"`: every address), port 0 lets the system choose. Accounts, domains, connections and projects are not\n"
        "configured here: they live in the database and change through the API, the console or the command line.\n";
    const Config defaults;
    for (const ConfigSection& section : config_sections()) {
        out += fmt::format("\n## [{}]\n\n{}\n\n| key | what it is | default | allowed |\n|---|---|---|---|\n", section.name,
                           section.description);
        for (const ConfigKey& key : section.keys)
            out += fmt::format("| `{}` | {} | `{}` | {} |\n", key.name, key.description,
                               write_config_value(key, key.get(defaults)), config_value_limits(key));
    }
    return out;
}

}  // namespace restante
