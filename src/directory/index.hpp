#pragma once
// The whole directory in memory: what every lookup is answered from. Plain data; its owner guards it.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "directory/directory.hpp"

namespace restante::directory {

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};
template <class T>
using ByName = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

struct Credential {
    std::string hash;
    std::uint64_t version = 0;  // another one after every change; never 0 once set
};
struct TenantEntry {
    Tenant tenant;
    Credential credential;
};
/// SCRAM keys of an account's password, packed: salt, stored key and server key behind one another.
struct ScramRecord {
    std::uint32_t iterations = 0;  // 0: none
    std::string sha1, sha256;
};
struct StoredAppPassword {
    AppPassword shown;
    std::string digest;  // see app_password.hpp
};
struct AccountEntry {
    Account account;
    Credential credential;
    ScramRecord scram{};
    std::string sealed_secret{};  // of a SecretBox, for owner_of(account); empty: not opted in
    std::vector<StoredAppPassword> app_passwords{};
};

struct Index {
    ByName<TenantEntry> tenants;                    // by name
    ByName<Domain> domains;                         // by name
    ByName<AccountEntry> accounts;                  // by name; only those that are there
    ByName<AccountEntry> hidden;                    // by name; deleted, and still to be restored
    ByName<Alias> aliases;                          // by address key; the hidden default aliases too
    ByName<std::shared_ptr<const ListView>> lists;  // by name
    std::unordered_map<std::int64_t, std::shared_ptr<const ListView>> lists_by_id;
    std::unordered_map<std::int64_t, Quota> quota_defaults;                // by id of domain or tenant
    std::unordered_map<std::int64_t, bool> remote_destinations;            // by tenant
    std::unordered_map<std::int64_t, const AccountEntry*> accounts_by_id;  // not the hidden ones

    template <class T>
    static const T* find(const ByName<T>& map, std::string_view name) {
        const auto found = map.find(name);
        return found == map.end() ? nullptr : &found->second;
    }
    EffectiveQuota quota_of(const Account& account, const Quota& server) const {
        using Origin = EffectiveQuota::Origin;
        if (account.quota_own) return {*account.quota_own, Origin::account};
        if (const auto found = quota_defaults.find(account.domain_id); found != quota_defaults.end())
            return {found->second, Origin::domain};
        if (const auto found = quota_defaults.find(account.tenant_id); found != quota_defaults.end())
            return {found->second, Origin::tenant};
        return {server, Origin::server};
    }
    bool may_leave(std::int64_t tenant, bool server) const {
        const auto found = remote_destinations.find(tenant);
        return found == remote_destinations.end() ? server : found->second;
    }
    void put(std::shared_ptr<const ListView> view) {
        lists_by_id[view->list.id] = view;
        const std::string name = view->list.name;
        lists.insert_or_assign(name, std::move(view));
    }
    void remove_list(const std::string& name) {
        const auto found = lists.find(name);
        if (found == lists.end()) return;
        lists_by_id.erase(found->second->list.id);
        lists.erase(found);
    }
    /// Hidden or not, as its deleted_at says.
    void put(AccountEntry entry) {
        const std::string name = entry.account.name;
        remove_account(name);
        if (entry.account.deleted_at) {
            hidden.insert_or_assign(name, std::move(entry));
            return;
        }
        const auto placed = accounts.insert_or_assign(name, std::move(entry)).first;
        accounts_by_id[placed->second.account.id] = &placed->second;
    }
    void remove_account(const std::string& name) {
        hidden.erase(name);
        const auto found = accounts.find(name);
        if (found == accounts.end()) return;
        accounts_by_id.erase(found->second.account.id);
        accounts.erase(found);
    }
};

}  // namespace restante::directory
