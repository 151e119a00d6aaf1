#include "config.hpp"

namespace {
// toml++ 3.3 asserts on some faulty files ("[#") instead of refusing them; its assertions become an error here.
struct TomlAssertion {};
[[noreturn]] void fail_toml_assertion() { throw TomlAssertion(); }
}  // namespace
#undef NDEBUG  // or toml++ takes what it asserts for granted
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : fail_toml_assertion())
// Header-only so that these choices cannot differ from a library's.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "base/text.hpp"
#include "config_table.hpp"
#include "config_values.hpp"
#include "message/envelope.hpp"

namespace restante {
namespace {
constexpr std::size_t kLargestConfigFile = 1 << 20;  // bytes

// Walks the parsed file along the table of keys and collects what does not fit.
class Reader {
public:
    Reader(const std::string& file, ConfigOutcome& outcome) : file_(file), outcome_(outcome) {}

    void read(const toml::table& root) {
        read_table(root, "");
        check_whole();
    }

private:
    void wrong(const toml::node& node, const std::string& where, const std::string& what) {
        outcome_.errors.push_back({file_, static_cast<std::uint32_t>(node.source().begin.line), where + ": " + what});
    }

    void read_table(const toml::table& table, const std::string& name) {
        const ConfigSection* section = find_section(name);
        for (const auto& [key, node] : table) {
            const std::string word(key.str());
            const std::string path = name.empty() ? word : name + "." + word;
            if (node.is_table() && is_known_prefix(path))
                read_table(*node.as_table(), path);
            else if (section == nullptr || find_key(*section, word) == nullptr)
                unknown(node, name, word);
            else
                read_value(node, name, *find_key(*section, word));
        }
    }

    static const ConfigSection* find_section(const std::string& name) {
        const auto found = std::ranges::find(config_sections(), name, &ConfigSection::name);
        return found == config_sections().end() ? nullptr : &*found;
    }
    static const ConfigKey* find_key(const ConfigSection& section, const std::string& name) {
        const auto found = std::ranges::find(section.keys, name, &ConfigKey::name);
        return found == section.keys.end() ? nullptr : &*found;
    }
    static bool is_known_prefix(const std::string& path) {
        return std::ranges::any_of(config_sections(), [&](const ConfigSection& section) {
            return section.name == path || section.name.starts_with(path + ".");
        });
    }

    void unknown(const toml::node& node, const std::string& section, const std::string& word) {
        const std::string shown = escape_for_log(word, 60);
        if (node.is_table()) {
            const std::string path = section.empty() ? word : section + "." + word;
            std::vector<std::string> names;
            for (const ConfigSection& known : config_sections()) names.push_back(known.name);
            const std::string near = nearest_name(path, names);
            return wrong(node, fmt::format("[{}]", escape_for_log(path, 60)),
                         near.empty() ? "there is no such section" : fmt::format("there is no such section; did you mean [{}]?", near));
        }
        const std::string where = section.empty() ? shown : fmt::format("[{}] {}", section, shown);
        if (is_known_prefix(section.empty() ? word : section + "." + word)) return wrong(node, where, "is a section, not a key");
        wrong(node, where, "there is no such key" + advice(section, word));
    }

    static std::string advice(const std::string& section, const std::string& word) {
        std::vector<std::string> names;
        if (const ConfigSection* known = find_section(section))
            for (const ConfigKey& key : known->keys) names.push_back(key.name);
        if (const std::string near = nearest_name(word, names); !near.empty()) return fmt::format("; did you mean \"{}\"?", near);
        for (const ConfigSection& other : config_sections())
            if (find_key(other, word) != nullptr) return fmt::format("; it belongs to [{}]", other.name);
        names.clear();
        for (const ConfigSection& other : config_sections())
            for (const ConfigKey& key : other.keys) names.push_back(key.name);
        const std::string near = nearest_name(word, names);
        for (const ConfigSection& other : config_sections())
            if (!near.empty() && find_key(other, near) != nullptr)
                return fmt::format("; did you mean \"{}\" of [{}]?", near, other.name);
        return {};
    }

    void read_value(const toml::node& node, const std::string& section, const ConfigKey& key) {
        const auto value = convert(node, key);
        const std::string where = fmt::format("[{}] {}", section, key.name);
        if (!value) return wrong(node, where, value.error().detail);
        lines_[where] = &node;
        key.set(outcome_.config, *value);
    }

