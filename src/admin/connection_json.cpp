#include "admin/connection_json.hpp"

#include "admin/resources.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kMaxPem = 65'536;

json::value time_or_never(Timestamp time) {
    return time == Timestamp{} ? json::value(nullptr) : json::value(to_rfc3339(time));
}

json::object write_health(const fetch::Health& health) {
    return {{"state", fetch::to_string(health.state)},
            {"last_try", time_or_never(health.last_try)},
            {"last_success", time_or_never(health.last_success)},
            {"failing_since", time_or_never(health.failing_since)},
            {"next_try", time_or_never(health.next_try)},
            {"consecutive_errors", health.consecutive_errors},
            {"last_error", health.last_error}};
}

void take(const json::object& body, const char* name, std::string& into) {
    if (auto text = get_string(body, name)) into = std::move(*text);
}
void take(const json::object& body, const char* name, bool& into) { into = get_boolean(body, name).value_or(into); }
template <class Number>
void take_number(const json::object& body, const char* name, Number& into) {
    if (const auto number = get_integer(body, name)) into = static_cast<Number>(*number);  // the schema bounds it
}

/// What creation, change and test have in common.
std::vector<Field> settings_fields() {
    return {
        field("name", Type::string).length(1, 200).about("Unique"),
        field("address", Type::string).length(1, 255).about("Host name or IP address"),
        field("port", Type::integer).range(1, 65535).about("995 for implicit TLS, else 110, when left out"),
        field("tls", Type::string).one_of({"none", "stls", "implicit"}).about("implicit when left out"),
        field("user", Type::string).length(1, 320),
        field("password", Type::string).length(0, 1024).about("Stored encrypted, never shown"),
        field("timeout_seconds", Type::integer).range(1, 3600),
        field("interval_minutes", Type::integer).range(1, 44'640),
        field("verify_certificate", Type::boolean).about("true when left out"),
        field("ca_pem", Type::string).length(0, kMaxPem).about("Authorities of its own instead of the system's"),
        field("pinned_sha256", Type::string).length(0, 128).about("SHA-256 of the one certificate that is accepted"),
        field("purpose", Type::string).one_of({"maildrop", "replies"}).about("replies: mails become comments"),
        field("account", Type::string).length(0, 320).about("Whose maildrop, for purpose maildrop"),
        field("enabled", Type::boolean),
        field("leave_on_server", Type::boolean).about("Remember what was collected instead of deleting it")};
}

std::vector<Field> with_required(std::vector<Field> fields, const std::vector<std::string>& names) {
    for (Field& one : fields)
        for (const std::string& name : names)
            if (one.name == name) one.is_required = true;
    return fields;
}

void declare_health(Schemas& schemas) {
    schemas.add(
        {"ConnectionHealth",
         "How a connection fares.",
         {field("state", Type::string).required().one_of({"new", "ok", "failing", "paused", "disabled"}),
          field("last_try", Type::timestamp).required().nullable(),
          field("last_success", Type::timestamp).required().nullable(),
          field("failing_since", Type::timestamp).required().nullable(),
          field("next_try", Type::timestamp).required().nullable(),
          field("consecutive_errors", Type::integer).required(), field("last_error", Type::string).required()}});
}

void declare_actions(Schemas& schemas) {
    const auto count = [](const char* name, const char* about) {
        return field(name, Type::integer).required().about(about);
    };
    schemas.add(
        {"PollReport",
         "What one poll did.",
         {field("ok", Type::boolean).required(),
          field("error", Type::string).required().about("Why not, empty when ok"),
          count("listed", "Mails on the server"), count("taken", "Delivered, made a comment, or judged otherwise"),
          count("unrelated", "Mails that belong to nothing here"), count("oversize", "Too large, left there"),
          count("refused", "Left there, not tried again"), count("put_off", "Could not be delivered now"),
          count("deleted", "Deletions the server confirmed"),
          field("paused", Type::boolean).required().about("Stopped at the limit of unrelated mails"),
          count("milliseconds", "How long it took")}});
    schemas.add(
        {"ProbeStep",
         "One step of a connection test.",
         {field("name", Type::string).required().about("connect, tls, greeting, login, list"),
          field("ok", Type::boolean).required(), field("milliseconds", Type::integer).required(),
          field("detail", Type::string).required().about("What was found, or what went wrong and what to do")}});
    schemas.add({"ProbeReport",
                 "A connection test; nothing is changed on the server.",
                 {field("ok", Type::boolean).required(), object_array_field("steps", "ProbeStep").required()}});
}

}  // namespace

