// What happens to an account's mail: forwards, automatic replies, quotas; and what tenants may.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"
#include "mda/account_rules.hpp"

namespace restante::admin {
namespace {
using directory::AutoReply;
using directory::Forwarding;
using directory::Quota;
using Origin = directory::EffectiveQuota::Origin;

json::object write_forwarding(const directory::Account& account) {
    json::array to;
    for (const std::string& one : account.forwarding.to) to.emplace_back(one);
    return {{"to", std::move(to)}, {"keep_copy", account.forwarding.keep_copy}};
}

Result<Response> show_forwarding(Parts& parts, const Request& request) {
    return answer(own_account(parts, request), write_forwarding);
}

Result<Response> change_forwarding(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    Forwarding wanted = account->forwarding;
    const json::value* to = request.json.if_contains("to");
    const bool off = get_boolean(request.json, "off").value_or(false);
    if (off && to != nullptr) return field_problem("off", "cannot be true together with addresses");
    if (off || to != nullptr) wanted.to.clear();
    if (to != nullptr)
        for (const json::value& one : to->as_array()) wanted.to.emplace_back(one.as_string());
    if (const auto keep = get_boolean(request.json, "keep_copy")) wanted.keep_copy = *keep;
    auto done = parts.directory.set_forwarding(account->name, wanted, {request.principal.name});
    if (!done) return at_field("to", std::move(done.error()));
    return show_forwarding(parts, request);
}

json::object write_auto_reply(const directory::Account& account) {
    const AutoReply reply = account.auto_reply ? *account.auto_reply : AutoReply{.enabled = false};
    return {{"enabled", reply.enabled},
            {"from", time_or_null(reply.from)},
            {"until", time_or_null(reply.until)},
            {"subject", reply.subject},
            {"body", reply.body},
            {"interval_days", static_cast<std::int64_t>(reply.interval.count())}};
}

Result<Response> show_auto_reply(Parts& parts, const Request& request) {
    return answer(own_account(parts, request), write_auto_reply);
}

Result<Response> change_auto_reply(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    AutoReply wanted = account->auto_reply ? *account->auto_reply : AutoReply{};
    const json::object& body = request.json;
    if (const auto enabled = get_boolean(body, "enabled")) wanted.enabled = *enabled;
    if (get_boolean(body, "always").value_or(false)) wanted.from.reset(), wanted.until.reset();
    for (auto [name, into] : {std::pair{"from", &wanted.from}, std::pair{"until", &wanted.until}}) {
        if (!get_string(body, name)) continue;
        *into = time_in(body, name);
        if (!*into) return field_problem(name, "there is no such date");
    }
    if (auto subject = get_string(body, "subject")) wanted.subject = std::move(*subject);
    if (auto text = get_string(body, "body")) wanted.body = std::move(*text);
    if (const auto days = get_integer(body, "interval_days")) wanted.interval = std::chrono::days(*days);
    auto done = parts.directory.set_auto_reply(account->name, wanted, {request.principal.name});
    if (!done) return at_field("body", std::move(done.error()));
    return show_auto_reply(parts, request);
}

Result<Response> delete_auto_reply(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    return nothing(parts.directory.set_auto_reply(account->name, std::nullopt, {request.principal.name}));
}

const char* name_of_origin(Origin origin) {
    constexpr const char* kNames[] = {"account", "domain", "tenant", "server"};
    return kNames[static_cast<std::size_t>(origin)];
}

Result<Response> show_quota(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto quota = parts.directory.quota_of(account->id);
    if (!quota) return fail(std::move(quota.error()));
    auto size = parts.store.size_of(account->id);
    if (!size) return fail(std::move(size.error()));
    return Response::of(json::object{{"octets", quota->quota.octets},
                                     {"messages", quota->quota.messages},
                                     {"origin", name_of_origin(quota->origin)},
                                     {"used_octets", size->octets},
                                     {"used_messages", size->messages},
                                     {"used_percent", mda::used_percent(quota->quota, *size)}});
}

/// What the body asks for, `now` where it names nothing; nullopt inside: the default.
Result<std::optional<Quota>> quota_in(const json::object& body, const std::optional<Quota>& now) {
    const auto octets = get_integer(body, "octets"), messages = get_integer(body, "messages");
    const bool defaults = get_boolean(body, "use_defaults").value_or(false);
    if (defaults && (octets || messages))
        return fail(ErrorKind::invalid, "use_defaults cannot be true together with a quota");
    if (defaults) return std::optional<Quota>{};
    if (!octets && !messages) return now;
    Quota wanted = now.value_or(Quota{});
    if (octets) wanted.octets = static_cast<std::uint64_t>(*octets);
    if (messages) wanted.messages = static_cast<std::uint64_t>(*messages);
    return std::optional<Quota>{wanted};
}

Result<Response> change_quota(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto wanted = quota_in(request.json, account->quota_own);
    if (!wanted) return at_field("use_defaults", std::move(wanted.error()));
    auto done = parts.directory.set_account_quota(account->name, *wanted, {request.principal.name});
    if (!done) return at_field("octets", std::move(done.error()));
    return show_quota(parts, request);
}

Response domain_quota(Parts& parts, std::int64_t id) {
    const auto quota = parts.directory.domain_quota(id);
    return Response::of(json::object{{"octets", quota.value_or(Quota{}).octets},
                                     {"messages", quota.value_or(Quota{}).messages},
                                     {"use_defaults", !quota.has_value()}});
}

Result<Response> change_domain_quota(Parts& parts, const Request& request) {
    auto domain = own_domain(parts, request, request.path_value("name"));
    if (!domain) return fail(std::move(domain.error()));
    auto wanted = quota_in(request.json, parts.directory.domain_quota(domain->id));
    if (!wanted) return at_field("use_defaults", std::move(wanted.error()));
    auto done = parts.directory.set_domain_quota(domain->name, *wanted, {request.principal.name});
    if (!done) return at_field("octets", std::move(done.error()));
    return domain_quota(parts, domain->id);
}

Result<Response> show_domain_quota(Parts& parts, const Request& request) {
    auto domain = own_domain(parts, request, request.path_value("name"));
    if (!domain) return fail(std::move(domain.error()));
    return domain_quota(parts, domain->id);
}

Result<Response> show_tenant_rules(Parts& parts, const Request& request) {
    auto tenant = tenant_named(parts, request.path_value("name"));
    if (!tenant) return fail(std::move(tenant.error()));
    const auto rules = parts.directory.tenant_rules(tenant->id);
    const auto& remote = rules.remote_destinations;
    return Response::of(json::object{{"octets", rules.quota.value_or(Quota{}).octets},
                                     {"messages", rules.quota.value_or(Quota{}).messages},
                                     {"use_defaults", !rules.quota.has_value()},
                                     {"remote_destinations", !remote   ? "default"
                                                             : *remote ? "allowed"
                                                                       : "forbidden"},
                                     {"may_send_outside", parts.directory.may_leave(tenant->id)}});
}

Result<Response> change_tenant_rules(Parts& parts, const Request& request) {
    auto tenant = tenant_named(parts, request.path_value("name"));
    if (!tenant) return fail(std::move(tenant.error()));
    auto rules = parts.directory.tenant_rules(tenant->id);
    auto quota = quota_in(request.json, rules.quota);
    if (!quota) return at_field("use_defaults", std::move(quota.error()));
    rules.quota = *quota;
    if (const auto word = get_string(request.json, "remote_destinations")) {
        rules.remote_destinations.reset();
        if (*word != "default") rules.remote_destinations = *word == "allowed";
    }
    auto done = parts.directory.set_tenant_rules(tenant->name, rules, {request.principal.name});
    if (!done) return at_field("octets", std::move(done.error()));
    return show_tenant_rules(parts, request);
}

std::vector<Field> quota_fields() {
    return {field("octets", Type::integer).range(0, 1LL << 50).about("0: no limit"),
            field("messages", Type::integer).range(0, 1LL << 50).about("0: no limit")};
}

Field remote_field() {
    return field("remote_destinations", Type::string)
        .one_of({"default", "allowed", "forbidden"})
        .about("May its aliases, forwards and lists lead outside this server?");
}

std::vector<Field> with(std::vector<Field> fields, std::vector<Field> more) {
    for (Field& one : more) fields.push_back(std::move(one));
    return fields;
}

std::vector<Field> needed(std::vector<Field> fields) {
    for (Field& one : fields) one.is_required = true;
    return fields;
}

void declare_quotas(Schemas& schemas) {
    const Field defaults = field("use_defaults", Type::boolean).about("true: as further out says");
    schemas.add(
        {"AccountQuota", "An account's quota and what is used of it.",
         needed(with(quota_fields(), {field("origin", Type::string)
                                          .one_of({"account", "domain", "tenant", "server"})
                                          .about("Whose setting counts"),
                                      field("used_octets", Type::integer), field("used_messages", Type::integer),
                                      field("used_percent", Type::integer)}))});
    schemas.add({"QuotaPatch", "What shall change.", with(quota_fields(), {defaults})});
    schemas.add({"QuotaDefault", "The quota of accounts that have none of their own.",
                 needed(with(quota_fields(), {defaults}))});
    schemas.add({"TenantRulesPatch", "What shall change.", with(quota_fields(), {defaults, remote_field()})});
    schemas.add({"TenantRules", "What holds for a tenant's accounts.",
                 needed(with(quota_fields(), {defaults, remote_field(), field("may_send_outside", Type::boolean)}))});
}

void declare_mail_rules(Schemas& schemas) {
    const auto to = [] { return array_field("to", Type::string).length(0, 50).about("Addresses, accounts or lists"); };
    const auto keep = [] { return field("keep_copy", Type::boolean).about("In the account's own maildrop too"); };
    schemas.add({"Forwarding", "Where an account's mail goes on to.", {to().required(), keep().required()}});
    schemas.add({"ForwardingPatch",
                 "What shall change.",
                 {to(), keep(), field("off", Type::boolean).about("true: no forward")}});
    const std::vector<Field> texts{
        field("subject", Type::string).length(0, 500).about("{subject} is that of the mail; empty: Auto: {subject}"),
        field("body", Type::string).length(0, 65'536),
        field("interval_days", Type::integer).range(1, 365).about("The same sender gets it once in that time")};
    schemas.add({"AutoReply", "An automatic reply (RFC 3834).",
                 needed(with({field("enabled", Type::boolean), field("from", Type::timestamp).nullable(),
                              field("until", Type::timestamp).nullable()},
                             texts))});
    schemas.add({"AutoReplyPatch", "What shall change.",
                 with({field("enabled", Type::boolean), field("from", Type::timestamp), field("until", Type::timestamp),
                       field("always", Type::boolean).about("true: without dates")},
                      texts)});
    declare_quotas(schemas);
}

}  // namespace

Group mail_rules_group() {
    const auto any = Access::authenticated;
    const auto administrator = Access::administrator;
    return {"accounts",
            declare_mail_rules,
            {{"GET",
              "/accounts/{name}/forward",
              "showForwarding",
              "Show where an account's mail goes on to",
              any,
              {},
              {},
              "Forwarding",
              200,
              show_forwarding},
             {"PATCH",
              "/accounts/{name}/forward",
              "changeForwarding",
              "Forward an account's mail, with or without a copy",
              any,
              {},
              "ForwardingPatch",
              "Forwarding",
              200,
              change_forwarding},
             {"GET",
              "/accounts/{name}/auto-reply",
              "showAutoReply",
              "Show an account's automatic reply",
              any,
              {},
              {},
              "AutoReply",
              200,
              show_auto_reply},
             {"PATCH",
              "/accounts/{name}/auto-reply",
              "changeAutoReply",
              "Set or change an account's automatic reply",
              any,
              {},
              "AutoReplyPatch",
              "AutoReply",
              200,
              change_auto_reply},
             {"DELETE",
              "/accounts/{name}/auto-reply",
              "deleteAutoReply",
              "Remove an account's automatic reply",
              any,
              {},
              {},
              {},
              204,
              delete_auto_reply},
             {"GET",
              "/accounts/{name}/quota",
              "showQuota",
              "Show an account's quota and what is used of it",
              any,
              {},
              {},
              "AccountQuota",
              200,
              show_quota},
             {"PATCH",
              "/accounts/{name}/quota",
              "changeQuota",
              "Change an account's quota",
              administrator,
              {},
              "QuotaPatch",
              "AccountQuota",
              200,
              change_quota},
             {"GET",
              "/domains/{name}/quota",
              "showDomainQuota",
              "Show the quota of a domain's accounts",
              any,
              {},
              {},
              "QuotaDefault",
              200,
              show_domain_quota},
             {"PATCH",
              "/domains/{name}/quota",
              "changeDomainQuota",
              "Change the quota of a domain's accounts",
              administrator,
              {},
              "QuotaPatch",
              "QuotaDefault",
              200,
              change_domain_quota},
             {"GET",
              "/tenants/{name}/rules",
              "showTenantRules",
              "Show what holds for a tenant's accounts",
              administrator,
              {},
              {},
              "TenantRules",
              200,
              show_tenant_rules},
             {"PATCH",
              "/tenants/{name}/rules",
              "changeTenantRules",
              "Change what holds for a tenant's accounts",
              administrator,
              {},
              "TenantRulesPatch",
              "TenantRules",
              200,
              change_tenant_rules}}};
}

}  // namespace restante::admin
