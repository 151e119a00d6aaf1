// Mutations of tenants and domains, and of passwords.
#include <algorithm>

#include "base/text.hpp"
#include "directory/audit.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/schema.hpp"

namespace restante::directory {

Result<void> LiveDirectory::load_all() {
    std::int64_t highest = 0;
    auto loaded = database_.read([&](db::Session& session) -> Result<void> {
        auto found = highest_id(session);
        if (!found) return fail(std::move(found.error()));
        highest = *found;
        return load(session, index_, versions_);
    });
    if (!loaded) return loaded;
    ids_.advance_past(highest);
    return options().scram ? Result<void>{} : erase_scram_keys();
}

/// The setting is for those who do not want to hold what is cheaper to guess from than Argon2id: not even old ones.
Result<void> LiveDirectory::erase_scram_keys() {
    std::size_t erased = 0;
    for (auto* map : {&index_.accounts, &index_.hidden})
        for (auto& [name, entry] : *map) {
            erased += entry.scram.iterations != 0 ? 1 : 0;
            entry.scram = {};
        }
    if (erased == 0) return {};
    return database_.write([&](db::Session& session) -> Result<void> {
        auto done = session.execute("DELETE FROM account_scram");
        if (!done) return fail(std::move(done.error()));
        return note(session, "account.erase_scram_keys", "all accounts", std::to_string(erased) + " accounts", {});
    });
}

Result<void> LiveDirectory::note(db::Session& session, std::string_view action, const std::string& object,
                                 const std::string& detail, const Change& by) {
    return write_audit(session, ids_, clock_.now(), {by.actor, action, object, detail});
}

Result<void> LiveDirectory::check_name_free(const std::string& name, const std::string& domain) const {
    const char* holder = nullptr;
    if (Index::find(index_.accounts, name) != nullptr) holder = "an account";
    if (Index::find(index_.tenants, name) != nullptr) holder = "a master user";
    if (Index::find(index_.lists, name) != nullptr) holder = "a list";
    if (Index::find(index_.hidden, name) != nullptr)
        return fail(ErrorKind::already_exists,
                    "the name " + name +
                        " is that of a deleted account that can still be restored: restore it, delete it for good, or "
                        "choose another name");
    if (holder == nullptr) return {};
    std::string detail = "the name " + name + " is taken by " + holder + " and names are unique on the whole server: ";
    const std::string address = name + '@' + domain;
    if (domain.empty() || Index::find(index_.aliases, address) != nullptr)
        detail += "choose another name";
    else  // S5.18
        detail += "choose another name and add the alias " + address + " that leads to it";
    return fail(ErrorKind::already_exists, std::move(detail));
}

Result<Tenant> LiveDirectory::create_tenant(const std::string& name, const std::string& password, bool administrator,
                                            const Change& by) {
    auto checked = checked_name(name);
    if (!checked) return fail(std::move(checked.error()));
    if (auto good = check_password_policy(password, *checked, options().password_min_length); !good)
        return fail(std::move(good.error()));
    auto hash = hasher_.hash(password);
    if (!hash) return fail(std::move(hash.error()));

    const std::lock_guard lock(write_);
    if (auto is_free = check_name_free(*checked, ""); !is_free) return fail(std::move(is_free.error()));
    TenantEntry entry{{ids_.next(), *checked, administrator}, {std::move(*hash), ++versions_}};
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = insert_tenant(session, entry, clock_.now()); !done) return done;
        return note(session, "tenant.create", entry.tenant.name, administrator ? "administrator" : "", by);
    });
    if (!stored) return fail(std::move(stored.error()));
    const std::unique_lock apply(index_mutex_);
    return index_.tenants.insert_or_assign(*checked, std::move(entry)).first->second.tenant;
}

