// Services: state, bindings, properties, certificates, and the settings shown to users.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "admin/service_json.hpp"
#include "admin/services.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

json::array texts(const std::vector<std::string>& all) { return json::array(all.begin(), all.end()); }
}  // namespace

json::object write_property(const ServiceProperty& property) {
    return {{"name", property.name},
            {"value", property.value},
            {"source", property.set ? "set" : "file"},
            {"in_file", property.in_file},
            {"set_at", time_or_null(property.set ? std::optional(property.set_at) : std::nullopt)},
            {"set_by", property.set ? json::value(property.set_by) : json::value(nullptr)},
            {"allowed", property.allowed},
            {"about", property.about}};
}

json::object write_service(const Service& service) {
    json::array bindings, properties, listen, listen_tls;
    for (const ServiceBinding& binding : service.bindings) {
        bindings.push_back(
            json::object{{"address", binding.address}, {"tls", binding.tls}, {"bound", texts(binding.bound)}});
        for (const std::string& bound : binding.bound) (binding.tls ? listen_tls : listen).push_back(json::string(bound));
    }
    for (const ServiceProperty& property : service.properties) properties.push_back(write_property(property));
    return {{"name", service.name},
            {"about", service.about},
            {"state", service.state},
            {"reason", service.reason},
            {"start", service.start},
            {"connector", service.connector},
            {"removable", service.removable},
            {"since", to_rfc3339(service.since)},
            {"connections", service.connections},
            {"listen", std::move(listen)},
            {"listen_tls", std::move(listen_tls)},
            {"bindings", std::move(bindings)},
            {"published", texts(service.published)},
            {"properties", std::move(properties)}};
}

