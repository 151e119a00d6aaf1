#pragma once
// The whole directory in memory: what every lookup is answered from. Plain data; its owner guards it.
#include <cstdint>
#include <functional>
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
struct AccountEntry {
    Account account;
    Credential credential;
};

struct Index {
    ByName<TenantEntry> tenants;    // by name
    ByName<Domain> domains;         // by name
    ByName<AccountEntry> accounts;  // by name
    ByName<Alias> aliases;          // by address key; the hidden default aliases too
    std::unordered_map<std::int64_t, const AccountEntry*> accounts_by_id;

    template <class T>
    static const T* find(const ByName<T>& map, std::string_view name) {
        const auto found = map.find(name);
        return found == map.end() ? nullptr : &found->second;
    }
    void put(AccountEntry entry) {
        const std::string name = entry.account.name;
        const auto placed = accounts.insert_or_assign(name, std::move(entry)).first;
        accounts_by_id[placed->second.account.id] = &placed->second;
    }
    void remove_account(const std::string& name) {
        const auto found = accounts.find(name);
        if (found == accounts.end()) return;
        accounts_by_id.erase(found->second.account.id);
        accounts.erase(found);
    }
};

}  // namespace restante::directory
