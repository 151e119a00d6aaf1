#include "setting_overlay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace restante {

Result<const ConfigKey*> SettingOverlay::key(const std::string& property) const {
    std::string wanted = property;
    std::ranges::replace(wanted, '-', '_');
    std::vector<std::string> names;
    for (const ConfigKey* key : keys) {
        if (key->name == wanted) return key;
        names.push_back(key->name);
    }
    const std::string near = nearest_name(wanted, names);
    return fail(ErrorKind::not_found, fmt::format("{} has no property {}{}", owner, escape_for_log(property, 80),
                                                  near.empty() ? "" : "; did you mean " + near + "?"));
}

Config SettingOverlay::lay(const ServiceSettings::ByProperty& set, const Config& file, Log& log) const {
    Config out = file;
    for (const auto& [property, value] : set) {
        const auto found = key(property);
        const auto parsed = found ? parse_config_value(**found, value.text) : Result<ConfigValue>(fail(found.error()));
        if (parsed)
            (*found)->set(out, *parsed);
        else
            log.error("settings.ignored", {{"owner", owner}, {"property", property}, {"reason", parsed.error().detail}});
    }
    return out;
}

admin::ServiceProperty SettingOverlay::view(const ConfigKey& key, const Config& file) const {
    admin::ServiceProperty out;
    out.name = key.name;
    out.value = config_value_text(key, key.get(effective));
    out.in_file = config_value_text(key, key.get(file));
    out.allowed = config_value_limits(key);
    out.about = key.description;
    if (const auto found = overrides.find(key.name); found != overrides.end()) {
        out.set = true;
        out.set_at = found->second.set_at;
        out.set_by = found->second.set_by;
    }
    return out;
}

}  // namespace restante
