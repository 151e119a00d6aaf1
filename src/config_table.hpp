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
    std::function<Result<>(const std::string&)> check_entry = {};  // words: of each one, or none
};

struct ConfigSection {
    std::string name;  // "smtp.mx"
    std::string description;
    std::vector<ConfigKey> keys;
};

const std::vector<ConfigSection>& config_sections();

/// nullptr if there is no such key.
const ConfigKey* find_config_key(std::string_view section, std::string_view key);

/// The value itself if it is one the key may have; invalid: "must be from 1 to 10".
Result<ConfigValue> checked_config_value(const ConfigKey& key, ConfigValue value);
/// From the text of a command line: as in a file, without quotes; the entries of a list stand between blanks.
Result<ConfigValue> parse_config_value(const ConfigKey& key, std::string_view text);
/// What parse_config_value reads: `10m`, `127.0.0.1:110 [::1]:110`.
std::string config_value_text(const ConfigKey& key, const ConfigValue& value);
/// "duration 1s to 1d": for people.
std::string config_value_limits(const ConfigKey& key);

/// As it stands in a file: `true`, `10`, `"50MiB"`, `["127.0.0.1:110"]`.
std::string write_config_value(const ConfigKey& key, const ConfigValue& value);

/// docs/config.md.
std::string write_config_doc();

}  // namespace restante
