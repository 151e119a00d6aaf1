// Deleting accounts: what would go, deleting, restoring, and for good.
#include "admin/account_json.hpp"
#include "admin/account_purge.hpp"
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

PurgeParts purge_parts(Parts& parts) { return {parts.directory, parts.store, parts.log}; }

/// When it could be restored no more; nullopt if the server keeps no deleted accounts.
std::optional<Timestamp> restorable_until(Parts& parts, const directory::Account& account) {
    const Timestamp until = parts.directory.purge_at(account);
    if (until <= parts.clock.now()) return std::nullopt;
    return until;
}

Result<json::object> write_removal(Parts& parts, const directory::Account& account) {
    auto changed = parts.directory.aliases_without(account.name);
    if (!changed) return fail(std::move(changed.error()));
    json::array removed, shortened;
    for (const directory::Alias& alias : *changed)
        (alias.destinations.empty() ? removed : shortened).emplace_back(alias.address);
    return json::object{{"account", account.name},
                        {"restorable_until", time_or_null(restorable_until(parts, account))},
                        {"aliases_removed", std::move(removed)},
                        {"aliases_changed", std::move(shortened)}};
}

Result<Response> show_removal(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    return answer(write_removal(parts, *account), [](json::object& out) { return std::move(out); });
}

Result<Response> delete_account(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto removal = write_removal(parts, *account);
    if (!removal) return fail(std::move(removal.error()));
    if (restorable_until(parts, *account)) {
        auto hidden = parts.directory.hide_account(account->name, {request.principal.name});
        if (!hidden) return fail(std::move(hidden.error()));
    } else if (auto gone = purge_account(purge_parts(parts), *account, request.principal.name); !gone) {
        return fail(std::move(gone.error()));
    }
    return Response::of(std::move(*removal));
}

json::object write_removed(Parts& parts, const directory::Account& account) {
    return {{"name", account.name},
            {"address", account.default_address},
            {"real_name", account.real_name},
            {"deleted_at", time_or_null(account.deleted_at)},
            {"purge_at", to_rfc3339(parts.directory.purge_at(account))}};
}

Result<std::vector<directory::Account>> own_removed(Parts& parts, const Request& request) {
    auto all = parts.directory.hidden_accounts();
    if (all) std::erase_if(*all, [&](const auto& account) { return !may_see(request, account.tenant_id); });
    return all;
}

Result<directory::Account> removed_named(Parts& parts, const Request& request) {
    auto all = own_removed(parts, request);
    if (!all) return fail(std::move(all.error()));
    const std::string& name = request.path_value("name");
    for (directory::Account& account : *all)
        if (iequals(account.name, name) || iequals(account.default_address, name)) return std::move(account);
    return fail(ErrorKind::not_found, "no account named " + escape_for_log(name, 80) + " was deleted lately");
}

Result<Response> list_removed(Parts& parts, const Request& request) {
    auto all = own_removed(parts, request);
    if (!all) return fail(std::move(all.error()));
    return page_from(
        *all, page_in(request), [&](const auto& account) { return write_removed(parts, account); },
        [](const auto& account) { return account.name; });
}

Result<Response> restore_account(Parts& parts, const Request& request) {
    auto account = removed_named(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto restored = parts.directory.restore_account(account->name, {request.principal.name});
    if (!restored) return fail(std::move(restored.error()));
    return full_account(parts, *restored);
}

Result<Response> purge_removed(Parts& parts, const Request& request) {
    auto account = removed_named(parts, request);
    if (!account) return fail(std::move(account.error()));
    return nothing(purge_account(purge_parts(parts), *account, request.principal.name));
}

void declare_removal(Schemas& schemas) {
    schemas.add({"Removal",
                 "What the deletion of an account takes along.",
                 {field("account", Type::string).required(),
                  field("restorable_until", Type::timestamp)
                      .required()
                      .nullable()
                      .about("null: the account and its mail go at once (setting [directory] deletion_grace)"),
                  array_field("aliases_removed", Type::string)
                      .required()
                      .length(0, 1'000'000)
                      .about("They would lead nowhere"),
                  array_field("aliases_changed", Type::string)
                      .required()
                      .length(0, 1'000'000)
                      .about("They lose this destination and keep others")}});
    schemas.add({"RemovedAccount",
                 "A deleted account that can be restored. Nobody can log in, and no mail is taken for it.",
                 {field("name", Type::string).required(), field("address", Type::string).required(),
                  field("real_name", Type::string).required(),
                  field("deleted_at", Type::timestamp).required().nullable(),
                  field("purge_at", Type::timestamp).required().about("It goes for good then")}});
    declare_page(schemas, "RemovedAccount");
}

}  // namespace

Group removal_group() {
    return {"accounts",
            declare_removal,
            {{"GET",
              "/accounts/{name}/removal",
              "showRemoval",
              "Show what deleting an account would take along; nothing is changed",
              Access::authenticated,
              {},
              {},
              "Removal",
              200,
              show_removal},
             {"DELETE",
              "/accounts/{name}",
              "deleteAccount",
              "Delete an account; until restorable_until it can be restored with its mail and aliases",
              Access::authenticated,
              {},
              {},
              "Removal",
              200,
              delete_account},
             {"GET",
              "/removed-accounts",
              "listRemovedAccounts",
              "List the deleted accounts that can be restored",
              Access::authenticated,
              paged(),
              {},
              "RemovedAccountPage",
              200,
              list_removed},
             {"POST",
              "/removed-accounts/{name}/restore",
              "restoreAccount",
              "Undo the deletion of an account",
              Access::authenticated,
              {},
              {},
              "Account",
              200,
              restore_account},
             {"DELETE",
              "/removed-accounts/{name}",
              "purgeAccount",
              "Delete a deleted account and its mail for good",
              Access::authenticated,
              {},
              {},
              {},
              204,
              purge_removed}}};
}

}  // namespace restante::admin
