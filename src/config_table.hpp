#pragma once
// The one table of configuration keys: parsing, validation, the nearest-name advice and docs/config.md come from it.
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "config.hpp"
#include "config_values.hpp"

namespace restante {

/// duration: milliseconds; size: bytes; endpoints: as written, "127.0.0.1:110".
using ConfigValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

enum class ConfigKind { flag, number, size, duration, text, path, choice, words, endpoints };

struct ConfigKey {
    std::string name;
    ConfigKind kind = ConfigKind::text;
    std::string description;  // one line
    std::int64_t least = 0;   // number, size, duration
    std::int64_t most = INT64_MAX;
    std::vector<std::string> choices;
    std::function<ConfigValue(const Config&)> get;
    std::function<void(Config&, const ConfigValue&)> set;  // the value has been checked
};

struct ConfigSection {
    std::string name;  // "smtp.mx"
    std::string description;
    std::vector<ConfigKey> keys;
};

const std::vector<ConfigSection>& config_sections();

/// As it stands in a file: `true`, `10`, `"50MiB"`, `["127.0.0.1:110"]`.
std::string write_config_value(const ConfigKey& key, const ConfigValue& value);

/// docs/config.md.
std::string write_config_doc();

}  // namespace restante
