// Many accounts at once, in and out.
#include <algorithm>
#include <map>
#include <set>

#include "admin/account_json.hpp"
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {
using NewAccount = directory::Directory::NewAccount;
using RowFault = directory::Directory::RowFault;

constexpr std::size_t kMaxImport = 10'000;  // accounts of one import

/// Rows in domains that are not there, or not for whoever asks.
Result<std::vector<RowFault>> domain_faults(Parts& parts, const Request& request,
                                            const std::vector<NewAccount>& accounts) {
    std::map<std::string, std::string> known;  // domain -> what is wrong with it
    std::vector<RowFault> faults;
    for (std::size_t row = 0; row < accounts.size(); ++row) {
        const std::string name = to_lower(accounts[row].domain);
        const auto [found, is_new] = known.try_emplace(name);
        if (is_new)
            if (auto domain = own_domain(parts, request, name); !domain) {
                if (domain.error().kind != ErrorKind::not_found) return fail(std::move(domain.error()));
                found->second = domain.error().detail;
            }
        if (!found->second.empty()) faults.push_back({row, "domain", found->second, ErrorKind::not_found});
    }
    return faults;
}

Response row_problem(std::vector<RowFault> faults) {
    std::stable_sort(faults.begin(), faults.end(),
                     [](const RowFault& a, const RowFault& b) { return a.row < b.row; });
    std::vector<FieldFault> out;
    for (RowFault& fault : faults)
        out.push_back({"accounts[" + std::to_string(fault.row) + "]." + fault.field, std::move(fault.detail)});
    return problem(out);
}

Result<Response> import_accounts(Parts& parts, const Request& request) {
    std::vector<NewAccount> wanted;
    for (const json::value& one : request.json.at("accounts").as_array())
        wanted.push_back(read_account(one.as_object()));
    auto foreign = domain_faults(parts, request, wanted);
    if (!foreign) return fail(std::move(foreign.error()));
    const bool dry_run = get_boolean(request.json, "dry_run").value_or(false);
    auto made = parts.directory.import_accounts(wanted, dry_run || !foreign->empty(), {request.principal.name});
    if (!made) return fail(std::move(made.error()));
    std::set<std::size_t> rows;
    for (const RowFault& fault : *foreign) rows.insert(fault.row);
    for (RowFault& fault : made->faults)
        if (fault.field != "domain" || !rows.contains(fault.row)) foreign->push_back(std::move(fault));
    if (!foreign->empty()) return row_problem(std::move(*foreign));
    return Response::of(json::object{{"created", dry_run ? 0 : made->created}, {"checked", wanted.size()}});
}

json::object write_exported(const NewAccount& account) {
    json::object out{{"name", account.name}, {"domain", account.domain}, {"real_name", account.real_name}};
    if (!account.password_hash.empty()) out["password_hash"] = account.password_hash;
    return out;
}

Result<Response> export_accounts(Parts& parts, const Request& request) {
    const bool hashes = request.query_value("hashes").value_or("") == "true";
    if (hashes && !request.principal.administrator)
        return fail(ErrorKind::denied, "only an administrator may export password hashes");
    auto domains = parts.directory.domains();
    if (!domains) return fail(std::move(domains.error()));
    std::set<std::string> own;
    for (const directory::Domain& domain : *domains)
        if (may_see(request, domain.tenant_id)) own.insert(domain.name);
    auto all = parts.directory.export_accounts(request.query_value("domain").value_or(""), hashes,
                                               {request.principal.name});
    if (!all) return fail(std::move(all.error()));
    std::erase_if(*all, [&](const NewAccount& account) { return !own.contains(account.domain); });
    return page_from(*all, page_in(request), write_exported, [](const NewAccount& account) { return account.name; });
}

void declare_account_import(Schemas& schemas) {
    schemas.add({"AccountImport",
                 "New accounts: all or none.",
                 {object_array_field("accounts", "AccountCreate").required().length(1, kMaxImport),
                  field("dry_run", Type::boolean).about("true: only tell what would be wrong")}});
    schemas.add({"AccountImported",
                 "How many were made.",
                 {field("created", Type::integer).required(),
                  field("checked", Type::integer).required().about("Rows that were looked at")}});
    schemas.add({"ExportedAccount",
                 "An account as an import takes it.",
                 {field("name", Type::string).required(), field("domain", Type::string).required(),
                  field("real_name", Type::string).required(),
                  field("password_hash", Type::string).about("Only if asked for")}});
    declare_page(schemas, "ExportedAccount");
}

}  // namespace

Group account_import_group() {
    return {"accounts",
            declare_account_import,
            {{"POST",
              "/account-imports",
              "importAccounts",
              "Create many accounts: all or none, and every fault of every row is told",
              Access::authenticated,
              {},
              "AccountImport",
              "AccountImported",
              200,
              import_accounts},
             {"GET",
              "/account-exports",
              "exportAccounts",
              "List accounts as an import takes them; with their hashes for administrators, which is audited",
              Access::authenticated,
              paged({field("domain", Type::string).about("Only of this domain"),
                     field("hashes", Type::boolean).about("true: with the password hashes")}),
              {},
              "ExportedAccountPage",
              200,
              export_accounts}}};
}

}  // namespace restante::admin
