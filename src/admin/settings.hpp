#pragma once
// Sections of the configuration that belong to no service, and can be changed in a running server. The root implements it.
#include <string>
#include <vector>

#include "admin/services.hpp"

namespace restante::admin {

struct SettingSection {
    std::string name;  // "guessing"
    std::string about;
    std::vector<ServiceProperty> properties;
};

/// As Services: thread-safe and blocking; audited, stored and in force when a call returns. Errors: not_found, invalid.
class Settings {
public:
    virtual ~Settings() = default;

    virtual std::vector<SettingSection> all() = 0;  // by name
    virtual Result<SettingSection> one(const std::string& section) = 0;
    virtual Result<> set(const std::string& section, const std::string& property, const std::string& value,
                         const std::string& actor) = 0;
    virtual Result<> reset(const std::string& section, const std::string& property, const std::string& actor) = 0;
};

}  // namespace restante::admin
