#pragma once
// Makes a ConfigKey from a field of Config, whatever integer or duration type the field has.
#include <chrono>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config_table.hpp"

/// Accessor of one field, for const and mutable Config alike: BIND(tls.key).
#define BIND(field) [](auto& config) -> auto& { return config.field; }

namespace restante::config_binding {

template <class T>
struct IsDuration : std::false_type {};
template <class Rep, class Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};

/// scale: how many table units (bytes, milliseconds) one unit of an integer field is.
template <class Access>
ConfigKey integral(const char* name, ConfigKind kind, const char* description, Access access, std::int64_t scale) {
    using Field = std::remove_cvref_t<decltype(access(std::declval<Config&>()))>;
    ConfigKey key{name, kind, description, 0, INT64_MAX, {}, {}, {}};
    key.get = [access, scale](const Config& config) -> ConfigValue {
        if constexpr (IsDuration<Field>::value)
            return std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(access(config)).count()};
        else
            return static_cast<std::int64_t>(access(config)) * scale;
    };
    key.set = [access, scale](Config& config, const ConfigValue& value) {
        const std::int64_t units = std::get<std::int64_t>(value);
        if constexpr (IsDuration<Field>::value)
            access(config) = std::chrono::duration_cast<Field>(std::chrono::milliseconds(units));
        else
            access(config) = static_cast<Field>(units / scale);
    };
    return key;
}

template <class Access>
ConfigKey number(const char* name, const char* description, Access access, std::int64_t least, std::int64_t most) {
    ConfigKey key = integral(name, ConfigKind::number, description, access, 1);
    key.least = least;
    key.most = most;
    return key;
}

template <class Access>
ConfigKey size(const char* name, const char* description, Access access, const char* least, const char* most,
               std::int64_t scale = 1) {
    ConfigKey key = integral(name, ConfigKind::size, description, access, scale);
    key.least = parse_size(least).value();
    key.most = parse_size(most).value();
    return key;
}

template <class Access>
ConfigKey duration(const char* name, const char* description, Access access, const char* least, const char* most,
                   std::int64_t scale = 1000) {
    ConfigKey key = integral(name, ConfigKind::duration, description, access, scale);
    key.least = parse_duration(least).value().count();
    key.most = parse_duration(most).value().count();
    return key;
}

/// Fields that are copied as they are: bool, std::string, std::vector<std::string>.
template <class Access>
ConfigKey plain(const char* name, ConfigKind kind, const char* description, Access access) {
    using Field = std::remove_cvref_t<decltype(access(std::declval<Config&>()))>;
    ConfigKey key{name, kind, description, 0, INT64_MAX, {}, {}, {}};
    key.get = [access](const Config& config) -> ConfigValue { return access(config); };
    key.set = [access](Config& config, const ConfigValue& value) { access(config) = std::get<Field>(value); };
    return key;
}

template <class Access>
ConfigKey flag(const char* name, const char* description, Access access) {
    return plain(name, ConfigKind::flag, description, access);
}
template <class Access>
ConfigKey text(const char* name, const char* description, Access access) {
    return plain(name, ConfigKind::text, description, access);
}
template <class Access>
ConfigKey path(const char* name, const char* description, Access access) {
    return plain(name, ConfigKind::path, description, access);
}
template <class Access>
ConfigKey words(const char* name, const char* description, Access access, std::vector<std::string> choices = {}) {
    ConfigKey key = plain(name, ConfigKind::words, description, access);
    key.choices = std::move(choices);
    return key;
}
template <class Access>
ConfigKey choice(const char* name, const char* description, Access access, std::vector<std::string> choices) {
    ConfigKey key = plain(name, ConfigKind::choice, description, access);
    key.choices = std::move(choices);
    return key;
}

template <class Access>
ConfigKey endpoints(const char* name, const char* description, Access access) {
    return plain(name, ConfigKind::endpoints, description, access);
}

}  // namespace restante::config_binding
