// Commands about receive connectors, senders, and whether an account is set up right; requests to the running server.
#include "cli_api.hpp"

namespace restante::cli {
namespace {
const std::vector<Column> kConnector{{"NAME", "name"},     {"STATE", "state"},          {"REASON", "reason"},
                                     {"START", "start"},   {"REMOVABLE", "removable"},  {"SESSIONS", "connections"},
                                     {"LISTEN", "listen"}, {"LISTEN TLS", "listen_tls"}};
const std::vector<Column> kConnectorProperty{
    {"PROPERTY", "name"}, {"VALUE", "value"}, {"SOURCE", "source"}, {"SET BY", "set_by"}, {"ALLOWED", "allowed"}};
const std::vector<Column> kGrant{
    {"ACCOUNT", "account"}, {"ADDRESS", "address"}, {"GRANTED", "granted_at"}, {"BY", "granted_by"}};
const std::vector<Column> kPopUse{{"ACCOUNT", "account"},
                                  {"MESSAGES", "messages"},
                                  {"FIRST", "first_at"},
                                  {"LAST", "last_at"},
                                  {"FROM", "last_from"}};
const std::vector<Column> kCheck{{"ACCOUNT", "account"}, {"GOOD", "good"}};
const std::vector<Column> kFinding{{"WHAT", "what"}, {"STATE", "state"}, {"FOUND", "detail"}, {"WHAT TO DO", "fix"}};

const std::vector<ApiCommand>& commands() {
    const Parameter name = in_path("name", "Connector: see connector list");
    const Parameter properties{"properties", "properties", "NAME=VALUE, such as listen=\"127.0.0.1:2526 [::1]:2526\"",
                               Kind::list};
    Parameter changes = properties;
    changes.required = true;
    static const std::vector<ApiCommand> all{
        {"connector list", "List the receive connectors", "GET", "/connectors", {}, {}, kConnector},
        {"connector show",
         "Show a connector and its settings",
         "GET",
         "/connectors/{name}",
         {name},
         {},
         kConnector,
         "properties",
         kConnectorProperty},
        {"connector add",
         "Make a connector and start it",
         "POST",
         "/connectors",
         {{"name", "name", "Unique name", Kind::text, true}, properties},
         {},
         kConnector},
        {"connector set",
         "Change settings, all given ones at once",
         "PATCH",
         "/connectors/{name}",
         {name, changes},
         {},
         kConnector},
        {"connector remove", "Remove a connector; its sessions end", "DELETE", "/connectors/{name}", {name}},
        {"connector enable",
         "Start a connector, now and with the server",
         "POST",
         "/connectors/{name}/enable",
         {name},
         {},
         kConnector},
        {"connector disable",
         "Stop a connector for good",
         "POST",
         "/connectors/{name}/disable",
         {name},
         {},
         kConnector},
        {"send-as list", "List who may send as addresses that are not their own", "GET", "/send-as", {}, {}, kGrant},
        {"send-as add",
         "Let an account send as another address",
         "POST",
         "/send-as",
         {{"account", "account", "Account", Kind::text, true},
          {"address", "address", "sales@example.net, or @example.net", Kind::text, true}},
         {},
         kGrant},
        {"send-as remove",
         "Take such a grant back",
         "DELETE",
         "/send-as/{account}/{address}",
         {in_path("account", "Account"), in_path("address", "As it was granted")}},
        {"pop-before-smtp list",
         "List who still sends after a POP3 login only",
         "GET",
         "/pop-before-smtp",
         {},
         {},
         kPopUse},
        {"check account",
         "Is this account set up right?",
         "GET",
         "/accounts/{name}/check",
         {in_path("name", "Account")},
         {},
         kCheck,
         "findings",
         kFinding},
    };
    return all;
}

const std::vector<CommandGroup> kConnectorGroups{{"connector", "Receive connectors: where SMTP and LMTP are taken"},
                                        {"send-as", "Who may send as addresses that are not their own"},
                                        {"pop-before-smtp", "Who sends without a login of its own"},
                                        {"check", "Is it set up right?"}};
}  // namespace

void add_connector_commands(CLI::App& app, Context& context) { add_commands(app, context, kConnectorGroups, commands()); }

}  // namespace restante::cli
