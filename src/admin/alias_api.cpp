// Aliases.
#include <set>

#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kMaxDestinations = 1000;

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

void declare(Schemas& schemas) {
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
            declare,
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
              delete_alias}}};
}

}  // namespace restante::admin
