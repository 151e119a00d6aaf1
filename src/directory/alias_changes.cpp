// Mutations of aliases, and what a deletion does to them.
#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
std::string shortened(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& item : list) out += (out.empty() ? "" : " ") + item;
    return out.size() > 1000 ? out.substr(0, 1000) + "..." : out;
}

Error locked(const Alias& alias) {
    return {ErrorKind::denied, alias.address + " belongs to " + alias.managed_by + " and cannot be changed by itself",
            Retry::never};
}
}  // namespace

Result<Alias> LiveDirectory::set_alias(const std::string& address, const std::vector<std::string>& destinations,
                                       const Change& by) {
    auto key = checked_alias_address(address);
    if (!key) return fail(std::move(key.error()));
    Alias alias{0, 0, std::move(*key), {}, ""};
    if (destinations.size() > options().max_expanded_recipients)
        return fail(ErrorKind::too_large, alias.address + " has more than " +
                                              std::to_string(options().max_expanded_recipients) + " destinations");
    std::unordered_set<std::string> seen;
    for (const std::string& text : destinations) {
        auto destination = checked_destination(text);
        if (!destination) return fail(std::move(destination.error()));
        if (seen.insert(*destination).second) alias.destinations.push_back(std::move(*destination));
    }
    const std::lock_guard lock(write_);
    const Domain* domain = Index::find(index_.domains, domain_of(alias.address));
    if (domain == nullptr)
        return fail(ErrorKind::not_found, std::string(domain_of(alias.address)) + " is not a domain of this server");
    const Alias* old = Index::find(index_.aliases, alias.address);
    if (old != nullptr && !old->managed_by.empty()) return fail(locked(*old));
    alias.id = old != nullptr ? old->id : ids_.next();
    alias.domain_id = domain->id;
    Pending pending;
    pending.aliases.emplace(alias.address, alias);
    if (auto good = Routing(index_, options(), &pending).check(alias); !good) return fail(std::move(good.error()));
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = put_alias(session, alias); !done) return done;
        return note(session, "alias.set", alias.address, shortened(alias.destinations), by);
    });
    if (!stored) return fail(std::move(stored.error()));
    const std::unique_lock apply(index_mutex_);
    apply_aliases({alias});
    return alias;
}

Result<void> LiveDirectory::delete_alias(const std::string& address, const Change& by) {
    auto key = checked_alias_address(address);
    if (!key) return fail(std::move(key.error()));
    const std::lock_guard lock(write_);
    const Alias* old = Index::find(index_.aliases, *key);
    if (old == nullptr) return fail(ErrorKind::not_found, "there is no alias " + escape_for_log(*key, 120));
    if (!old->managed_by.empty()) return fail(locked(*old));
    const Routing routing(index_, options());
    for (const auto& [other, alias] : index_.aliases)
        for (const std::string& destination : alias.destinations)
            if (routing.leads_to(destination, *key))
                return fail(ErrorKind::busy, other + " leads to " + *key + ": change " + other + " first");
    const Alias gone{old->id, old->domain_id, old->address, {}, ""};
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = delete_alias_row(session, gone.id); !done) return done;
        return note(session, "alias.delete", gone.address, "", by);
    });
    if (!stored) return stored;
    const std::unique_lock apply(index_mutex_);
    apply_aliases({gone});
    return {};
}

std::vector<Alias> LiveDirectory::without(std::vector<std::string> gone, const std::string& account) const {
    std::unordered_map<std::string, Alias> changed;
    std::unordered_set<std::string> removed(gone.begin(), gone.end());
    for (const std::string& key : gone)
        if (const Alias* alias = Index::find(index_.aliases, key))
            changed[key] = {alias->id, alias->domain_id, alias->address, {}, alias->managed_by};
    const Routing routing(index_, options());
    const auto is_dead = [&](const std::string& destination) {
        const std::string_view domain = domain_of(destination);
        if (domain.empty()) return !account.empty() && destination == account;
        const Alias* next = Index::find(index_.domains, domain) != nullptr ? routing.find(destination) : nullptr;
        return next != nullptr && removed.contains(next->address);
    };
    // An alias that loses its last destination goes too, which may empty another one: until nothing changes.
    for (bool again = true; again;) {
        again = false;
        for (const auto& [key, alias] : index_.aliases) {
            if (removed.contains(key)) continue;
            if (std::none_of(alias.destinations.begin(), alias.destinations.end(), is_dead)) continue;
            Alias& rest = changed[key] = alias;
            std::erase_if(rest.destinations, is_dead);
            if (rest.destinations.empty()) again = removed.insert(key).second || again;
        }
    }
    std::vector<Alias> out;
    for (auto& [key, alias] : changed) out.push_back(std::move(alias));
    return out;
}

Result<void> LiveDirectory::store_aliases(db::Session& session, const std::vector<Alias>& changed) {
    for (const Alias& alias : changed) {
        auto done = alias.destinations.empty() ? delete_alias_row(session, alias.id) : put_alias(session, alias);
        if (!done) return done;
    }
    return {};
}

void LiveDirectory::apply_aliases(const std::vector<Alias>& changed) {
    for (const Alias& alias : changed) {
        if (alias.destinations.empty())
            index_.aliases.erase(alias.address);
        else
            index_.aliases.insert_or_assign(alias.address, alias);
    }
}

}  // namespace restante::directory
