// Mail domains.
#include <map>

#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

using TenantNames = std::map<std::int64_t, std::string>;

Result<TenantNames> tenant_names(Parts& parts) {
    auto all = parts.directory.tenants();
    if (!all) return fail(std::move(all.error()));
    TenantNames names;
    for (const directory::Tenant& tenant : *all) names[tenant.id] = tenant.name;
    return names;
}

/// Where mail for an address goes, as names of accounts and addresses elsewhere.
json::array destinations_of(Parts& parts, const std::string& local_part, const std::string& domain) {
    json::array out;
    const auto route = parts.directory.route({local_part, domain});
    if (!route) return out;
    for (const std::int64_t id : route->accounts)
        if (const auto account = parts.directory.account_by_id(id); account && *account)
            out.emplace_back((*account)->name);
    for (const std::string& address : route->remote) out.emplace_back(address);
    if (route->discard) out.emplace_back("/dev/null");
    return out;
}

json::object write_domain(Parts& parts, const directory::Domain& domain, const TenantNames& names) {
    const auto owner = names.find(domain.tenant_id);
    json::array postmaster = destinations_of(parts, "postmaster", domain.name);
    const std::string advice =
        postmaster.empty() ? "postmaster@" + domain.name +
                                 " leads nowhere, but must be taken (RFC 5321 4.5.1): the first account made in the "
                                 "domain gets it, or set an alias"
                           : "";
    return {{"id", id_json(domain.id)},
            {"name", domain.name},
            {"tenant", owner == names.end() ? "" : owner->second},
            {"postmaster", std::move(postmaster)},
            {"abuse", destinations_of(parts, "abuse", domain.name)},
            {"advice", advice}};
}

Result<Response> write_one(Parts& parts, const directory::Domain& domain, int status) {
    auto names = tenant_names(parts);
    if (!names) return fail(std::move(names.error()));
    return Response::of(write_domain(parts, domain, *names), status);
}

Result<Response> list_domains(Parts& parts, const Request& request) {
    auto all = parts.directory.domains();
    if (!all) return fail(std::move(all.error()));
    auto names = tenant_names(parts);
    if (!names) return fail(std::move(names.error()));
    std::erase_if(*all, [&](const auto& domain) { return !may_see(request, domain.tenant_id); });
    return page_from(
        *all, page_in(request), [&](const auto& domain) { return write_domain(parts, domain, *names); },
        [](const auto& domain) { return domain.name; });
}

Result<Response> create_domain(Parts& parts, const Request& request) {
    std::int64_t owner = request.principal.tenant;
    if (const auto named = get_string(request.json, "tenant")) {
        auto tenant = tenant_named(parts, *named);
        if (!tenant) return field_problem("tenant", tenant.error().detail);
        owner = tenant->id;
    }
    if (owner == 0) return field_problem("tenant", "name the tenant that shall own the domain: whoever asks is none");
    if (!may_see(request, owner)) return fail(ErrorKind::denied, "only an administrator may create domains for others");
    auto domain = parts.directory.create_domain(owner, *get_string(request.json, "name"), {request.principal.name});
    if (!domain) return at_field("name", std::move(domain.error()));
    return write_one(parts, *domain, 201);
}

Result<Response> show_domain(Parts& parts, const Request& request) {
    auto domain = own_domain(parts, request, request.path_value("name"));
    if (!domain) return fail(std::move(domain.error()));
    return write_one(parts, *domain, 200);
}

Result<Response> delete_domain(Parts& parts, const Request& request) {
    auto domain = own_domain(parts, request, request.path_value("name"));
    if (!domain) return fail(std::move(domain.error()));
    return nothing(parts.directory.delete_domain(domain->name, {request.principal.name}));
}

void declare_domain(Schemas& schemas) {
    schemas.add(
        {"Domain",
         "A mail domain of this server.",
         {field("id", Type::id).required(), field("name", Type::string).required().about("Lower case, A-labels"),
          field("tenant", Type::string).required().about("Its owner"),
          array_field("postmaster", Type::string)
              .required()
              .about("Where mail for postmaster@ goes: accounts, addresses elsewhere, /dev/null; empty: nowhere"),
          array_field("abuse", Type::string).required().about("Where mail for abuse@ goes"),
          field("advice", Type::string).required().about("What is to be done, if anything")}});
    schemas.add({"DomainCreate",
                 "A new domain.",
                 {field("name", Type::string).required().length(1, 255),
                  field("tenant", Type::string).length(1, 64).about("The owner; whoever asks when left out")}});
    declare_page(schemas, "Domain");
}

}  // namespace

Group domain_group() {
    return {"domains",
            declare_domain,
            {{"GET",
              "/domains",
              "listDomains",
              "List the domains",
              Access::authenticated,
              paged(),
              {},
              "DomainPage",
              200,
              list_domains},
             {"POST",
              "/domains",
              "createDomain",
              "Create a domain",
              Access::authenticated,
              {},
              "DomainCreate",
              "Domain",
              201,
              create_domain},
             {"GET",
              "/domains/{name}",
              "showDomain",
              "Show a domain",
              Access::authenticated,
              {},
              {},
              "Domain",
              200,
              show_domain},
             {"DELETE",
              "/domains/{name}",
              "deleteDomain",
              "Delete a domain that has no accounts",
              Access::authenticated,
              {},
              {},
              {},
              204,
              delete_domain}}};
}

}  // namespace restante::admin