namespace {

json::object write_certificate(const Certificate& certificate) {
    return {{"name", certificate.name},
            {"certificate_file", certificate.certificate_file},
            {"key_file", certificate.key_file},
            {"source", certificate.set ? "set" : "file"},
            {"problem", certificate.problem},
            {"host_names", texts(certificate.host_names)},
            {"fingerprint", certificate.fingerprint},
            {"expires_at", time_or_null(certificate.expires_at)},
            {"used_by", texts(certificate.used_by)}};
}

/// The service as it is after the change.
Result<Response> after(Parts& parts, const std::string& name, Result<> changed) {
    if (!changed) return fail(std::move(changed.error()));
    return answer(parts.services->one(name), write_service);
}

const std::string& service_in(const Request& request) { return request.path_value("name"); }
bool at_once(const Request& request) { return get_boolean(request.json, "now").value_or(false); }

Result<Response> list_services(Parts& parts, const Request& request) {
    return page_from(parts.services->all(), page_in(request), write_service, [](const Service& s) { return s.name; });
}
Result<Response> show_service(Parts& parts, const Request& request) {
    return answer(parts.services->one(service_in(request)), write_service);
}
Result<Response> start_service(Parts& parts, const Request& request) {
    return after(parts, service_in(request), parts.services->start(service_in(request), request.principal.name));
}
Result<Response> stop_service(Parts& parts, const Request& request) {
    return after(parts, service_in(request),
                 parts.services->stop(service_in(request), at_once(request), request.principal.name));
}
Result<Response> restart_service(Parts& parts, const Request& request) {
    return after(parts, service_in(request),
                 parts.services->restart(service_in(request), at_once(request), request.principal.name));
}
Result<Response> reload_service(Parts& parts, const Request& request) {
    return after(parts, service_in(request), parts.services->reload(service_in(request), request.principal.name));
}

Result<Response> set_property(Parts& parts, const Request& request) {
    auto changed = parts.services->set(service_in(request), request.path_value("property"),
                                       *get_string(request.json, "value"), request.principal.name);
    if (!changed) return at_field("value", std::move(changed.error()));
    return answer(parts.services->one(service_in(request)), write_service);
}
Result<Response> reset_property(Parts& parts, const Request& request) {
    return after(parts, service_in(request),
                 parts.services->reset(service_in(request), request.path_value("property"), request.principal.name));
}

Result<Response> add_binding(Parts& parts, const Request& request) {
    auto changed = parts.services->bind(service_in(request), *get_string(request.json, "address"),
                                        get_boolean(request.json, "tls").value_or(false), request.principal.name);
    if (!changed) return at_field("address", std::move(changed.error()));
    return answer(parts.services->one(service_in(request)), write_service);
}
Result<Response> remove_binding(Parts& parts, const Request& request) {
    return after(parts, service_in(request),
                 parts.services->unbind(service_in(request), request.path_value("address"), request.principal.name));
}

/// S2.33: what a person types into a mail program.
Result<Response> show_client_settings(Parts& parts, const Request&) {
    json::array items;
    for (const Service& service : parts.services->all())
        for (const std::string& text : service.published) {
            const std::size_t security = text.rfind(':'), port = text.rfind(':', security - 1);
            const auto number = parse_u64(text.substr(port + 1, security - port - 1));
            items.push_back(json::object{{"service", service.name},
                                         {"host", text.substr(0, port)},
                                         {"port", number.value_or(0)},
                                         {"security", text.substr(security + 1)}});
        }
    return Response::of(json::object{{"items", std::move(items)}});
}

Result<Response> list_certificates(Parts& parts, const Request& request) {
    return page_from(parts.services->certificates(), page_in(request), write_certificate,
                     [](const Certificate& c) { return c.name; });
}

Result<Response> one_certificate(Parts& parts, const std::string& name, int status) {
    for (const Certificate& certificate : parts.services->certificates())
        if (certificate.name == name) return Response::of(write_certificate(certificate), status);
    return fail(ErrorKind::not_found, "no certificate service_in " + escape_for_log(name, 80));
}

Result<Response> add_certificate(Parts& parts, const Request& request) {
    const std::string name = *get_string(request.json, "name");
    auto added = parts.services->add_certificate(name, *get_string(request.json, "certificate_file"),
                                                 *get_string(request.json, "key_file"), request.principal.name);
    if (!added) return at_field("certificate_file", std::move(added.error()));
    return one_certificate(parts, name, 201);
}
Result<Response> remove_certificate(Parts& parts, const Request& request) {
    return nothing(parts.services->remove_certificate(service_in(request), request.principal.name));
}
Result<Response> reload_certificates(Parts& parts, const Request& request) {
    if (auto done = parts.services->reload_certificates(request.principal.name); !done)
        return fail(std::move(done.error()));
    Request all;
    return list_certificates(parts, all);
}

void declare_services(Schemas& schemas) {
    schemas.add({"ServiceProperty",
                 "A setting of a service: the configuration file's value, or what an administrator has set over it.",
                 {field("name", Type::string).required(), field("value", Type::string).required().length(0, 65'536),
                  field("source", Type::string).required().one_of({"file", "set"}),
                  field("in_file", Type::string).required().length(0, 65'536).about("What a reset goes back to"),
                  field("set_at", Type::timestamp).required().nullable(),
                  field("set_by", Type::string).required().nullable(), field("allowed", Type::string).required(),
                  field("about", Type::string).required()}});
    schemas.add({"ServiceBinding",
                 "An address a service listens on.",
                 {field("address", Type::string).required().about("As asked for: *:110, 127.0.0.1:995, [::1]:25"),
                  field("tls", Type::boolean).required().about("TLS from the first octet; otherwise STLS or STARTTLS"),
                  array_field("bound", Type::string).required().about("The real addresses; empty while it is stopped")}});
    schemas.add({"Service",
                 "A service that can be started and stopped by itself.",
                 {field("name", Type::string).required(), field("about", Type::string).required(),
                  field("state", Type::string).required().one_of({"running", "stopped", "failed"}),
                  field("reason", Type::string).required().about("Why it failed"),
                  field("start", Type::string)
                      .required()
                      .one_of({"automatic", "manual", "disabled"})
                      .about("automatic: with the server"),
                  field("connector", Type::boolean).required().about("Takes SMTP"),
                  field("removable", Type::boolean).required().about("Made by an administrator"),
                  field("since", Type::timestamp).required().about("When it came into its state"),
                  field("connections", Type::integer).required(),
                  array_field("listen", Type::string).required().about("The real addresses; empty while it is stopped"),
                  array_field("listen_tls", Type::string).required().about("Those with TLS from the first octet"),
                  object_array_field("bindings", "ServiceBinding").required().about("As they were asked for"),
                  array_field("published", Type::string).required().about("host:port:SSL or host:port:TLS, for users"),
                  object_array_field("properties", "ServiceProperty").required()}});
    schemas.add({"ServiceStop",
                 "How to stop.",
                 {field("now", Type::boolean).about("Cut the sessions instead of letting each finish its command")}});
    schemas.add({"PropertyChange",
                 "A new value.",
                 {field("value", Type::string)
                      .required()
                      .length(0, 65'536)
                      .about("As in the configuration file, without quotes; lists with blanks between")}});
    schemas.add({"BindingAdd",
                 "One more address.",
                 {field("address", Type::string).required().length(3, 300), field("tls", Type::boolean)}});
    schemas.add({"ClientSetting",
                 "What a person types into a mail program.",
                 {field("service", Type::string).required(), field("host", Type::string).required(),
                  field("port", Type::integer).required(),
                  field("security", Type::string)
                      .required()
                      .one_of({"SSL", "TLS"})
                      .about("SSL: TLS from the first octet; TLS: STLS or STARTTLS")}});
    schemas.add({"ClientSettings", "All of them.", {object_array_field("items", "ClientSetting").required()}});
    declare_page(schemas, "Service");
}

void declare_certificates(Schemas& schemas) {
    schemas.add({"Certificate",
                 "A certificate with its key, in files on the server.",
                 {field("name", Type::string).required(), field("certificate_file", Type::string).required(),
                  field("key_file", Type::string).required(),
                  field("source", Type::string).required().one_of({"file", "set"}),
                  field("problem", Type::string)
                      .required()
                      .about("Why its files cannot be used now; what was loaded before stays in use"),
                  array_field("host_names", Type::string).required(), field("fingerprint", Type::string).required(),
                  field("expires_at", Type::timestamp).required().nullable(),
                  array_field("used_by", Type::string)
                      .required()
                      .about("Services that show it to clients that ask for no other by name (SNI)")}});
    schemas.add({"CertificateAdd",
                 "PEM files on the server; they are read again when they change.",
                 {field("name", Type::string).required().length(1, 64),
                  field("certificate_file", Type::string).required().length(1, 4096).about("Leaf first, then its chain"),
                  field("key_file", Type::string).required().length(1, 4096)}});
    declare_page(schemas, "Certificate");
}

}  // namespace

Group service_group() {
    Operation list = operation("GET", "/services", "listServices", "List the services", "", "ServicePage", list_services);
    list.query = paged();
    Operation settings = operation("GET", "/client-settings", "showClientSettings", "Servers and ports for mail programs",
                                   "", "ClientSettings", show_client_settings);
    settings.access = Access::authenticated;
    return {"services",
            declare_services,
            {std::move(list),
             operation("GET", "/services/{name}", "showService", "Show a service", "", "Service", show_service),
             operation("POST", "/services/{name}/start", "startService", "Start it", "", "Service", start_service),
             operation("POST", "/services/{name}/stop", "stopService", "Stop it; the others go on", "ServiceStop",
                       "Service", stop_service),
             operation("POST", "/services/{name}/restart", "restartService", "Stop it and start it again", "ServiceStop",
                       "Service", restart_service),
             operation("POST", "/services/{name}/reload", "reloadService", "Read its certificate again", "", "Service",
                       reload_service),
             operation("PUT", "/services/{name}/properties/{property}", "setServiceProperty",
                       "Set a property over the configuration file", "PropertyChange", "Service", set_property),
             operation("DELETE", "/services/{name}/properties/{property}", "resetServiceProperty",
                       "Go back to the configuration file's value", "", "Service", reset_property),
             operation("POST", "/services/{name}/bindings", "addServiceBinding", "Listen on one more address",
                       "BindingAdd", "Service", add_binding),
             operation("DELETE", "/services/{name}/bindings/{address}", "removeServiceBinding",
                       "Listen on an address no more", "", "Service", remove_binding),
             std::move(settings)}};
}

Group certificate_group() {
    Operation list = operation("GET", "/certificates", "listCertificates", "List the certificates", "", "CertificatePage",
                               list_certificates);
    list.query = paged();
    Operation add = operation("POST", "/certificates", "addCertificate", "Use one more certificate", "CertificateAdd",
                              "Certificate", add_certificate);
    add.status = 201;
    Operation remove = operation("DELETE", "/certificates/{name}", "removeCertificate", "Use a certificate no more", "",
                                 "", remove_certificate);
    remove.status = 204;
    return {"certificates",
            declare_certificates,
            {std::move(list), std::move(add), std::move(remove),
             operation("POST", "/certificates/reload", "reloadCertificates", "Read all of them from their files again",
                       "", "CertificatePage", reload_certificates)}};
}

}  // namespace restante::admin
