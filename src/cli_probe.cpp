// probe pop3, probe smtp: tests of mail services, through the running server.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>

#include "api_session.hpp"
#include "moving/read_file.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;

struct ProbeArguments {
    std::string server, type = "ssl", other, other_type = "ssl", user, password, address, ca_file, fingerprint, html;
    std::int64_t port = 0, other_port = 0, connection_timeout = 0, total_timeout = 0;
    bool light = false, trust_any = false, password_from_stdin = false;
};

const std::vector<Column> kReport{{"SERVICE", "service"}, {"SERVER", "server"},          {"CONNECTION", "connection_type"}, {"RESULT", "result"},
                                  {"ERROR", "error"},     {"MILLISECONDS", "milliseconds"}, {"TIME", "at"}};
const std::vector<Column> kSteps{{"STEP", "name"}, {"RESULT", "result"}, {"MILLISECONDS", "milliseconds"}, {"DETAIL", "detail"}};

Result<json::object> request_of(const char* service, ProbeArguments& a) {
    json::object out{{"service", service}};
    const auto text = [&](const char* name, const std::string& value) {
        if (!value.empty()) out[name] = value;
    };
    const auto number = [&](const char* name, std::int64_t value) {
        if (value != 0) out[name] = value;
    };
    if (a.password_from_stdin) std::getline(std::cin, a.password);
    if (a.light) out["light"] = true;
    if (a.trust_any) out["trust_any_certificate"] = true;
    text("server", a.server);
    text("other_server", a.other);
    if (!a.server.empty()) text("connection_type", a.type);
    if (!a.other.empty()) text("other_connection_type", a.other_type);
    text("user", a.user);
    text("password", a.password);
    text("address", a.address);
    text("pinned_sha256", a.fingerprint);
    number("port", a.port);
    number("other_port", a.other_port);
    number("connection_timeout_seconds", a.connection_timeout);
    number("total_timeout_seconds", a.total_timeout);
    if (!a.ca_file.empty()) {
        auto pem = moving::read_whole(a.ca_file, 1U << 18);
        if (!pem) return fail(std::move(pem.error()));
        out["ca_pem"] = *pem;
    }
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '"') out += "&quot;";
        else out += c;
    }
    return out;
}

std::string cell(const json::value& object, const std::string& name) {
    const json::value& value = object.as_object().at(name);
    return escaped(value.is_string() ? std::string(value.as_string()) : json::serialize(value));
}

/// One page that stands alone (S2.41).
Result<void> write_html(const json::value& report, const std::string& file) {
    std::ofstream out(file);
    out << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Test of a mail service</title>\n"
           "<style>body{font-family:sans-serif}td,th{padding:.3em 1em;text-align:left}</style></head><body>\n"
           "<h1>Test of a mail service</h1>\n<table>\n";
    for (const Column& column : kReport) out << "<tr><th scope=\"row\">" << column.heading << "</th><td>" << cell(report, column.member) << "</td></tr>\n";
    out << "</table>\n<h2>Steps</h2>\n<table>\n<tr>";
    for (const Column& column : kSteps) out << "<th scope=\"col\">" << column.heading << "</th>";
    out << "</tr>\n";
    for (const json::value& step : report.as_object().at("steps").as_array()) {
        out << "<tr>";
        for (const Column& column : kSteps) out << "<td>" << cell(step, column.member) << "</td>";
        out << "</tr>\n";
    }
    out << "</table>\n</body></html>\n";
    out.flush();
    if (!out) return fail(ErrorKind::io, "cannot write " + file);
    return {};
}

void run_probe(Context& context, const char* service, ProbeArguments& arguments) {
    const auto request = request_of(service, arguments);
    if (!request) {
        context.exit_code = kFailed;
        return fmt::print(stderr, "restante: {}\n", request.error().detail);
    }
    ApiSession session(context);
    const auto report = session.request("POST", "/probes", json::serialize(*request));
    if (!report) return;
    session.show(*report, kReport);
    if (!context.json) session.show(json::object{{"items", report->at("steps")}}, kSteps);
    if (report->at("result").as_string() == "failure") context.exit_code = kFailed;
    if (arguments.html.empty()) return;
    if (auto written = write_html(*report, arguments.html); !written) {
        context.exit_code = kFailed;
        fmt::print(stderr, "restante: {}\n", written.error().detail);
    }
}

void add_probe(CLI::App& app, Context& context, const char* service, const char* words, const char* other) {
    CLI::App& command = subcommand(app, words);
    command.description(std::string("Test ") + service + ": connect, secure, log in, send a mail, find it, delete it");
    const auto a = std::make_shared<ProbeArguments>();
    const auto types = CLI::IsMember({"plaintext", "ssl", "tls"});
    command.add_flag("--light", a->light, "Log in only");
    command.add_option("--server", a->server, "Another server; left out: this one, with an account of its own");
    command.add_option("--port", a->port, "Its port")->check(CLI::Range(1, 65'535));
    command.add_option("--connection-type", a->type, "plaintext, ssl (TLS from the first octet) or tls (STLS, STARTTLS)")->check(types);
    command.add_option(std::string("--") + other + "-server", a->other, std::string("Its ") + other + " server, for the test mail");
    command.add_option(std::string("--") + other + "-port", a->other_port, "Port of that")->check(CLI::Range(1, 65'535));
    command.add_option(std::string("--") + other + "-connection-type", a->other_type, "As --connection-type, of that")->check(types);
    command.add_option("--user", a->user, "User name there");
    auto* password = command.add_option("--password", a->password, "Password there");
    command.add_flag("--password-stdin", a->password_from_stdin, "The same, as first line of standard input")->excludes(password);
    command.add_option("--address", a->address, "Mail address of that user, if it is not the user name");
    command.add_option("--ca-file", a->ca_file, "PEM file of authorities instead of the system's");
    command.add_option("--fingerprint", a->fingerprint, "SHA-256 of the one certificate that is accepted");
    command.add_flag("--trust-any-certificate", a->trust_any, "Accept any certificate");
    command.add_option("--connection-timeout", a->connection_timeout, "Seconds without an answer")->check(CLI::Range(1, 3'600));
    command.add_option("--total-timeout", a->total_timeout, "Seconds for all steps")->check(CLI::Range(1, 3'600));
    command.add_option("--html", a->html, "Write the report as HTML, too")->type_name("FILE");
    command.callback([&context, a, service] { run_probe(context, service, *a); });
}
}  // namespace

void add_probe_commands(CLI::App& app, Context& context) {
    subcommand(app, "probe").description("Test mail services, of this server or of others");
    add_probe(app, context, "pop3", "probe pop3", "smtp");
    add_probe(app, context, "smtp", "probe smtp", "pop3");
}

}  // namespace restante::cli
