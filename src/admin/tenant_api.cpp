// Tenants: the master users, who own domains and accounts.
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

json::object write_tenant(const directory::Tenant& tenant) {
    return {{"id", id_json(tenant.id)}, {"name", tenant.name}, {"administrator", tenant.administrator}};
}

Result<Response> list_tenants(Parts& parts, const Request& request) {
    auto all = parts.directory.tenants();
    if (!all) return fail(std::move(all.error()));
    return page_from(*all, page_in(request), write_tenant, [](const auto& tenant) { return tenant.name; });
}

Result<Response> create_tenant(Parts& parts, const Request& request) {
    return answer(parts.directory.create_tenant(
                      *get_string(request.json, "name"), *get_string(request.json, "password"),
                      get_boolean(request.json, "administrator").value_or(false), {request.principal.name}),
                  write_tenant, 201);
}

Result<Response> show_tenant(Parts& parts, const Request& request) {
    return answer(tenant_named(parts, request.path_value("name")), write_tenant);
}

Result<Response> set_tenant_password(Parts& parts, const Request& request) {
    auto tenant = tenant_named(parts, request.path_value("name"));
    if (!tenant) return fail(std::move(tenant.error()));
    if (!may_see(request, tenant->id)) return fail(ErrorKind::not_found, "no tenant named " + tenant->name);
    auto done =
        parts.directory.set_password(tenant->name, *get_string(request.json, "password"), {request.principal.name});
    if (!done) return at_field("password", std::move(done.error()));
    // Whoever got in with the old password is out.
    return nothing(parts.credentials.end_sessions_of(tenant->id));
}

void declare_tenant(Schemas& schemas) {
    schemas.add({"Tenant",
                 "A master user: owns domains and accounts.",
                 {field("id", Type::id).required(), field("name", Type::string).required(),
                  field("administrator", Type::boolean).required().about("May do everything on this server")}});
    schemas.add({"TenantCreate",
                 "A new tenant.",
                 {field("name", Type::string)
                      .required()
                      .length(1, 64)
                      .about("Unique over the tenants and accounts of the server"),
                  field("password", Type::string).required().length(1, 1024), field("administrator", Type::boolean)}});
    schemas.add({"PasswordChange", "A new password.", {field("password", Type::string).required().length(1, 1024)}});
    declare_page(schemas, "Tenant");
}

}  // namespace

Group tenant_group() {
    return {"tenants",
            declare_tenant,
            {{"GET",
              "/tenants",
              "listTenants",
              "List the tenants",
              Access::administrator,
              paged(),
              {},
              "TenantPage",
              200,
              list_tenants},
             {"POST",
              "/tenants",
              "createTenant",
              "Create a tenant",
              Access::administrator,
              {},
              "TenantCreate",
              "Tenant",
              201,
              create_tenant},
             {"GET",
              "/tenants/{name}",
              "showTenant",
              "Show a tenant",
              Access::administrator,
              {},
              {},
              "Tenant",
              200,
              show_tenant},
             {"PUT",
              "/tenants/{name}/password",
              "setTenantPassword",
              "Set a tenant's password and end its sessions",
              Access::authenticated,
              {},
              "PasswordChange",
              {},
              204,
              set_tenant_password}}};
}

}  // namespace restante::admin
