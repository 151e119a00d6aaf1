// Mutations of tenants, domains and accounts.
#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"
#include "directory/audit.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
Result<void> check_real_name(std::string_view text) {
    const bool one_line = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (is_valid_utf8(text) && text.size() <= 256 && one_line) return {};
    return fail(ErrorKind::invalid, "a real name must be one line of valid UTF-8, at most 256 octets");
}
}  // namespace

Result<void> LiveDirectory::load_all() {
    std::int64_t highest = 0;
    auto loaded = database_.read([&](db::Session& session) -> Result<void> {
        auto found = highest_id(session);
        if (!found) return fail(std::move(found.error()));
        highest = *found;
        return load(session, index_, versions_);
    });
    if (loaded) ids_.advance_past(highest);
    return loaded;
}

Result<void> LiveDirectory::note(db::Session& session, std::string_view action, const std::string& object,
                                 const std::string& detail, const Change& by) {
    return write_audit(session, ids_, clock_.now(), {by.actor, action, object, detail});
}

Result<void> LiveDirectory::check_name_free(const std::string& name, const std::string& domain) const {
    const char* holder = nullptr;
    if (Index::find(index_.accounts, name) != nullptr) holder = "an account";
    if (Index::find(index_.tenants, name) != nullptr) holder = "a master user";
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
    if (auto good = check_password_policy(password, *checked, options_.password_min_length); !good)
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
        auto done = session.execute("INSERT INTO domain(id, tenant_id, name, created_at) VALUES($1, $2, $3, $4)",
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
    const auto held = std::count_if(index_.accounts.begin(), index_.accounts.end(),
                                    [&](const auto& entry) { return entry.second.account.domain_id == domain->id; });
    if (held > 0)
        return fail(ErrorKind::busy, "the domain " + lower + " still has " + std::to_string(held) +
                                         " accounts: delete them or give them another domain first");
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
    index_.domains.erase(lower);
    return {};
}

Result<std::string> LiveDirectory::hash_for(const std::string& name, const NewAccount& wanted) {
    if (!wanted.password_hash.empty()) {
        if (const char* clear = clear_text_of(wanted.password_hash)) {
            // An import keeps what people use today; only what login could never match is refused.
            const std::string_view text(clear);
            if (text.empty() || text.size() > kPasswordMax)
                return fail(ErrorKind::invalid, "the imported password of " + name + " is empty or too long");
            return hasher_.hash(text);
        }
        if (auto good = check_imported_hash(wanted.password_hash); !good)
            return fail(good.error().kind, name + ": " + good.error().detail);
        return wanted.password_hash;
    }
    if (auto good = check_password_policy(wanted.password, name, options_.password_min_length); !good)
        return fail(std::move(good.error()));
    return hasher_.hash(wanted.password);
}

Result<AccountEntry> LiveDirectory::prepare(const NewAccount& wanted) {
    auto name = checked_name(wanted.name);
    if (!name) return fail(std::move(name.error()));
    auto domain = checked_domain(wanted.domain);
    if (!domain) return fail(std::move(domain.error()));
    if (auto good = check_real_name(wanted.real_name); !good) return fail(std::move(good.error()));
    auto hash = hash_for(*name, wanted);
    if (!hash) return fail(std::move(hash.error()));
    AccountEntry entry;
    entry.account.name = *name;
    entry.account.real_name = wanted.real_name;
    entry.account.default_address = *name + '@' + *domain;
    entry.credential.hash = std::move(*hash);
    return entry;
}

Result<Account> LiveDirectory::create_account(const NewAccount& account, const Change& by) {
    auto made = create_accounts({account}, by);
    if (!made) return fail(std::move(made.error()));
    return std::move(made->front());
}

Result<std::vector<Account>> LiveDirectory::create_accounts(const std::vector<NewAccount>& accounts, const Change& by) {
    std::vector<AccountEntry> entries;
    std::unordered_set<std::string> names;
    for (const NewAccount& wanted : accounts) {  // hashing is slow: before the lock
        auto entry = prepare(wanted);
        if (!entry) return fail(std::move(entry.error()));
        if (!names.insert(entry->account.name).second)
            return fail(ErrorKind::already_exists, "the name " + entry->account.name + " appears twice in this request");
        entries.push_back(std::move(*entry));
    }
    const std::lock_guard lock(write_);
    std::vector<Alias> aliases;
    for (AccountEntry& entry : entries) {
        Account& account = entry.account;
        const std::string domain_name(domain_of(account.default_address));
        const Domain* domain = Index::find(index_.domains, domain_name);
        if (domain == nullptr)
            return fail(ErrorKind::not_found, "there is no domain " + domain_name + " on this server: create it first");
        if (auto is_free = check_name_free(account.name, domain_name); !is_free) return fail(std::move(is_free.error()));
        if (Index::find(index_.aliases, account.default_address) != nullptr)
            return fail(ErrorKind::already_exists, "the address " + account.default_address +
                                                       " is an alias already: delete that alias or choose another name");
        account.id = ids_.next();
        account.tenant_id = domain->tenant_id;
        account.domain_id = domain->id;
        entry.credential.version = ++versions_;
        aliases.push_back({ids_.next(), domain->id, account.default_address, {account.name}, "account:" + account.name});
    }
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const AccountEntry& entry = entries[i];
            if (auto done = insert_account(session, entry, clock_.now()); !done) return done;
            if (auto done = put_alias(session, aliases[i]); !done) return done;
            if (auto done = note(session, "account.create", entry.account.name, entry.account.default_address, by); !done)
                return done;
        }
        return {};
    });
    if (!stored) return fail(std::move(stored.error()));
    const std::unique_lock apply(index_mutex_);
    std::vector<Account> out;
    for (AccountEntry& entry : entries) {
        out.push_back(entry.account);
        index_.put(std::move(entry));
    }
    apply_aliases(aliases);
    return out;
}

