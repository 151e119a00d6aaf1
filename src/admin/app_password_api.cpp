// App passwords.
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {
constexpr std::size_t kMaxNetworks = 50;

json::object write_app_password(const directory::AppPassword& password) {
    json::array protocols, networks;
    if (password.pop3) protocols.emplace_back("pop3");
    if (password.smtp) protocols.emplace_back("smtp");
    for (const std::string& network : password.networks) networks.emplace_back(network);
    return {{"name", password.name},
            {"protocols", std::move(protocols)},
            {"networks", std::move(networks)},
            {"created_at", to_rfc3339(password.created_at)},
            {"expires_at", time_or_null(password.expires_at)},
            {"last_used_at", time_or_null(password.last_used_at)},
            {"last_used_from", password.last_used_from}};
}

Result<Response> list_app_passwords(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto all = parts.directory.app_passwords(account->name);
    if (!all) return fail(std::move(all.error()));
    return page_from(*all, page_in(request), write_app_password, [](const auto& password) { return password.name; });
}

Result<Response> create_app_password(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    directory::Directory::NewAppPassword wanted;
    wanted.name = *get_string(request.json, "name");
    if (const json::value* protocols = request.json.if_contains("protocols")) {
        wanted.pop3 = wanted.smtp = false;
        for (const json::value& one : protocols->as_array())
            (one.as_string() == "pop3" ? wanted.pop3 : wanted.smtp) = true;
    }
    if (const json::value* networks = request.json.if_contains("networks"))
        for (const json::value& one : networks->as_array()) wanted.networks.emplace_back(one.as_string());
    if (get_string(request.json, "expires_at")) {
        wanted.expires_at = time_in(request.json, "expires_at");
        if (!wanted.expires_at) return field_problem("expires_at", "is not a day and time that exists");
    }
    auto made = parts.directory.create_app_password(account->name, wanted, {request.principal.name});
    if (!made) return fail(std::move(made.error()));
    json::object out = write_app_password(made->app_password);
    out["password"] = made->secret;
    return Response::of(std::move(out), 201);
}

Result<Response> revoke_app_password(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    return nothing(parts.directory.revoke_app_password(account->name, request.path_value("app_password"),
                                                       {request.principal.name}));
}

void declare_app_password(Schemas& schemas) {
    const auto protocols = [] { return array_field("protocols", Type::string).one_of({"pop3", "smtp"}); };
    schemas.add({"AppPasswordCreate",
                 "A new app password. The server makes it.",
                 {field("name", Type::string).required().length(1, 100).about("What it is for; unique in the account"),
                  protocols().length(1, 2).about("Where it works; both when left out"),
                  array_field("networks", Type::string)
                      .length(0, kMaxNetworks)
                      .about("From where it works, as 192.0.2.0/24; everywhere when left out"),
                  field("expires_at", Type::timestamp).nullable().about("Left out: until it is revoked")}});
    schemas.add({"AppPassword",
                 "A password for one program.",
                 {field("name", Type::string).required(), protocols().required(),
                  array_field("networks", Type::string).required().about("Empty: everywhere"),
                  field("created_at", Type::timestamp).required(),
                  field("expires_at", Type::timestamp).required().nullable(),
                  field("last_used_at", Type::timestamp).required().nullable().about("After a restart, to the hour"),
                  field("last_used_from", Type::string).required().about("Address of the client"),
                  field("password", Type::string).about("Shown once, in the answer to its creation")}});
    declare_page(schemas, "AppPassword");
}

}  // namespace

Group app_password_group() {
    return {"app passwords",
            declare_app_password,
            {{"GET",
              "/accounts/{name}/app-passwords",
              "listAppPasswords",
              "List an account's app passwords",
              Access::authenticated,
              paged(),
              {},
              "AppPasswordPage",
              200,
              list_app_passwords},
             {"POST",
              "/accounts/{name}/app-passwords",
              "createAppPassword",
              "Create an app password; it is shown this once",
              Access::authenticated,
              {},
              "AppPasswordCreate",
              "AppPassword",
              201,
              create_app_password},
             {"DELETE",
              "/accounts/{name}/app-passwords/{app_password}",
              "revokeAppPassword",
              "Revoke an app password",
              Access::authenticated,
              {},
              {},
              {},
              204,
              revoke_app_password}}};
}

}  // namespace restante::admin
