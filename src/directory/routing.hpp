#pragma once
// From an address to the maildrops behind it. Pure over an Index.
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "directory/index.hpp"

namespace restante::directory {

/// What is to be changed, seen in place of what is there.
struct Pending {
    ByName<Alias> aliases;                 // by address key
    std::unordered_set<std::string> gone;  // keys of aliases
    const Account* account = nullptr;      // in place of the one of the same name
};

/// Valid as long as what it refers to.
class Routing {
public:
    Routing(const Index& index, const Options& options, const Pending* pending = nullptr)
        : index_(index), options_(options), pending_(pending) {}

    /// forwards: as mail goes; aliases: only to those whose address it is.
    enum class Follow { forwards, aliases };

    /// The alias that an address of a local domain leads to: its own, that of the name before '+', the catch-all.
    const Alias* find(std::string_view key) const;

    /// Errors as Directory::route.
    Result<Route> route(const message::Address& recipient, Follow follow = Follow::forwards) const;

    /// Whose address the alias is; an empty route for one that loops or leads nowhere.
    Route behind(const Alias& alias) const;
    bool leads_anywhere(const Alias& alias) const { return !behind(alias).empty(); }

    /// Would `alias` work? Every destination must exist (S5.24: a final destination), none may lead back to it, none
    /// may be outside this server unless allowed. Errors: invalid (with the loop shown), not_found, unsupported.
    Result<void> check(const Alias& alias) const;
    /// The same for an account's forward.
    Result<void> check_forwarding(const Account& account) const;
    /// For one destination that something of this tenant, called `from`, is to have.
    Result<void> check_destination(const std::string& from, std::int64_t tenant, const std::string& destination) const;

    /// Does `destination` (as stored in an alias) lead first to the alias with this key?
    bool leads_to(std::string_view destination, std::string_view alias_key) const;

private:
    struct Walk {
        Follow follow = Follow::forwards;
        Route route{};
        std::vector<std::string_view> path{};  // addresses of aliases and lists, names of accounts that forward
        std::size_t steps = 0;
        std::string outside{};  // a destination that mail may not be sent to
    };
    Result<void> follow_alias(const Alias& alias, Walk& walk) const;
    Result<void> follow_address(std::string_view key, Walk& walk) const;
    bool is_administrator(std::int64_t tenant) const;
    Result<void> follow_name(const std::string& name, Walk& walk) const;
    Result<void> follow_destination(const std::string& destination, std::int64_t tenant, Walk& walk) const;
    Result<void> follow_account(const Account& account, Walk& walk) const;
    Result<void> follow_owners(const ListView& view, Walk& walk) const;
    Result<void> enter(std::string_view name, Walk& walk) const;
    void arrive(const Account& account, Walk& walk) const;
    const Alias* exact(std::string_view key) const;
    const Alias* without_detail(std::string_view key) const;
    const Account& current(const AccountEntry& entry) const;
    std::int64_t tenant_of(std::string_view key) const;
    const AccountEntry* postmaster(std::int64_t tenant) const;

    const Index& index_;
    const Options& options_;
    const Pending* pending_;
};

/// A list's address other than its own: NAME-owner@domain, NAME-bounces@domain, NAME-bounces+TOKEN@domain.
struct ListAddress {
    enum class Role { owner, bounces };
    std::shared_ptr<const ListView> view;  // null: no such address
    Role role = Role::owner;
    std::string_view token;  // of the key
};
ListAddress list_address(const Index& index, std::string_view key);

}  // namespace restante::directory
