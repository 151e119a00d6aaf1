#include "admin/api.hpp"

#include <boost/json/serialize.hpp>

#include "admin/authenticate.hpp"
#include "admin/connection_actions.hpp"
#include "admin/message_import.hpp"
#include "admin/probe_api.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

constexpr std::string_view kPrefix = "/api/v1";

void indent(const json::value& value, std::size_t depth, std::string& out) {
    const std::string inner(2 * (depth + 1), ' '), outer(2 * depth, ' ');
    const char* separator = "\n";
    if (value.is_object() && !value.as_object().empty()) {
        out += '{';
        for (const auto& member : value.as_object()) {
            out += separator + inner + json::serialize(json::value(member.key())) + ": ";
            indent(member.value(), depth + 1, out);
            separator = ",\n";
        }
        out += "\n" + outer + '}';
    } else if (value.is_array() && !value.as_array().empty() && value.as_array().front().is_structured()) {
        out += '[';
        for (const json::value& element : value.as_array()) {
            out += separator + inner;
            indent(element, depth + 1, out);
            separator = ",\n";
        }
        out += "\n" + outer + ']';
    } else {
        out += json::serialize(value);
    }
}

void add_group(Router& router, Parts& parts, Group group) {
    group.declare(router.schemas());
    for (Operation& operation : group.operations) {
        Route route;
        route.method = std::move(operation.method);
        route.path = std::string(kPrefix) + operation.path;
        route.operation = std::move(operation.id);
        route.summary = std::move(operation.summary);
        route.tag = group.tag;
        route.access = operation.access;
        route.query = std::move(operation.query);
        route.request = std::move(operation.request);
        route.response = std::move(operation.response);
        route.success = {operation.status};
        route.handler = [&parts, function = operation.function](const Request& request) {
            return function(parts, request);
        };
        router.add(std::move(route));
    }
}

}  // namespace

void add_api(Router& router, Parts& parts) {
    for (Group (*group)() :
         {session_group, token_group, tenant_group, domain_group, dkim_group, alias_group, list_group, account_group, account_settings_group, mail_rules_group,
          app_password_group, removal_group, account_import_group, deletion_group, alert_group, watch_group, people_group,
          project_group, item_group, thread_group, connection_group, mail_log_group, server_group, store_group,
          service_group, setting_group, connector_group, sender_group, account_check_group, certificate_group, maildrop_group, queue_group, tls_report_group, spam_group})
        add_group(router, parts, group());
    add_connection_actions(router, parts);
    add_message_import(router, parts);
    add_spam_uploads(router, parts);
    add_probes(router, parts);
    router.set_authenticator([&parts](const Request& request) { return authenticate(parts, request); });
}

std::string indented(const json::value& document) {
    std::string out;
    indent(document, 0, out);
    return out + "\n";
}

}  // namespace restante::admin
