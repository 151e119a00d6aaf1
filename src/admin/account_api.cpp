// POP accounts.
#include <set>

#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kMaxImport = 10'000;  // accounts of one import

json::object write_account(const directory::Account& account) {
    return {{"id", id_json(account.id)},
            {"name", account.name},
            {"address", account.default_address},
            {"real_name", account.real_name},
            {"enabled", account.enabled}};
}

Result<directory::Account> own_account(Parts& parts, const Request& request) {
    const std::string& name = request.path_value("name");
    auto account = parts.directory.account(name);
    if (account && may_see(request, account->tenant_id)) return account;
    if (!account && account.error().kind != ErrorKind::not_found) return account;
    return fail(ErrorKind::not_found, "no account named " + escape_for_log(name, 80));
}

/// With the size of its maildrop, which costs a look into the store.
Result<Response> full_account(Parts& parts, const directory::Account& account, int status = 200) {
    auto size = parts.store.size_of(account.id);
    if (!size) return fail(std::move(size.error()));
    json::object out = write_account(account);
    out["maildrop"] = {{"messages", size->messages}, {"octets", size->octets}};
    return Response::of(std::move(out), status);
}

Result<Response> list_accounts(Parts& parts, const Request& request) {
    const std::string domain = request.query_value("domain").value_or("");
    auto all = parts.directory.accounts(domain);
    if (!all) return fail(std::move(all.error()));
    std::erase_if(*all, [&](const auto& account) { return !may_see(request, account.tenant_id); });
    return page_from(*all, page_in(request), write_account, [](const auto& account) { return account.name; });
}

directory::Directory::NewAccount read_account(const json::object& body) {
    return {*get_string(body, "name"), *get_string(body, "domain"), get_string(body, "real_name").value_or(""),
            get_string(body, "password").value_or(""), get_string(body, "password_hash").value_or("")};
}

Result<void> may_use_domains(Parts& parts, const Request& request,
                             const std::vector<directory::Directory::NewAccount>& accounts) {
    std::set<std::string> seen;
    for (const auto& account : accounts) {
        if (!seen.insert(to_lower(account.domain)).second) continue;
        if (auto domain = own_domain(parts, request, account.domain); !domain) return fail(std::move(domain.error()));
    }
    return {};
}

Result<Response> create_account(Parts& parts, const Request& request) {
    const auto wanted = read_account(request.json);
    if (auto ok = may_use_domains(parts, request, {wanted}); !ok) return fail(std::move(ok.error()));
    auto account = parts.directory.create_account(wanted, {request.principal.name});
    if (!account) return fail(std::move(account.error()));
    return full_account(parts, *account, 201);
}

Result<Response> import_accounts(Parts& parts, const Request& request) {
    std::vector<directory::Directory::NewAccount> wanted;
    for (const json::value& one : request.json.at("accounts").as_array())
        wanted.push_back(read_account(one.as_object()));
    if (auto ok = may_use_domains(parts, request, wanted); !ok) return fail(std::move(ok.error()));
    auto made = parts.directory.create_accounts(wanted, {request.principal.name});
    if (!made) return fail(std::move(made.error()));
    return Response::of(json::object{{"created", made->size()}}, 201);
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

Result<Response> delete_account(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    // A running POP3 session holds the maildrop; finding that out first leaves the account as it was.
    if (auto emptied = parts.store.remove_maildrop(account->id); !emptied) {
        if (emptied.error().kind == ErrorKind::busy)
            return fail(ErrorKind::busy,
                        "a POP3 session of " + account->name + " is open; disable the account and try again");
        return fail(std::move(emptied.error()));
    }
    if (auto gone = parts.directory.delete_account(account->name, {request.principal.name}); !gone)
        return fail(std::move(gone.error()));
    // What arrived in between.
    if (auto emptied = parts.store.remove_maildrop(account->id); !emptied)
        parts.log.warn("account.maildrop_left", {{"account", account->name}, {"detail", emptied.error().detail}});
    return Response::no_content();
}

void declare(Schemas& schemas) {
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
                 {field("real_name", Type::string).length(0, 256), field("enabled", Type::boolean)}});
    schemas.add({"AccountImport",
                 "New accounts: all or none.",
                 {object_array_field("accounts", "AccountCreate").required().length(1, kMaxImport)}});
    schemas.add({"AccountImported", "How many were made.", {field("created", Type::integer).required()}});
    declare_page(schemas, "Account");
}

}  // namespace

Group account_group() {
    return {"accounts",
            declare,
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
             {"POST",
              "/account-imports",
              "importAccounts",
              "Create many accounts: all or none",
              Access::authenticated,
              {},
              "AccountImport",
              "AccountImported",
              201,
              import_accounts},
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
              set_account_password},
             {"DELETE",
              "/accounts/{name}",
              "deleteAccount",
              "Delete an account and its mail",
              Access::authenticated,
              {},
              {},
              {},
              204,
              delete_account}}};
}

}  // namespace restante::admin