Result<void> LiveDirectory::change_account(AccountEntry changed, std::string_view action, const std::string& detail,
                                           const Change& by) {
    const Account& account = changed.account;
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        auto done = session.execute("UPDATE account SET real_name=$1, enabled=$2, password_hash=$3 WHERE id=$4",
                                    {std::string_view(account.real_name), std::int64_t{account.enabled},
                                     std::string_view(changed.credential.hash), account.id});
        if (!done) return fail(std::move(done.error()));
        return note(session, action, account.name, detail, by);
    });
    if (!stored) return stored;
    changed.credential.version = ++versions_;
    proofs_.forget(account.id);
    const std::unique_lock apply(index_mutex_);
    index_.put(std::move(changed));
    return {};
}

Result<void> LiveDirectory::set_password(const std::string& name, const std::string& password, const Change& by) {
    const std::string lower = to_lower(name);
    if (auto good = check_password_policy(password, lower, options_.password_min_length); !good) return good;
    auto hash = hasher_.hash(password);
    if (!hash) return fail(std::move(hash.error()));
    const std::lock_guard lock(write_);
    if (const AccountEntry* entry = Index::find(index_.accounts, lower)) {
        AccountEntry changed = *entry;
        changed.credential.hash = std::move(*hash);
        return change_account(std::move(changed), "account.set_password", "", by);
    }
    const TenantEntry* entry = Index::find(index_.tenants, lower);
    if (entry == nullptr) return fail(ErrorKind::not_found, "there is no account or master user " + escape_for_log(lower, 80));
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

Result<void> LiveDirectory::set_enabled(const std::string& account, bool enabled, const Change& by) {
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    entry->account.enabled = enabled;
    return change_account(std::move(*entry), enabled ? "account.enable" : "account.disable", "", by);
}

Result<void> LiveDirectory::set_real_name(const std::string& account, const std::string& real_name, const Change& by) {
    if (auto good = check_real_name(real_name); !good) return good;
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    entry->account.real_name = real_name;
    return change_account(std::move(*entry), "account.set_real_name", real_name, by);
}

Result<AccountEntry> LiveDirectory::editable(const std::string& name) const {
    const AccountEntry* entry = Index::find(index_.accounts, to_lower(name));
    if (entry == nullptr) return fail(ErrorKind::not_found, "there is no account " + escape_for_log(name, 80));
    return *entry;
}

Result<Account> LiveDirectory::delete_account(const std::string& name, const Change& by) {
    const std::lock_guard lock(write_);
    auto entry = editable(name);
    if (!entry) return fail(std::move(entry.error()));
    const Account account = entry->account;
    const auto changed = without({account.default_address}, account.name);
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = store_aliases(session, changed); !done) return done;
        if (auto done = delete_account_row(session, account); !done) return done;
        return note(session, "account.delete", account.name, account.default_address, by);
    });
    if (!stored) return fail(std::move(stored.error()));
    proofs_.forget(account.id);
    const std::unique_lock apply(index_mutex_);
    apply_aliases(changed);
    index_.remove_account(account.name);
    return account;
}

}  // namespace restante::directory