    static Result<ConfigValue> convert(const toml::node& node, const ConfigKey& key) {
        switch (key.kind) {
            case ConfigKind::flag:
                if (const auto* flag = node.as_boolean()) return ConfigValue{flag->get()};
                return fail(ErrorKind::invalid, "must be true or false");
            case ConfigKind::number:
            case ConfigKind::size:
            case ConfigKind::duration: return convert_number(node, key);
            case ConfigKind::text:
            case ConfigKind::path:
            case ConfigKind::choice: return convert_text(node, key);
            case ConfigKind::words:
            case ConfigKind::endpoints: return convert_list(node, key);
        }
        return fail(ErrorKind::internal, "unknown kind of key");
    }

    static Result<std::int64_t> number_of(const toml::node& node, ConfigKind kind) {
        const auto* integer = node.as_integer();
        const auto* text = node.as_string();
        if (kind == ConfigKind::number)
            return integer ? Result<std::int64_t>(integer->get()) : fail(ErrorKind::invalid, "must be a number without quotes");
        if (kind == ConfigKind::size) {
            if (integer) return integer->get();
            return text ? parse_size(text->get()) : fail(ErrorKind::invalid, "must be a size such as \"50MiB\" or a number of bytes");
        }
        if (!text) return fail(ErrorKind::invalid, "must be a duration with its unit, such as \"90s\" or \"10m\"");
        return parse_duration(text->get()).map([](std::chrono::milliseconds ms) { return std::int64_t{ms.count()}; });
    }

    static Result<ConfigValue> convert_number(const toml::node& node, const ConfigKey& key) {
        const auto number = number_of(node, key.kind);
        if (!number) return fail(number.error());
        return checked_config_value(key, *number);
    }

    static Result<ConfigValue> convert_text(const toml::node& node, const ConfigKey& key) {
        const auto* text = node.as_string();
        if (!text) return fail(ErrorKind::invalid, "must be a text in quotes");
        return checked_config_value(key, text->get());
    }

    static Result<ConfigValue> convert_list(const toml::node& node, const ConfigKey& key) {
        const auto* array = node.as_array();
        if (!array) return fail(ErrorKind::invalid, "must be a list, such as " + write_config_value(key, key.get(Config{})));
        std::vector<std::string> out;
        for (const toml::node& item : *array) {
            const auto* text = item.as_string();
            if (!text) return fail(ErrorKind::invalid, "every entry must be a text in quotes");
            out.push_back(text->get());
        }
        return checked_config_value(key, std::move(out));
    }

    // What no single key can be blamed for.
    void check_whole() {
        const Config& c = outcome_.config;
        if (c.tls.certificate.empty() != c.tls.key.empty())
            blame(c.tls.certificate.empty() ? "[tls] key" : "[tls] certificate",
                  "certificate and key go together: name both files or none");
        for (const auto& [where, address] : {std::pair{"[reply] sender", &c.reply.sender}, {"[reply] address", &c.reply.address},
                                            {"[relay] tls_report_from", &c.relay.tls_report_from}})
            if (!address->empty() && !message::Address::parse(*address)) blame(where, "is not a mail address");
        if (c.server.data_directory.empty()) blame("[server] data_directory", "must not be empty");
    }
    void blame(const std::string& where, const std::string& what) {
        const auto found = lines_.find(where);
        if (found != lines_.end())
            wrong(*found->second, where, what);
        else
            outcome_.errors.push_back({file_, 0, where + ": " + what});
    }

    const std::string& file_;
    ConfigOutcome& outcome_;
    std::map<std::string, const toml::node*> lines_;
};
}  // namespace

std::string ConfigError::to_string() const {
    return line > 0 ? fmt::format("{}:{}: {}", file, line, text) : fmt::format("{}: {}", file, text);
}

ConfigOutcome parse_config(std::string_view text, const std::string& name) {
    ConfigOutcome outcome;
    if (text.size() > kLargestConfigFile) {
        outcome.errors.push_back({name, 0, fmt::format("larger than {}", human_bytes(kLargestConfigFile))});
        return outcome;
    }
    try {
        Reader(name, outcome).read(toml::parse(text, name));
    } catch (const toml::parse_error& error) {
        outcome.errors.push_back({name, static_cast<std::uint32_t>(error.source().begin.line),
                                  "not TOML: " + escape_for_log(error.description(), 200)});
    } catch (const TomlAssertion&) {
        outcome.errors.push_back({name, 0, "not TOML: a section or key starts with a character that is not allowed there"});
    }
    std::ranges::stable_sort(outcome.errors, {}, &ConfigError::line);
    return outcome;
}

ConfigOutcome load_config(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text;
    if (in) text.assign(std::istreambuf_iterator<char>(in), {});
    if (!in || in.bad()) {
        ConfigOutcome outcome;
        outcome.errors.push_back({path, 0, "cannot be read: " + errno_error(errno, "open").detail});
        return outcome;
    }
    return parse_config(text, path);
}

}  // namespace restante