json::object write_connection(const fetch::Connection& connection) {
    const fetch::Settings& s = connection.settings;
    return {{"id", id_json(connection.id)},
            {"name", s.name},
            {"address", s.address},
            {"port", s.port},
            {"tls", fetch::to_string(s.tls)},
            {"user", s.user},
            {"timeout_seconds", s.timeout_seconds},
            {"interval_minutes", s.interval_minutes},
            {"verify_certificate", s.verify_certificate},
            {"ca_pem", s.ca_pem},
            {"pinned_sha256", s.pinned_sha256},
            {"purpose", fetch::to_string(s.purpose)},
            {"account", s.account},
            {"enabled", s.enabled},
            {"leave_on_server", s.leave_on_server},
            {"health", write_health(connection.health)}};
}

Result<void> read_settings(const json::object& body, fetch::Settings& settings) {
    for (auto [name, into] : {std::pair{"name", &settings.name},
                              {"address", &settings.address},
                              {"user", &settings.user},
                              {"password", &settings.password},
                              {"ca_pem", &settings.ca_pem},
                              {"pinned_sha256", &settings.pinned_sha256},
                              {"account", &settings.account}})
        take(body, name, *into);
    for (auto [name, into] : {std::pair{"verify_certificate", &settings.verify_certificate},
                              {"enabled", &settings.enabled},
                              {"leave_on_server", &settings.leave_on_server}})
        take(body, name, *into);
    take_number(body, "port", settings.port);
    take_number(body, "timeout_seconds", settings.timeout_seconds);
    take_number(body, "interval_minutes", settings.interval_minutes);
    if (const auto word = get_string(body, "tls")) {
        auto mode = fetch::parse_tls_mode(*word);
        if (!mode) return fail(std::move(mode.error()));
        // The port follows the mode (S3.12) unless it is named too.
        if (settings.tls != *mode && !get_integer(body, "port")) settings.port = 0;
        settings.tls = *mode;
    }
    if (const auto word = get_string(body, "purpose")) {
        auto purpose = fetch::parse_purpose(*word);
        if (!purpose) return fail(std::move(purpose.error()));
        settings.purpose = *purpose;
    }
    return {};
}

void declare_connections(Schemas& schemas) {
    declare_health(schemas);
    declare_actions(schemas);
    schemas.add({"ConnectionPatch", "What shall change.", settings_fields()});
    schemas.add({"ConnectionCreate", "A new POP3 connection.",
                 with_required(settings_fields(), {"name", "address", "user", "password"})});
    std::vector<Field> test = with_required(settings_fields(), {"address", "user"});
    test.push_back(field("connection_id", Type::id).about("Whose stored password is used when none is given"));
    schemas.add({"ConnectionTest", "Settings to try; they need not be stored.", std::move(test)});
    std::vector<Field> shown;
    for (Field& one : settings_fields()) {
        if (one.name == "password") continue;
        one.is_required = true;
        one.min_length = 0;
        shown.push_back(std::move(one));
    }
    shown.push_back(field("id", Type::id).required());
    shown.push_back(object_field("health", "ConnectionHealth").required());
    schemas.add({"Connection", "A POP3 mailbox that is collected; its password is never shown.", std::move(shown)});
    declare_page(schemas, "Connection");
}

}  // namespace restante::admin
