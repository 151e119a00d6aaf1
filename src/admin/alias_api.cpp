// Aliases.
#include <set>

#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kMaxDestinations = 1000;
constexpr std::size_t kMaxAliasText = 16 << 20;  // octets

std::string domain_of(const std::string& address) {
    const auto at = address.rfind('@');
    return at == std::string::npos ? "" : address.substr(at + 1);
}

json::object write_alias(const directory::Alias& alias) {
    json::array destinations;
    for (const std::string& destination : alias.destinations) destinations.emplace_back(destination);
    return {{"id", id_json(alias.id)},
            {"address", alias.address},
            {"destinations", std::move(destinations)},
            {"managed_by", alias.managed_by}};
}

Result<Response> list_aliases(Parts& parts, const Request& request) {
    auto domains = parts.directory.domains();
    if (!domains) return fail(std::move(domains.error()));
    auto all = parts.directory.aliases(request.query_value("domain").value_or(""));
    if (!all) return fail(std::move(all.error()));
    std::set<std::int64_t> own;
    for (const directory::Domain& domain : *domains)
        if (may_see(request, domain.tenant_id)) own.insert(domain.id);
    std::erase_if(*all, [&](const auto& alias) { return !own.contains(alias.domain_id); });
    return page_from(*all, page_in(request), write_alias, [](const auto& alias) { return alias.address; });
}

Result<directory::Alias> own_alias(Parts& parts, const Request& request) {
    const std::string& address = request.path_value("address");
    const Error none{ErrorKind::not_found, "no alias " + escape_for_log(address, 80)};
    auto domain = own_domain(parts, request, domain_of(address));
    if (!domain) return fail(none);
    auto all = parts.directory.aliases(domain->name);
    if (!all) return fail(std::move(all.error()));
    for (directory::Alias& alias : *all)
        if (iequals(alias.address, address)) return std::move(alias);
    return fail(none);
}

Result<Response> show_alias(Parts& parts, const Request& request) {
    return answer(own_alias(parts, request), write_alias);
}

Result<Response> put_alias(Parts& parts, const Request& request) {
    const std::string& address = request.path_value("address");
    if (auto domain = own_domain(parts, request, domain_of(address)); !domain) return fail(std::move(domain.error()));
    std::vector<std::string> destinations;
    for (const json::value& one : request.json.at("destinations").as_array())
        destinations.emplace_back(one.as_string());
    auto alias = parts.directory.set_alias(address, destinations, {request.principal.name});
    if (!alias) return at_field("destinations", std::move(alias.error()));
    return Response::of(write_alias(*alias));
}

Result<Response> delete_alias(Parts& parts, const Request& request) {
    auto alias = own_alias(parts, request);
    if (!alias) return fail(std::move(alias.error()));
    return nothing(parts.directory.delete_alias(alias->address, {request.principal.name}));
}

Result<Response> show_text(Parts& parts, const Request& request) {
    auto domain = own_domain(parts, request, request.path_value("name"));
    if (!domain) return fail(std::move(domain.error()));
    return answer(parts.directory.alias_text(domain->name), [](std::string& text) {
        return json::object{{"text", std::move(text)}};
    });
}

Result<Response> put_text(Parts& parts, const Request& request) {
    auto domain = own_domain(parts, request, request.path_value("name"));
    if (!domain) return fail(std::move(domain.error()));
    auto change =
        parts.directory.put_alias_text(domain->name, *get_string(request.json, "text"),
                                       get_boolean(request.json, "dry_run").value_or(false), {request.principal.name});
    if (!change) return fail(std::move(change.error()));
    std::vector<FieldFault> faults;
    for (directory::LineFault& fault : change->faults)
        faults.push_back({fault.line == 0 ? "text" : "line " + std::to_string(fault.line), std::move(fault.detail)});
    if (!faults.empty()) return problem(faults);
    return Response::of(json::object{{"added", change->added},
                                     {"changed", change->changed},
                                     {"removed", change->removed},
                                     {"aliases", change->aliases}});
}

void declare_alias(Schemas& schemas) {
    const auto text = [] {
        return field("text", Type::string)
            .required()
            .length(0, kMaxAliasText)
            .about("One \"alias destination\" a line; the aliases kept by the program itself are not in it");
    };
    schemas.add({"AliasText", "A domain's aliases as one text.", {text()}});
    schemas.add({"AliasTextPut",
                 "What a domain's aliases shall be.",
                 {text(), field("dry_run", Type::boolean).about("Only tell what would be done")}});
    schemas.add({"AliasTextChange",
                 "What became of the aliases.",
                 {field("added", Type::integer).required(), field("changed", Type::integer).required(),
                  field("removed", Type::integer).required(), field("aliases", Type::integer).required()}});
    schemas.add({"Alias",
                 "Where mail for an address goes.",
                 {field("id", Type::id).required(), field("address", Type::string).required(),
                  array_field("destinations", Type::string).required(),
                  field("managed_by", Type::string)
                      .required()
                      .about("Not empty: kept by the program itself, as account:bob")}});
    schemas.add({"AliasPut",
                 "Where mail for an address shall go.",
                 {array_field("destinations", Type::string)
                      .required()
                      .length(1, kMaxDestinations)
                      .about("Addresses, account names without a domain, or /dev/null")}});
    declare_page(schemas, "Alias");
}

}  // namespace

Group alias_group() {
    return {"aliases",
            declare_alias,
            {{"GET",
              "/aliases",
              "listAliases",
              "List the aliases",
              Access::authenticated,
              paged({field("domain", Type::string).about("Only of this domain")}),
              {},
              "AliasPage",
              200,
              list_aliases},
             {"GET",
              "/aliases/{address}",
              "showAlias",
              "Show an alias",
              Access::authenticated,
              {},
              {},
              "Alias",
              200,
              show_alias},
             {"PUT",
              "/aliases/{address}",
              "putAlias",
              "Create or replace an alias",
              Access::authenticated,
              {},
              "AliasPut",
              "Alias",
              200,
              put_alias},
             {"DELETE",
              "/aliases/{address}",
              "deleteAlias",
              "Delete an alias",
              Access::authenticated,
              {},
              {},
              {},
              204,
              delete_alias},
             {"GET",
              "/domains/{name}/alias-text",
              "showAliasText",
              "Show a domain's aliases as one text",
              Access::authenticated,
              {},
              {},
              "AliasText",
              200,
              show_text},
             {"PUT",
              "/domains/{name}/alias-text",
              "putAliasText",
              "Make a domain's aliases those of a text, all or none; what is wrong is told line by line",
              Access::authenticated,
              {},
              "AliasTextPut",
              "AliasTextChange",
              200,
              put_text}}};
}

}  // namespace restante::admin
