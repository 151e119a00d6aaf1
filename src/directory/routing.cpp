#include "directory/routing.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "directory/names.hpp"

namespace restante::directory {

const Alias* Routing::find(std::string_view key) const {
    const auto exact = [&](std::string_view wanted) -> const Alias* {
        if (pending_ != nullptr && pending_->address == wanted) return pending_;
        return Index::find(index_.aliases, wanted);
    };
    if (const Alias* alias = exact(key)) return alias;
    const std::size_t at = key.rfind('@');
    if (at == std::string_view::npos) return nullptr;
    const std::size_t plus = key.find('+');
    if (options_.plus_addressing && plus != 0 && plus < at) {
        std::string base(key.substr(0, plus));
        base += key.substr(at);
        if (const Alias* alias = exact(base)) return alias;
    }
    return exact(key.substr(at));
}

Result<Route> Routing::route(const message::Address& recipient) const {
    const bool is_postmaster = iequals(recipient.local_part, "postmaster");
    if (!recipient.domain.empty() && Index::find(index_.domains, recipient.domain) == nullptr)
        return fail(ErrorKind::denied, escape_for_log(recipient.domain, 80) + " is not a domain of this server");
    const std::string key = address_key(recipient);
    Walk walk;
    if (const Alias* alias = recipient.domain.empty() ? nullptr : find(key))
        if (auto done = follow(*alias, walk); !done) return fail(std::move(done.error()));
    const auto leads_nowhere = [](const Route& route) {
        return route.accounts.empty() && route.remote.empty() && !route.discard;
    };
    // RFC 5321 4.5.1: postmaster is taken at every domain, and without a domain.
    if (const AccountEntry* entry = is_postmaster && leads_nowhere(walk.route) ? postmaster() : nullptr)
        walk.route.accounts.push_back(entry->account.id);
    Route& route = walk.route;
    if (leads_nowhere(route))
        return fail(ErrorKind::not_found,
                    "there is no mailbox " + escape_for_log(recipient.to_string(), 120) + " here");
    const auto unique = [](auto& list) {
        if (list.size() < 2) return;
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
    };
    unique(route.accounts);
    unique(route.remote);
    return std::move(route);
}

Route Routing::behind(const Alias& alias) const {
    Walk walk;
    if (!follow(alias, walk)) return {};
    return std::move(walk.route);
}

bool Routing::leads_anywhere(const Alias& alias) const {
    const Route route = behind(alias);
    return !route.accounts.empty() || !route.remote.empty() || route.discard;
}

const AccountEntry* Routing::postmaster() const {
    return Index::find(index_.accounts,
                       options_.postmaster.empty() ? std::string_view("postmaster") : options_.postmaster);
}

Result<void> Routing::follow(const Alias& alias, Walk& walk) const {
    if (std::find(walk.path.begin(), walk.path.end(), &alias) != walk.path.end())
        return fail(ErrorKind::invalid, "aliases lead in a circle: " + shown(walk, alias));
    if (walk.path.size() >= options_.max_alias_depth)
        return fail(ErrorKind::invalid, "more than " + std::to_string(options_.max_alias_depth) +
                                            " aliases one after the other: " + shown(walk, alias));
    walk.path.push_back(&alias);
    for (const std::string& destination : alias.destinations)
        if (auto done = follow_destination(destination, walk); !done) return done;
    walk.path.pop_back();
    return {};
}

Result<void> Routing::follow_destination(const std::string& destination, Walk& walk) const {
    if (++walk.steps > options_.max_expanded_recipients)
        return fail(ErrorKind::invalid, walk.path.front()->address + " leads to more than " +
                                            std::to_string(options_.max_expanded_recipients) + " destinations");
    if (destination == kDiscard) {
        walk.route.discard = true;
        return {};
    }
    const std::string_view domain = domain_of(destination);
    if (domain.empty()) {
        if (const AccountEntry* entry = Index::find(index_.accounts, destination))
            walk.route.accounts.push_back(entry->account.id);
        return {};
    }
    if (Index::find(index_.domains, domain) == nullptr) {
        walk.route.remote.push_back(destination);
        return {};
    }
    const Alias* next = find(destination);
    return next == nullptr ? Result<void>{} : follow(*next, walk);
}

std::string Routing::shown(const Walk& walk, const Alias& again) {
    std::string out;
    for (const Alias* alias : walk.path) out += alias->address + " -> ";
    return out + again.address;
}

Result<void> Routing::check(const Alias& alias) const {
    if (alias.destinations.empty())
        return fail(ErrorKind::invalid,
                    alias.address + " has no destination: name an address, an account or /dev/null");
    for (const std::string& destination : alias.destinations)
        if (auto done = check_destination(alias, destination); !done) return done;
    Walk walk;
    return follow(alias, walk);
}

Result<void> Routing::check_destination(const Alias& alias, const std::string& destination) const {
    if (destination == kDiscard) return {};
    const std::string_view domain = domain_of(destination);
    if (domain.empty()) {
        if (Index::find(index_.accounts, destination) != nullptr) return {};
        return fail(ErrorKind::not_found,
                    alias.address + " cannot lead to " + destination + ": there is no such account");
    }
    if (Index::find(index_.domains, domain) == nullptr) {
        if (options_.allow_remote_destinations) return {};
        return fail(ErrorKind::unsupported,
                    alias.address + " cannot lead to " + destination + ": " + std::string(domain) +
                        " is not a domain of this server and forwarding to other servers is off");
    }
    if (find(destination) != nullptr) return {};
    return fail(ErrorKind::not_found,
                alias.address + " cannot lead to " + destination + ": there is no such address here");
}

bool Routing::leads_to(std::string_view destination, std::string_view alias_key) const {
    const std::string_view domain = domain_of(destination);
    if (domain.empty() || Index::find(index_.domains, domain) == nullptr) return false;
    const Alias* next = find(destination);
    return next != nullptr && next->address == alias_key;
}

}  // namespace restante::directory
