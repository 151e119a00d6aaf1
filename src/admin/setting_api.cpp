// Settings that belong to no service, such as those of passwords and of the guard against guessing.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "admin/service_json.hpp"
#include "admin/settings.hpp"

namespace restante::admin {
namespace {

json::object write_section(const SettingSection& section) {
    json::array properties;
    for (const ServiceProperty& property : section.properties) properties.push_back(write_property(property));
    return {{"name", section.name}, {"about", section.about}, {"properties", std::move(properties)}};
}

const std::string& section_in(const Request& request) { return request.path_value("name"); }

Result<Response> list_settings(Parts& parts, const Request& request) {
    return page_from(parts.settings->all(), page_in(request), write_section, [](const SettingSection& s) { return s.name; });
}
Result<Response> show_settings(Parts& parts, const Request& request) {
    return answer(parts.settings->one(section_in(request)), write_section);
}
Result<Response> set_setting(Parts& parts, const Request& request) {
    auto changed = parts.settings->set(section_in(request), request.path_value("property"), *get_string(request.json, "value"),
                                       request.principal.name);
    if (!changed) return at_field("value", std::move(changed.error()));
    return show_settings(parts, request);
}
Result<Response> reset_setting(Parts& parts, const Request& request) {
    auto changed = parts.settings->reset(section_in(request), request.path_value("property"), request.principal.name);
    if (!changed) return fail(std::move(changed.error()));
    return show_settings(parts, request);
}

void declare_setting(Schemas& schemas) {
    schemas.add({"Settings",
                 "A section of the configuration that belongs to no service, and can be changed in a running server.",
                 {field("name", Type::string).required(), field("about", Type::string).required(),
                  object_array_field("properties", "ServiceProperty").required()}});
    declare_page(schemas, "Settings");
}

}  // namespace

Group setting_group() {
    Operation list = operation("GET", "/settings", "listSettings", "List the settings that belong to no service", "",
                               "SettingsPage", list_settings);
    list.query = paged();
    return {"settings",
            declare_setting,
            {std::move(list),
             operation("GET", "/settings/{name}", "showSettings", "Show one section of them", "", "Settings", show_settings),
             operation("PUT", "/settings/{name}/{property}", "setSetting",
                       "Set one over the configuration file; in force at once", "PropertyChange", "Settings", set_setting),
             operation("DELETE", "/settings/{name}/{property}", "resetSetting", "Go back to the configuration file's value",
                       "", "Settings", reset_setting)}};
}

}  // namespace restante::admin
