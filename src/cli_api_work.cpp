// Commands over the API about collected mail and the work it is about.
#include "cli_api.hpp"

namespace restante::cli {
namespace {
const std::vector<Column> kPerson{{"ID", "id"}, {"NAME", "name"}, {"EMAIL", "email"}, {"ACTIVE", "active"}};
const std::vector<Column> kProject{{"ID", "id"}, {"NAME", "name"}, {"VISIBILITY", "visibility"}, {"ARCHIVED", "archived"}};
const std::vector<Column> kMember{{"PERSON", "person_id"}, {"NAME", "name"}, {"EMAIL", "email"}};
const std::vector<Column> kItem{{"ID", "id"},       {"PROJECT", "project"}, {"KIND", "kind"},
                                {"STATE", "state"}, {"ASSIGNEE", "assignee_id"}, {"TITLE", "title"}};
const std::vector<Column> kSubscriber{{"PERSON", "person_id"}, {"NAME", "name"}, {"EMAIL", "email"}, {"REASON", "reason"}};
const std::vector<Column> kComment{{"ID", "id"}, {"TIME", "created_at"}, {"AUTHOR", "author"}, {"ORIGIN", "origin"}, {"COMMENT", "body"}};
const std::vector<Column> kConnection{{"ID", "id"},      {"NAME", "name"},        {"ADDRESS", "address"},         {"PORT", "port"}, {"TLS", "tls"},
                                      {"USER", "user"},  {"PURPOSE", "purpose"},  {"STATE", "health.state"},
                                      {"LAST SUCCESS", "health.last_success"}, {"LAST ERROR", "health.last_error"}};
const std::vector<Column> kMail{{"ID", "id"}, {"TIME", "at"}, {"VERDICT", "verdict"}, {"SENDER", "sender"}, {"SUBJECT", "subject"}, {"REASON", "reason"}};

const std::vector<Parameter>& connection_settings() {
    static const std::vector<Parameter> settings{
        optional("port", "port", "995 for implicit TLS, else 110, when left out", Kind::number),
        optional("tls", "tls", "implicit, stls or none"),
        {"user", "user", "User name there"},
        password("Password there; stored encrypted"),
        optional("purpose", "purpose", "replies: mails become comments; maildrop: they go to --account"),
        optional("account", "account", "Whose maildrop"),
        optional("interval", "interval_minutes", "Minutes between polls", Kind::number),
        optional("timeout", "timeout_seconds", "Seconds without an answer", Kind::number),
        optional("verify-certificate", "verify_certificate", "true or false", Kind::boolean),
        optional("ca-file", "ca_pem", "PEM file of authorities instead of the system's", Kind::file),
        optional("fingerprint", "pinned_sha256", "SHA-256 of the one certificate that is accepted"),
        optional("enabled", "enabled", "true or false", Kind::boolean),
        optional("leave-on-server", "leave_on_server", "true or false", Kind::boolean)};
    return settings;
}
}  // namespace

std::vector<ApiCommand> connection_commands() {
    std::vector<Parameter> creation = connection_settings();
    creation.insert(creation.begin(), needed("address", "address", "Host name or IP address of the POP3 server"));
    std::vector<Parameter> change = connection_settings();
    change.insert(change.begin(), {optional("name", "name", "New name"), optional("address", "address", "Host name or IP address")});
    std::vector<Parameter> test = creation;
    test.push_back(optional("connection", "connection_id", "Use the password stored for this connection"));
    return {
        {"connection list", "List the POP3 connections and how they fare", "GET", "/connections", {}, {}, kConnection},
        {"connection show", "Show a connection", "GET", "/connections/{id}", {in_path("id", "Connection")}, {}, kConnection},
        {"connection add", "Store a POP3 connection", "POST", "/connections", {needed("name", "name", "Unique name")}, creation, kConnection},
        {"connection set", "Change a connection", "PATCH", "/connections/{id}", {in_path("id", "Connection")}, change, kConnection},
        {"connection delete", "Delete a connection and what it remembers", "DELETE", "/connections/{id}", {in_path("id", "Connection")}},
        {"connection test", "Try settings; nothing is changed on that server", "POST", "/connection-tests", {}, test,
         {{"OK", "ok"}}, "steps", {{"STEP", "name"}, {"OK", "ok"}, {"MILLISECONDS", "milliseconds"}, {"DETAIL", "detail"}}},
        {"connection poll", "Collect now", "POST", "/connections/{id}/poll", {in_path("id", "Connection")}, {},
         {{"OK", "ok"}, {"ERROR", "error"}, {"LISTED", "listed"}, {"TAKEN", "taken"}, {"UNRELATED", "unrelated"},
          {"DELETED", "deleted"}, {"MILLISECONDS", "milliseconds"}}},
    };
}

std::vector<ApiCommand> work_commands() {
    return {
        {"work person list", "List the people", "GET", "/people", {}, {}, kPerson},
        {"work person add", "Create a person", "POST", "/people", {needed("name", "name", "Name")},
         {needed("email", "email", "Mail address"), optional("account", "account", "Account on this server")}, kPerson},
        {"work project list", "List the projects", "GET", "/projects", {}, {}, kProject},
        {"work project add", "Create a project", "POST", "/projects", {needed("name", "name", "Name")},
         {optional("description", "description", "What it is about"), optional("visibility", "visibility", "members or everyone")}, kProject},
        {"work project members", "List a project's members", "GET", "/projects/{id}/members", {in_path("id", "Project")}, {}, kMember},
        {"work project join", "Let a person view a project", "PUT", "/projects/{id}/members/{person}",
         {in_path("id", "Project"), in_path("person", "Person: id or mail address")}},
        {"work item list", "List tasks and requests", "GET", "/items", {},
         {optional("project", "project_id", "Of this project only"), optional("state", "state", "In this state only")}, kItem},
        {"work item add", "Create a task or a request", "POST", "/items", {needed("title", "title", "Title")},
         {needed("project", "project_id", "Project"), needed("creator", "creator", "Person: id or mail address"),
          optional("kind", "kind", "task or request"), optional("description", "description", "Description"),
          optional("assignee", "assignee", "Person: id or mail address")}, kItem},
        {"work item show", "Show an item", "GET", "/items/{id}", {in_path("id", "Item")}, {}, kItem},
        {"work item set", "Change an item", "PATCH", "/items/{id}", {in_path("id", "Item")},
         {optional("title", "title", "Title"), optional("description", "description", "Description"),
          optional("state", "state", "open, in_progress, done or cancelled"), optional("assignee", "assignee", "Person; empty: nobody")}, kItem},
        {"work item subscribers", "Who is notified", "GET", "/items/{id}/subscribers", {in_path("id", "Item")}, {}, kSubscriber},
        {"work item subscribe", "Notify a person of comments", "PUT", "/items/{id}/subscribers/{person}",
         {in_path("id", "Item"), in_path("person", "Person: id or mail address")}},
        {"work item unsubscribe", "Notify a person no more", "DELETE", "/items/{id}/subscribers/{person}",
         {in_path("id", "Item"), in_path("person", "Person: id or mail address")}},
        {"work comment list", "Show an item's thread", "GET", "/items/{id}/comments", {in_path("id", "Item")}, {}, kComment},
        {"work comment add", "Comment, and notify the subscribers", "POST", "/items/{id}/comments",
         {in_path("id", "Item"), needed("text", "body", "The comment")}, {needed("author", "author", "Person: id or mail address")}, kComment},
        {"work mail list", "Collected mails and what became of them", "GET", "/mails", {}, {optional("verdict", "verdict", "Only these")}, kMail},
        {"work mail original", "A collected mail as it was received", "GET", "/mails/{id}/original", {in_path("id", "Mail")}},
    };
}

}  // namespace restante::cli
