// Values of configuration keys: what a key allows, and values as texts without quotes.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config_table.hpp"

namespace restante {
namespace {

std::string quoted(const std::vector<std::string>& items) {
    std::string all;
    for (const std::string& item : items) all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", item);
    return all;
}

Result<void> check_number(const ConfigKey& key, std::int64_t number) {
    if (number >= key.least && number <= key.most) return {};
    return fail(ErrorKind::invalid,
                fmt::format("must be from {} to {}", write_config_value(key, key.least), write_config_value(key, key.most)));
}

Result<void> check_text(const ConfigKey& key, const std::string& text) {
    const bool control = std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (control) return fail(ErrorKind::invalid, "must not contain control characters");
    if (key.kind != ConfigKind::choice || std::ranges::find(key.choices, text) != key.choices.end()) return {};
    const std::string near = nearest_name(text, key.choices);
    return fail(ErrorKind::invalid, fmt::format("must be one of {}{}", quoted(key.choices),
                                                near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
}

Result<void> check_list(const ConfigKey& key, const std::vector<std::string>& entries) {
    for (const std::string& entry : entries) {
        if (auto good = check_text(key, entry); !good) return good;
        const bool known = key.choices.empty() || std::ranges::find(key.choices, entry) != key.choices.end();
        if (!known) return fail(ErrorKind::invalid, fmt::format("\"{}\" is none of {}", entry, quoted(key.choices)));
        const bool path = entry.starts_with("unix:/") && entry.size() < 108;  // room in a sockaddr_un
        if (key.kind == ConfigKind::endpoints && !path)
            if (const auto endpoint = parse_endpoint(entry); !endpoint) return fail(endpoint.error());
        if (!key.check_entry) continue;
        if (auto good = key.check_entry(entry); !good) return good;
    }
    return {};
}

Result<ConfigValue> number_from(const ConfigKey& key, std::string_view text) {
    if (key.kind == ConfigKind::size) return parse_size(text).map([](std::int64_t bytes) { return ConfigValue{bytes}; });
    if (key.kind == ConfigKind::duration)
        return parse_duration(text).map([](std::chrono::milliseconds ms) { return ConfigValue{std::int64_t{ms.count()}}; });
    const auto number = parse_u64(text);
    if (!number || *number > INT64_MAX) return fail(ErrorKind::invalid, "must be a number");
    return ConfigValue{static_cast<std::int64_t>(*number)};
}

std::vector<std::string> entries_of(std::string_view text) {
    std::vector<std::string> out;
    for (const std::string_view part : split(text, ' '))
        if (!part.empty()) out.emplace_back(part);
    return out;
}
}  // namespace

const ConfigKey* find_config_key(std::string_view section, std::string_view key) {
    for (const ConfigSection& one : config_sections())
        for (const ConfigKey& candidate : one.keys)
            if (one.name == section && candidate.name == key) return &candidate;
    return nullptr;
}

Result<ConfigValue> checked_config_value(const ConfigKey& key, ConfigValue value) {
    Result<void> good;
    if (const auto* number = std::get_if<std::int64_t>(&value)) good = check_number(key, *number);
    if (const auto* text = std::get_if<std::string>(&value)) good = check_text(key, *text);
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) good = check_list(key, *list);
    if (!good) return fail(std::move(good.error()));
    return value;
}

Result<ConfigValue> parse_config_value(const ConfigKey& key, std::string_view text) {
    Result<ConfigValue> value = ConfigValue{std::string(text)};
    switch (key.kind) {
        case ConfigKind::flag:
            if (text != "true" && text != "false") return fail(ErrorKind::invalid, "must be true or false");
            value = ConfigValue{text == "true"};
            break;
        case ConfigKind::number:
        case ConfigKind::size:
        case ConfigKind::duration: value = number_from(key, trim(text)); break;
        case ConfigKind::words:
        case ConfigKind::endpoints: value = ConfigValue{entries_of(text)}; break;
        case ConfigKind::text:
        case ConfigKind::path:
        case ConfigKind::choice: break;
    }
    if (!value) return value;
    return checked_config_value(key, std::move(*value));
}

std::string config_value_text(const ConfigKey& key, const ConfigValue& value) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        std::string out;
        for (const std::string& entry : *list) out += (out.empty() ? "" : " ") + entry;
        return out;
    }
    std::string out = write_config_value(key, value);
    if (out.size() >= 2 && out.front() == '"') out = out.substr(1, out.size() - 2);
    return out;
}

}  // namespace restante
