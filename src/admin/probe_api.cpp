#include "admin/probe_api.hpp"

#include <boost/json/array.hpp>

#include "admin/resources.hpp"
#include "probe/prober.hpp"

namespace restante::admin {
namespace {

json::object write_probe_report(const probe::Report& report) {
    json::array steps;
    for (const probe::Step& step : report.steps)
        steps.push_back(json::object{
            {"name", step.name}, {"result", to_string(step.outcome)}, {"milliseconds", step.milliseconds}, {"detail", step.detail}});
    return {{"service", to_string(report.protocol)},
            {"server", report.server},
            {"connection_type", to_string(report.type)},
            {"light", report.light},
            {"result", to_string(report.result)},
            {"error", report.error},
            {"milliseconds", report.milliseconds},
            {"at", to_rfc3339(report.at)},
            {"steps", std::move(steps)}};
}

probe::ConnectionType type_in(const json::object& body, const char* name) {
    const std::string word = get_string(body, name).value_or("ssl");
    return word == "plaintext" ? probe::ConnectionType::plaintext : word == "tls" ? probe::ConnectionType::tls : probe::ConnectionType::ssl;
}

probe::Endpoint endpoint_in(const json::object& body, probe::Protocol protocol, const char* host, const char* port, const char* type) {
    probe::Endpoint out{get_string(body, host).value_or(""), 0, type_in(body, type)};
    out.port = static_cast<std::uint16_t>(get_integer(body, port).value_or(default_port(protocol, out.type)));
    return out;
}

probe::Target target_in(const json::object& body, probe::Protocol protocol) {
    probe::Target out;
    const bool pop3 = protocol == probe::Protocol::pop3;
    const auto other = pop3 ? probe::Protocol::smtp : probe::Protocol::pop3;
    out.protocol = protocol;
    (pop3 ? out.pop3 : out.smtp) = endpoint_in(body, protocol, "server", "port", "connection_type");
    (pop3 ? out.smtp : out.pop3) = endpoint_in(body, other, "other_server", "other_port", "other_connection_type");
    out.user = get_string(body, "user").value_or("");
    out.password = get_string(body, "password").value_or("");
    out.address = get_string(body, "address").value_or(out.user);
    out.light = get_boolean(body, "light").value_or(false);
    out.trust_any = get_boolean(body, "trust_any_certificate").value_or(false);
    out.ca_pem = get_string(body, "ca_pem").value_or("");
    out.pinned_sha256 = get_string(body, "pinned_sha256").value_or("");
    return out;
}

net::Task<Result<Response>> run(Parts& parts, Request request) {
    const json::object& body = request.json;
    const auto protocol = *get_string(body, "service") == "pop3" ? probe::Protocol::pop3 : probe::Protocol::smtp;
    if (!get_string(body, "server")) {
        const bool light = get_boolean(body, "light").value_or(false);
        const auto report = co_await parts.prober->probe_own(protocol, light);
        co_return Response::of(write_probe_report(report));
    }
    probe::Target target = target_in(body, protocol);
    const fetch::Options& rules = parts.connections.options();
    target.allow_internal = rules.allow_internal || rules.allow_loopback;
    if (protocol == probe::Protocol::pop3 && target.user.empty()) co_return fail(ErrorKind::invalid, "a POP3 test needs user and password");
    probe::Options options = parts.prober->options();
    if (const auto seconds = get_integer(body, "connection_timeout_seconds")) options.connection_timeout = std::chrono::seconds(*seconds);
    if (const auto seconds = get_integer(body, "total_timeout_seconds")) options.total_timeout = std::chrono::seconds(*seconds);
    const auto report = co_await parts.prober->probe_other(std::move(target), options);
    co_return Response::of(write_probe_report(report));
}

Result<Response> history(Parts& parts) {
    json::array items;
    for (const probe::Report& report : parts.prober->history()) items.push_back(write_probe_report(report));
    return Response::of(json::object{{"items", std::move(items)}});
}

void declare_probe(Schemas& schemas) {
    const std::vector<std::string> types{"plaintext", "ssl", "tls"};
    schemas.add({"ServiceProbe",
                 "What is to be tested: a service of this server, or with `server` one elsewhere.",
                 {field("service", Type::string).required().one_of({"pop3", "smtp"}),
                  field("light", Type::boolean).about("Log in only; no test mail"),
                  field("server", Type::string).length(1, 255).about("Host name or IP address; left out: this server"),
                  field("port", Type::integer).range(1, 65'535), field("connection_type", Type::string).one_of(types),
                  field("other_server", Type::string).length(1, 255).about("Of the other protocol: sends or finds the test mail"),
                  field("other_port", Type::integer).range(1, 65'535), field("other_connection_type", Type::string).one_of(types),
                  field("user", Type::string).length(1, 1000), field("password", Type::string).length(1, 1000),
                  field("address", Type::string).length(1, 320).about("Of that user's mailbox; the user name when left out"),
                  field("trust_any_certificate", Type::boolean), field("ca_pem", Type::string).length(1, 262'144),
                  field("pinned_sha256", Type::string).length(64, 128),
                  field("connection_timeout_seconds", Type::integer).range(1, 3'600),
                  field("total_timeout_seconds", Type::integer).range(1, 3'600)}});
    schemas.add({"ServiceProbeStep",
                 "One step of a test.",
                 {field("name", Type::string).required(), field("result", Type::string).required().one_of({"success", "skipped", "failure"}),
                  field("milliseconds", Type::integer).required(), field("detail", Type::string).required().length(0, 65'536)}});
    schemas.add({"ServiceProbeReport",
                 "What a test found.",
                 {field("service", Type::string).required(), field("server", Type::string).required(),
                  field("connection_type", Type::string).required(), field("light", Type::boolean).required(),
                  field("result", Type::string).required().one_of({"success", "skipped", "failure"}),
                  field("error", Type::string).required().length(0, 65'536).about("Of the step that failed; empty if none did"),
                  field("milliseconds", Type::integer).required(), field("at", Type::timestamp).required(),
                  object_array_field("steps", "ServiceProbeStep").required()}});
    schemas.add({"ServiceProbeHistory", "The latest tests.", {object_array_field("items", "ServiceProbeReport").required()}});
}

}  // namespace

void add_probes(Router& router, Parts& parts) {
    declare_probe(router.schemas());
    Route probe;
    probe.method = "POST";
    probe.path = "/api/v1/probes";
    probe.operation = "probeService";
    probe.summary = "Test a mail service: connect, secure, log in, send, find, delete";
    probe.tag = "server";
    probe.request = "ServiceProbe";
    probe.response = "ServiceProbeReport";
    probe.async_handler = [&parts](Request request) { return run(parts, std::move(request)); };
    router.add(std::move(probe));
    Route list;
    list.method = "GET";
    list.path = "/api/v1/probes";
    list.operation = "listProbes";
    list.summary = "The latest tests of mail services, newest first";
    list.tag = "server";
    list.response = "ServiceProbeHistory";
    list.handler = [&parts](const Request&) { return history(parts); };
    router.add(std::move(list));
}

}  // namespace restante::admin
