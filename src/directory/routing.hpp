#pragma once
// From an address to the maildrops behind it. Pure over an Index.
#include <string>
#include <string_view>
#include <vector>

#include "directory/index.hpp"

namespace restante::directory {

/// Valid as long as what it refers to.
class Routing {
public:
    /// pending: an alias that is to be set, seen in place of the one of the same address; may be null.
    Routing(const Index& index, const Options& options, const Alias* pending = nullptr)
        : index_(index), options_(options), pending_(pending) {}

    /// The alias that an address of a local domain leads to: its own, that of the name before '+', the catch-all.
    const Alias* find(std::string_view key) const;

    /// Errors as Directory::route.
    Result<Route> route(const message::Address& recipient) const;

    /// Where mail for the alias goes; an empty route for one that loops or leads nowhere.
    Route behind(const Alias& alias) const;
    bool leads_anywhere(const Alias& alias) const;

    /// Would `alias` work? Every destination must exist (S5.24: a final destination), none may lead back to it, none
    /// may be outside this server unless allowed. Errors: invalid (with the loop shown), not_found, unsupported.
    Result<void> check(const Alias& alias) const;

    /// Does `destination` (as stored in an alias) lead first to the alias with this key?
    bool leads_to(std::string_view destination, std::string_view alias_key) const;

private:
    struct Walk {
        Route route;
        std::vector<const Alias*> path;
        std::size_t steps = 0;
    };
    Result<void> follow(const Alias& alias, Walk& walk) const;
    Result<void> follow_destination(const std::string& destination, Walk& walk) const;
    Result<void> check_destination(const Alias& alias, const std::string& destination) const;
    const AccountEntry* postmaster() const;
    static std::string shown(const Walk& walk, const Alias& again);

    const Index& index_;
    const Options& options_;
    const Alias* pending_;
};

}  // namespace restante::directory
