// POP accounts.
#include "admin/account_json.hpp"
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

using AliasesByAccount = std::map<std::int64_t, std::vector<std::string>>;

json::object write_account(const directory::Account& account, const AliasesByAccount& aliases) {
    json::array leading;
    if (const auto found = aliases.find(account.id); found != aliases.end())
        for (const std::string& address : found->second) leading.emplace_back(address);
    return {{"id", id_json(account.id)},
            {"name", account.name},
            {"address", account.default_address},
            {"real_name", account.real_name},
            {"enabled", account.enabled},
            {"pop3_enabled", account.pop3_enabled},
            {"pop3_defaults", !account.pop3_own.has_value()},
            {"shared_secret", account.shared_secret},
            {"app_passwords_only", account.app_passwords_only},
            {"aliases", std::move(leading)}};
}

Result<Response> list_accounts(Parts& parts, const Request& request) {
    const std::string domain = request.query_value("domain").value_or("");
    auto all = parts.directory.accounts(domain);
    if (!all) return fail(std::move(all.error()));
    std::erase_if(*all, [&](const auto& account) { return !may_see(request, account.tenant_id); });
    auto aliases = parts.directory.aliases_by_account();
    if (!aliases) return fail(std::move(aliases.error()));
    return page_from(
        *all, page_in(request), [&](const auto& account) { return write_account(account, *aliases); },
        [](const auto& account) { return account.name; });
}

Result<Response> create_account(Parts& parts, const Request& request) {
    const auto wanted = read_account(request.json);
    if (auto domain = own_domain(parts, request, wanted.domain); !domain) return fail(std::move(domain.error()));
    auto account = parts.directory.create_account(wanted, {request.principal.name});
    if (!account) return fail(std::move(account.error()));
    return full_account(parts, *account, 201);
}

Result<Response> show_account(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    return full_account(parts, *account);
}

Result<Response> change_account(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    if (const auto real_name = get_string(request.json, "real_name"))
        if (auto done = parts.directory.set_real_name(account->name, *real_name, {request.principal.name}); !done)
            return at_field("real_name", std::move(done.error()));
    if (const auto enabled = get_boolean(request.json, "enabled"))
        if (auto done = parts.directory.set_enabled(account->name, *enabled, {request.principal.name}); !done)
            return at_field("enabled", std::move(done.error()));
    if (const auto only = get_boolean(request.json, "app_passwords_only"))
        if (auto done = parts.directory.set_app_passwords_only(account->name, *only, {request.principal.name}); !done)
            return at_field("app_passwords_only", std::move(done.error()));
    return show_account(parts, request);
}

Result<Response> set_account_password(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto done =
        parts.directory.set_password(account->name, *get_string(request.json, "password"), {request.principal.name});
    if (!done) return at_field("password", std::move(done.error()));
    return Response::no_content();
}

void declare_account(Schemas& schemas) {
    schemas.add({"Maildrop",
                 "What lies in an account's maildrop.",
                 {field("messages", Type::integer).required(), field("octets", Type::integer).required()}});
    schemas.add({"Account",
                 "A final destination of mail on this server.",
                 {field("id", Type::id).required(),
                  field("name", Type::string).required().about("Unique over the whole server"),
                  field("address", Type::string).required().about("Its default alias"),
                  field("real_name", Type::string).required(),
                  field("enabled", Type::boolean)
                      .required()
                      .about("false: nobody can log in; its mail is still taken and kept"),
                  field("pop3_enabled", Type::boolean).required(),
                  field("pop3_defaults", Type::boolean).required().about("false: it has POP3 settings of its own"),
                  field("shared_secret", Type::boolean)
                      .required()
                      .about("Its password is kept so that it can be read, for APOP, CRAM-MD5 and NTLM"),
                  field("app_passwords_only", Type::boolean)
                      .required()
                      .about("Mail programs must use app passwords, not the account's own"),
                  array_field("aliases", Type::string)
                      .required()
                      .length(0, 1'000'000)
                      .about("The aliases that lead to it, made by people"),
                  object_field("maildrop", "Maildrop").about("Not in listings")}});
    schemas.add(
        {"AccountCreate",
         "A new account.",
         {field("name", Type::string).required().length(1, 64), field("domain", Type::string).required().length(1, 255),
          field("real_name", Type::string).length(0, 256), field("password", Type::string).length(1, 1024),
          field("password_hash", Type::string)
              .length(1, 1024)
              .about("Instead of a password: an existing hash with its scheme, as {SHA512-CRYPT}$6$...")}});
    schemas.add({"AccountPatch",
                 "What shall change.",
                 {field("real_name", Type::string).length(0, 256), field("enabled", Type::boolean),
                  field("app_passwords_only", Type::boolean).about("Needs an app password")}});
    declare_page(schemas, "Account");
}

}  // namespace

directory::Directory::NewAccount read_account(const json::object& body) {
    return {*get_string(body, "name"), *get_string(body, "domain"), get_string(body, "real_name").value_or(""),
            get_string(body, "password").value_or(""), get_string(body, "password_hash").value_or("")};
}

Result<Response> full_account(Parts& parts, const directory::Account& account, int status) {
    auto size = parts.store.size_of(account.id);
    if (!size) return fail(std::move(size.error()));
    auto aliases = parts.directory.aliases_by_account();
    if (!aliases) return fail(std::move(aliases.error()));
    json::object out = write_account(account, *aliases);
    out["maildrop"] = {{"messages", size->messages}, {"octets", size->octets}};
    return Response::of(std::move(out), status);
}

Group account_group() {
    return {"accounts",
            declare_account,
            {{"GET",
              "/accounts",
              "listAccounts",
              "List the accounts",
              Access::authenticated,
              paged({field("domain", Type::string).about("Only of this domain")}),
              {},
              "AccountPage",
              200,
              list_accounts},
             {"POST",
              "/accounts",
              "createAccount",
              "Create an account",
              Access::authenticated,
              {},
              "AccountCreate",
              "Account",
              201,
              create_account},
             {"GET",
              "/accounts/{name}",
              "showAccount",
              "Show an account and the size of its maildrop",
              Access::authenticated,
              {},
              {},
              "Account",
              200,
              show_account},
             {"PATCH",
              "/accounts/{name}",
              "changeAccount",
              "Change an account",
              Access::authenticated,
              {},
              "AccountPatch",
              "Account",
              200,
              change_account},
             {"PUT",
              "/accounts/{name}/password",
              "setAccountPassword",
              "Set the password",
              Access::authenticated,
              {},
              "PasswordChange",
              {},
              204,
              set_account_password}}};
}

}  // namespace restante::admin