Result<Domain> LiveDirectory::create_domain(std::int64_t tenant_id, const std::string& name, const Change& by) {
    auto checked = checked_domain(name);
    if (!checked) return fail(std::move(checked.error()));
    const std::lock_guard lock(write_);
    if (Index::find(index_.domains, *checked) != nullptr)
        return fail(ErrorKind::already_exists, "the domain " + *checked + " is already registered on this server");
    const auto owns = [&](const auto& entry) { return entry.second.tenant.id == tenant_id; };
    if (std::none_of(index_.tenants.begin(), index_.tenants.end(), owns))
        return fail(ErrorKind::not_found, "there is no master user with the id " + std::to_string(tenant_id));
    const Domain domain{ids_.next(), tenant_id, *checked};
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        auto done =
            session.execute("INSERT INTO domain(id, tenant_id, name, created_at) VALUES($1, $2, $3, $4)",
                            {domain.id, domain.tenant_id, std::string_view(domain.name), to_micros(clock_.now())});
        if (!done) return fail(std::move(done.error()));
        return note(session, "domain.create", domain.name, "", by);
    });
    if (!stored) return fail(std::move(stored.error()));
    const std::unique_lock apply(index_mutex_);
    index_.domains.insert_or_assign(domain.name, domain);
    return domain;
}

Result<void> LiveDirectory::delete_domain(const std::string& name, const Change& by) {
    const std::string lower = to_lower(name);
    const std::lock_guard lock(write_);
    const Domain* domain = Index::find(index_.domains, lower);
    if (domain == nullptr) return fail(ErrorKind::not_found, "there is no domain " + escape_for_log(lower, 80));
    const auto in_domain = [&](const auto& entry) { return entry.second.account.domain_id == domain->id; };
    const auto held = std::count_if(index_.accounts.begin(), index_.accounts.end(), in_domain);
    const auto hidden = std::count_if(index_.hidden.begin(), index_.hidden.end(), in_domain);
    if (held == 0 && hidden > 0)
        return fail(ErrorKind::busy, "the domain " + lower + " still has " + std::to_string(hidden) +
                                         " deleted accounts that can be restored: delete them for good first");
    if (held > 0)
        return fail(ErrorKind::busy, "the domain " + lower + " still has " + std::to_string(held) +
                                         " accounts: delete them or give them another domain first");
    const auto lists = std::count_if(index_.lists.begin(), index_.lists.end(),
                                     [&](const auto& entry) { return entry.second->list.domain_id == domain->id; });
    if (lists > 0)
        return fail(ErrorKind::busy,
                    "the domain " + lower + " still has " + std::to_string(lists) + " lists: delete them first");
    std::vector<std::string> gone;
    for (const auto& [address, alias] : index_.aliases)
        if (alias.domain_id == domain->id) gone.push_back(address);
    const auto changed = without(std::move(gone), "");
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = store_aliases(session, changed); !done) return done;
        auto done = session.execute("DELETE FROM domain WHERE id=$1", {domain->id});
        if (!done) return fail(std::move(done.error()));
        return note(session, "domain.delete", lower, "", by);
    });
    if (!stored) return stored;
    const std::unique_lock apply(index_mutex_);
    apply_aliases(changed);
    index_.quota_defaults.erase(domain->id);
    index_.domains.erase(lower);
    return {};
}

Result<void> LiveDirectory::set_password(const std::string& name, const std::string& password, const Change& by) {
    const std::string lower = to_lower(name);
    if (auto good = check_password_policy(password, lower, options().password_min_length); !good) return good;
    auto hash = hasher_.hash(password);
    if (!hash) return fail(std::move(hash.error()));
    ScramRecord scram = scram_for(lower, password);
    const std::lock_guard lock(write_);
    if (const AccountEntry* entry = Index::find(index_.accounts, lower)) {
        AccountEntry changed = *entry;
        changed.credential.hash = std::move(*hash);
        changed.scram = std::move(scram);
        if (changed.account.shared_secret && box_)
            changed.sealed_secret = box_->seal(owner_of(changed.account.id), password);
        return change_account(std::move(changed), "account.set_password", "", by);
    }
    const TenantEntry* entry = Index::find(index_.tenants, lower);
    if (entry == nullptr)
        return fail(ErrorKind::not_found, "there is no account or master user " + escape_for_log(lower, 80));
    TenantEntry changed = *entry;
    changed.credential = {std::move(*hash), ++versions_};
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        auto done = session.execute("UPDATE tenant SET password_hash=$1 WHERE id=$2",
                                    {std::string_view(changed.credential.hash), changed.tenant.id});
        if (!done) return fail(std::move(done.error()));
        return note(session, "tenant.set_password", lower, "", by);
    });
    if (!stored) return stored;
    proofs_.forget(changed.tenant.id);
    const std::unique_lock apply(index_mutex_);
    index_.tenants.insert_or_assign(lower, std::move(changed));
    return {};
}

}  // namespace restante::directory
