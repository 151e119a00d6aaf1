#pragma once
// Keys of the configuration table with what administrators have set over the file: for services, and for what all of them
// share.
#include <string>
#include <vector>

#include "admin/services.hpp"
#include "base/log.hpp"
#include "config_table.hpp"
#include "service_settings.hpp"

namespace restante {

struct SettingOverlay {
    std::string owner;                   // "the service pop3", for people
    std::vector<const ConfigKey*> keys;  // by name
    ServiceSettings::ByProperty overrides{};
    Config effective{};  // the file's, and the overrides over it

    /// not_found, with the nearest name. `-` is as good as `_`.
    Result<const ConfigKey*> key(const std::string& property) const;
    /// `set` over what the file says. What cannot be read any more, as another version of the program set it, is logged.
    Config lay(const ServiceSettings::ByProperty& set, const Config& file, Log& log) const;
    admin::ServiceProperty view(const ConfigKey& key, const Config& file) const;
};

}  // namespace restante
