#include "directory/routing.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "directory/names.hpp"

namespace restante::directory {
namespace {
template <class List>
void make_unique(List& list) {
    if (list.size() < 2) return;
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::size_t arrivals(const Route& route) {
    return route.accounts.size() + route.remote.size() + route.lists.size() + (route.discard ? 1 : 0);
}

std::string path_text(const std::vector<std::string_view>& path, std::string_view again) {
    std::string out;
    for (const std::string_view name : path) out += std::string(name) + " -> ";
    return out += again;
}
}  // namespace

ListAddress list_address(const Index& index, std::string_view key) {
    if (index.lists.empty()) return {};
    const std::size_t at = key.rfind('@');
    const std::string_view local = key.substr(0, at);
    const std::string_view base = local.substr(0, local.find('+'));
    const std::size_t dash = base.rfind('-');
    if (at == std::string_view::npos || dash == std::string_view::npos) return {};
    const std::string_view role = base.substr(dash + 1);
    if (role != "owner" && role != "bounces") return {};
    const auto* found = Index::find(index.lists, base.substr(0, dash));
    if (found == nullptr || domain_of((*found)->list.address) != key.substr(at + 1)) return {};
    return {*found, role == "owner" ? ListAddress::Role::owner : ListAddress::Role::bounces,
            base.size() < local.size() ? local.substr(base.size() + 1) : std::string_view()};
}

const Alias* Routing::exact(std::string_view key) const {
    if (pending_ != nullptr) {
        if (const Alias* alias = Index::find(pending_->aliases, key)) return alias;
        if (pending_->gone.contains(std::string(key))) return nullptr;
    }
    return Index::find(index_.aliases, key);
}

/// Of the name before '+', or the catch-all.
const Alias* Routing::without_detail(std::string_view key) const {
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

const Alias* Routing::find(std::string_view key) const {
    const Alias* alias = exact(key);
    return alias != nullptr ? alias : without_detail(key);
}

const Account& Routing::current(const AccountEntry& entry) const {
    const bool replaced =
        pending_ != nullptr && pending_->account != nullptr && pending_->account->id == entry.account.id;
    return replaced ? *pending_->account : entry.account;
}

std::int64_t Routing::tenant_of(std::string_view key) const {
    const Domain* domain = Index::find(index_.domains, domain_of(key));
    return domain == nullptr ? 0 : domain->tenant_id;
}

Result<Route> Routing::route(const message::Address& recipient, Follow follow) const {
    const bool is_postmaster = iequals(recipient.local_part, "postmaster");
    const bool is_here = Index::find(index_.domains, recipient.domain) != nullptr;
    const bool is_of_server = recipient.domain.empty() || iequals(recipient.domain, options_.host_name);
    if (!is_here && !is_of_server)
        return fail(ErrorKind::denied, escape_for_log(recipient.domain, 80) + " is not a domain of this server");
    Walk walk{follow};
    if (is_here)
        if (auto done = follow_address(address_key(recipient), walk); !done) return fail(std::move(done.error()));
    Route& route = walk.route;
    // RFC 5321 4.5.1: postmaster is taken at every domain, and without a domain.
    if (const AccountEntry* entry = is_postmaster && route.empty() ? postmaster(tenant_of(address_key(recipient))) : nullptr)
        if (auto done = follow_account(current(*entry), walk); !done) return fail(std::move(done.error()));
    if (route.empty() && !is_here)
        if (auto done = follow_name(to_lower(recipient.local_part), walk); !done) return fail(std::move(done.error()));
    if (route.empty() && !walk.outside.empty())
        return fail(ErrorKind::unsupported, recipient.to_string() + " leads to " + walk.outside +
                                                ", and this server does not forward to other servers");
    if (route.empty())
        return fail(ErrorKind::not_found,
                    "there is no mailbox " + escape_for_log(recipient.to_string(), 120) + " here");
    make_unique(route.accounts);
    make_unique(route.remote);
    make_unique(route.lists);
    make_unique(route.answering);
    return std::move(route);
}

Route Routing::behind(const Alias& alias) const {
    Walk walk{Follow::aliases};
    if (!follow_alias(alias, walk)) return {};
    return std::move(walk.route);
}

/// Who was named; else the account of that name, if it belongs to the tenant or to administrators: others could have
/// made it to get mail that certificate authorities take for proof.
const AccountEntry* Routing::postmaster(std::int64_t tenant) const {
    if (!options_.postmaster.empty()) return Index::find(index_.accounts, options_.postmaster);
    const AccountEntry* entry = Index::find(index_.accounts, "postmaster");
    if (entry == nullptr) return nullptr;
    const std::int64_t owner = entry->account.tenant_id;
    return owner == tenant || is_administrator(owner) ? entry : nullptr;
}

/// postmaster and root at the server's own name, if nobody was named for them: the postmaster of the domain that the
/// host name lies in, or of the oldest one that administrators own. Nobody else's, as certificate authorities take such
/// mail for proof of who holds the name; for the same reason accounts have no addresses there.
Result<void> Routing::follow_name(const std::string& name, Walk& walk) const {
    if (name != "postmaster" && name != "root") return {};
    if (const AccountEntry* entry = postmaster(0)) return follow_account(current(*entry), walk);
    std::vector<const Domain*> domains;
    const Domain* around = nullptr;
    for (const auto& [key, domain] : index_.domains) {
        if (options_.host_name.ends_with("." + domain.name) && (around == nullptr || around->name.size() < domain.name.size()))
            around = &domain;
        if (is_administrator(domain.tenant_id)) domains.push_back(&domain);
    }
    std::sort(domains.begin(), domains.end(), [](const Domain* a, const Domain* b) { return a->id < b->id; });
    if (around != nullptr) domains.insert(domains.begin(), around);
    for (const Domain* domain : domains) {
        const std::string address = "postmaster@" + domain->name;
        if (auto done = follow_address(address, walk); !done) return done;
        if (!walk.route.empty()) break;
    }
    return {};
}

bool Routing::is_administrator(std::int64_t tenant) const {
    return std::any_of(index_.tenants.begin(), index_.tenants.end(), [&](const auto& one) {
        return one.second.tenant.id == tenant && one.second.tenant.administrator;
    });
}

Result<void> Routing::enter(std::string_view name, Walk& walk) const {
    if (std::find(walk.path.begin(), walk.path.end(), name) != walk.path.end())
        return fail(ErrorKind::invalid, "aliases and forwards lead in a circle: " + path_text(walk.path, name));
    if (walk.path.size() >= options_.max_alias_depth)
        return fail(ErrorKind::invalid, "more than " + std::to_string(options_.max_alias_depth) +
                                            " aliases one after the other: " + path_text(walk.path, name));
    walk.path.push_back(name);
    return {};
}

Result<void> Routing::follow_alias(const Alias& alias, Walk& walk) const {
    if (auto done = enter(alias.address, walk); !done) return done;
    const std::int64_t tenant = tenant_of(alias.address);
    for (const std::string& destination : alias.destinations)
        if (auto done = follow_destination(destination, tenant, walk); !done) return done;
    walk.path.pop_back();
    return {};
}

/// key: of a domain of ours.
Result<void> Routing::follow_address(std::string_view key, Walk& walk) const {
    if (const Alias* alias = exact(key)) return follow_alias(*alias, walk);
    if (const ListAddress list = list_address(index_, key); list.view) {
        if (list.role == ListAddress::Role::owner) return follow_owners(*list.view, walk);
        walk.route.bounces_of = list.view->list.id;
        walk.route.bounce_token = list.token;
        return {};
    }
    const Alias* alias = without_detail(key);
    return alias == nullptr ? Result<void>{} : follow_alias(*alias, walk);
}

Result<void> Routing::follow_owners(const ListView& view, Walk& walk) const {
    if (auto done = enter(view.list.address, walk); !done) return done;
    const std::size_t before = arrivals(walk.route);
    for (const std::string& owner : view.list.settings.owners)
        if (auto done = follow_destination(owner, view.list.tenant_id, walk); !done) return done;
    if (arrivals(walk.route) == before) {
        const std::string key = "postmaster@" + std::string(domain_of(view.list.address));
        if (auto done = follow_address(key, walk); !done) return done;
        const AccountEntry* keeper = arrivals(walk.route) == before ? postmaster(tenant_of(key)) : nullptr;
        if (keeper != nullptr) arrive(keeper->account, walk);
    }
    walk.path.pop_back();
    return {};
}

Result<void> Routing::follow_destination(const std::string& destination, std::int64_t tenant, Walk& walk) const {
    if (++walk.steps > options_.max_expanded_recipients)
        return fail(ErrorKind::invalid, std::string(walk.path.front()) + " leads to more than " +
                                            std::to_string(options_.max_expanded_recipients) + " destinations");
    if (destination == kDiscard) {
        walk.route.discard = true;
        return {};
    }
    const std::string_view domain = domain_of(destination);
    if (domain.empty()) {
        if (const AccountEntry* entry = Index::find(index_.accounts, destination))
            return follow_account(current(*entry), walk);
        if (const auto* list = Index::find(index_.lists, destination)) walk.route.lists.push_back((*list)->list.id);
        return {};
    }
    if (Index::find(index_.domains, domain) != nullptr) return follow_address(destination, walk);
    if (index_.may_leave(tenant, options_.allow_remote_destinations))
        walk.route.remote.push_back(destination);
    else
        walk.outside = destination;
    return {};
}

Result<void> Routing::follow_account(const Account& account, Walk& walk) const {
    if (account.auto_reply && walk.follow == Follow::forwards) walk.route.answering.push_back(account.id);
    const Forwarding& forwarding = account.forwarding;
    if (forwarding.to.empty() || walk.follow == Follow::aliases) {
        arrive(account, walk);
        return {};
    }
    if (auto done = enter(account.name, walk); !done) return done;
    const std::size_t before = arrivals(walk.route);
    for (const std::string& destination : forwarding.to)
        if (auto done = follow_destination(destination, account.tenant_id, walk); !done) return done;
    walk.path.pop_back();
    // Where it leads may be gone or forbidden by now: then the mail is kept rather than lost.
    if (forwarding.keep_copy || arrivals(walk.route) == before) arrive(account, walk);
    return {};
}

void Routing::arrive(const Account& account, Walk& walk) const {
    Route& route = walk.route;
    route.accounts.push_back(account.id);
    if (!account.quota_own && index_.quota_defaults.empty() && !options_.quota.limits()) return;
    const Quota quota = index_.quota_of(account, options_.quota).quota;
    const bool known = std::any_of(route.limited.begin(), route.limited.end(),
                                   [&](const Route::Limited& one) { return one.account == account.id; });
    if (quota.limits() && !known) route.limited.push_back({account.id, quota});
}

Result<void> Routing::check(const Alias& alias) const {
    if (alias.destinations.empty())
        return fail(ErrorKind::invalid,
                    alias.address + " has no destination: name an address, an account or /dev/null");
    for (const std::string& destination : alias.destinations)
        if (auto done = check_destination(alias.address, tenant_of(alias.address), destination); !done) return done;
    Walk walk;
    return follow_alias(alias, walk);
}

Result<void> Routing::check_forwarding(const Account& account) const {
    for (const std::string& destination : account.forwarding.to)
        if (auto done = check_destination(account.name, account.tenant_id, destination); !done) return done;
    Walk walk;
    return follow_account(account, walk);
}

Result<void> Routing::check_destination(const std::string& from, std::int64_t tenant,
                                        const std::string& destination) const {
    if (destination == kDiscard) return {};
    const std::string_view domain = domain_of(destination);
    if (domain.empty()) {
        if (Index::find(index_.accounts, destination) != nullptr || Index::find(index_.lists, destination) != nullptr)
            return {};
        return fail(ErrorKind::not_found, from + " cannot lead to " + destination + ": there is no such account");
    }
    if (Index::find(index_.domains, domain) == nullptr) {
        if (index_.may_leave(tenant, options_.allow_remote_destinations)) return {};
        return fail(ErrorKind::unsupported,
                    from + " cannot lead to " + destination + ": " + std::string(domain) +
                        " is not a domain of this server and forwarding to other servers is off");
    }
    if (find(destination) != nullptr || list_address(index_, destination).view) return {};
    return fail(ErrorKind::not_found, from + " cannot lead to " + destination + ": there is no such address here");
}

bool Routing::leads_to(std::string_view destination, std::string_view alias_key) const {
    const std::string_view domain = domain_of(destination);
    if (domain.empty() || Index::find(index_.domains, domain) == nullptr) return false;
    const Alias* next = find(destination);
    return next != nullptr && next->address == alias_key;
}

}  // namespace restante::directory
