// Receive connectors: the services that take SMTP, with those that administrators make.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "admin/service_json.hpp"
#include "admin/services.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

const std::string& name_in(const Request& request) { return request.path_value("name"); }

/// "listen=127.0.0.1:2525 [::1]:2525" each.
Result<Services::Properties> properties_in(const Request& request) {
    Services::Properties out;
    const json::value* given = request.json.if_contains("properties");
    if (given == nullptr || !given->is_array()) return out;
    for (const json::value& entry : given->get_array()) {
        const std::string text(entry.get_string());
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos)
            return fail(ErrorKind::invalid, "\"" + escape_for_log(text, 80) + "\" is not NAME=VALUE");
        std::string name = text.substr(0, equals);
        for (char& c : name) c = c == '-' ? '_' : c;
        if (!out.emplace(name, text.substr(equals + 1)).second)
            return fail(ErrorKind::invalid, escape_for_log(name, 80) + " is given twice");
    }
    return out;
}

Result<Service> connector_named(Parts& parts, const std::string& name) {
    auto service = parts.services->one(name);
    if (service && !service->connector) return fail(ErrorKind::not_found, "the service " + name + " takes no SMTP");
    return service;
}

Result<Response> list_connectors(Parts& parts, const Request& request) {
    std::vector<Service> connectors;
    for (Service& service : parts.services->all())
        if (service.connector) connectors.push_back(std::move(service));
    return page_from(connectors, page_in(request), write_service, [](const Service& s) { return s.name; });
}
Result<Response> show_connector(Parts& parts, const Request& request) {
    return answer(connector_named(parts, name_in(request)), write_service);
}

Result<Response> add_connector(Parts& parts, const Request& request) {
    const std::string name = to_lower(*get_string(request.json, "name"));
    const auto properties = properties_in(request);
    if (!properties) return at_field("properties", properties.error());
    auto made = parts.services->create_connector(name, *properties, request.principal.name);
    if (!made) return at_field("properties", std::move(made.error()));
    return answer(parts.services->one(name), write_service, 201);
}

Result<Response> change_connector(Parts& parts, const Request& request) {
    if (auto known = connector_named(parts, name_in(request)); !known) return fail(std::move(known.error()));
    const auto properties = properties_in(request);
    if (!properties) return at_field("properties", properties.error());
    auto changed = parts.services->change_properties(name_in(request), *properties, request.principal.name);
    if (!changed) return at_field("properties", std::move(changed.error()));
    return show_connector(parts, request);
}

Result<Response> remove_connector(Parts& parts, const Request& request) {
    if (auto known = connector_named(parts, name_in(request)); !known) return fail(std::move(known.error()));
    return nothing(parts.services->remove_connector(name_in(request), request.principal.name));
}

Result<Response> enable_connector(Parts& parts, const Request& request) {
    if (auto known = connector_named(parts, name_in(request)); !known) return fail(std::move(known.error()));
    auto enabled = parts.services->set(name_in(request), "start", "automatic", request.principal.name);
    if (enabled) enabled = parts.services->start(name_in(request), request.principal.name);
    if (!enabled) return fail(std::move(enabled.error()));
    return show_connector(parts, request);
}
Result<Response> disable_connector(Parts& parts, const Request& request) {
    if (auto known = connector_named(parts, name_in(request)); !known) return fail(std::move(known.error()));
    auto disabled = parts.services->stop(name_in(request), false, request.principal.name);
    if (disabled) disabled = parts.services->set(name_in(request), "start", "disabled", request.principal.name);
    if (!disabled) return fail(std::move(disabled.error()));
    return show_connector(parts, request);
}

void declare_connector(Schemas& schemas) {
    schemas.add({"ConnectorAdd",
                 "A receive connector. What is not given is as in [smtp] and [smtp.connector] of the configuration.",
                 {field("name", Type::string).required().length(1, 64),
                  array_field("properties", Type::string).about("NAME=VALUE; lists with blanks between")}});
    schemas.add({"ConnectorChange",
                 "New values, all at once.",
                 {array_field("properties", Type::string).required().about("NAME=VALUE; lists with blanks between")}});
}

}  // namespace

Group connector_group() {
    Operation list = operation("GET", "/connectors", "listConnectors", "List the receive connectors", "", "ServicePage",
                               list_connectors);
    list.query = paged();
    Operation add = operation("POST", "/connectors", "addConnector", "Make a receive connector and start it",
                              "ConnectorAdd", "Service", add_connector);
    add.status = 201;
    Operation remove = operation("DELETE", "/connectors/{name}", "removeConnector",
                                 "Remove a connector; its sessions end", "", "", remove_connector);
    remove.status = 204;
    return {"connectors",
            declare_connector,
            {std::move(list), std::move(add), std::move(remove),
             operation("GET", "/connectors/{name}", "showConnector", "Show a connector", "", "Service", show_connector),
             operation("PATCH", "/connectors/{name}", "changeConnector", "Change settings that go together at once",
                       "ConnectorChange", "Service", change_connector),
             operation("POST", "/connectors/{name}/enable", "enableConnector", "Start it, now and with the server", "",
                       "Service", enable_connector),
             operation("POST", "/connectors/{name}/disable", "disableConnector", "Stop it for good", "", "Service",
                       disable_connector)}};
}

}  // namespace restante::admin
