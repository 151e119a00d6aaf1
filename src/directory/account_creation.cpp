// New accounts: one, or many of which all are made or none.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/text.hpp"
#include "directory/account_checks.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
/// RFC 5321 4.5.1 and RFC 2142 4: what every domain must have.
constexpr std::string_view kRoles[] = {"postmaster", "abuse"};

Directory::RowFault fault(std::size_t row, const char* field, const Error& error) {
    return {row, field, error.detail, error.kind};
}

/// What can be said about the passwords without hashing them.
Result<void> check_secret(const std::string& name, const Directory::NewAccount& wanted, std::size_t min_length) {
    if (wanted.password_hash.empty()) return check_password_policy(wanted.password, name, min_length);
    const char* clear = clear_text_of(wanted.password_hash);
    if (clear == nullptr) return check_imported_hash(wanted.password_hash);
    // An import keeps what people use today; only what login could never match is refused.
    const std::string_view text(clear);
    if (text.empty() || text.size() > kPasswordMax)
        return fail(ErrorKind::invalid, "the imported password of " + name + " is empty or too long");
    return {};
}

/// Fills in what the row says; the faults of its form otherwise.
void read_row(std::size_t row, const Directory::NewAccount& wanted, std::size_t min_length, AccountEntry& entry,
              std::vector<Directory::RowFault>& faults) {
    auto name = checked_name(wanted.name);
    auto domain = checked_domain(wanted.domain);
    if (!name) faults.push_back(fault(row, "name", name.error()));
    if (!domain) faults.push_back(fault(row, "domain", domain.error()));
    if (auto good = check_real_name(wanted.real_name); !good) faults.push_back(fault(row, "real_name", good.error()));
    if (auto good = check_secret(name.value_or(wanted.name), wanted, min_length); !good)
        faults.push_back(fault(row, wanted.password_hash.empty() ? "password" : "password_hash", good.error()));
    if (!name || !domain) return;
    entry.account.name = *name;
    entry.account.real_name = wanted.real_name;
    entry.account.default_address = *name + '@' + *domain;
}
}  // namespace

Result<void> LiveDirectory::set_secrets(AccountEntry& entry, const NewAccount& wanted) {
    const std::string& name = entry.account.name;
    std::string_view password = wanted.password;
    if (!wanted.password_hash.empty()) {
        const char* clear = clear_text_of(wanted.password_hash);
        entry.credential.hash = wanted.password_hash;
        if (clear == nullptr) return {};  // its SCRAM keys are made when the password is known: at the first login
        password = clear;
    }
    auto hash = hasher_.hash(password);
    if (!hash) return fail(std::move(hash.error()));
    entry.credential.hash = std::move(*hash);
    entry.scram = scram_for(name, password);
    return {};
}

Result<void> LiveDirectory::check_place(const AccountEntry& entry) const {
    const Account& account = entry.account;
    const std::string domain_name(domain_of(account.default_address));
    if (Index::find(index_.domains, domain_name) == nullptr)
        return fail(ErrorKind::not_found, "there is no domain " + domain_name + " on this server: create it first");
    if (auto is_free = check_name_free(account.name, domain_name); !is_free) return is_free;
    if (Index::find(index_.aliases, account.default_address) != nullptr)
        return fail(ErrorKind::already_exists, "the address " + account.default_address +
                                                   " is an alias already: delete that alias or choose another name");
    return {};
}

std::vector<Directory::RowFault> LiveDirectory::place_faults(const std::vector<AccountEntry>& entries) const {
    std::vector<RowFault> faults;
    std::unordered_map<std::string_view, std::size_t> rows;
    for (std::size_t row = 0; row < entries.size(); ++row) {
        const std::string& name = entries[row].account.name;
        if (name.empty()) continue;  // its form is wrong
        if (auto good = check_place(entries[row]); !good)
            faults.push_back(fault(row, good.error().kind == ErrorKind::not_found ? "domain" : "name", good.error()));
        if (const auto [first, is_new] = rows.emplace(name, row); !is_new)
            faults.push_back({row, "name",
                              "the name " + name + " appears twice in this request, first in row " +
                                  std::to_string(first->second + 1),
                              ErrorKind::already_exists});
    }
    return faults;
}

Result<Directory::Import> LiveDirectory::import_accounts(const std::vector<NewAccount>& accounts, bool dry_run,
                                                         const Change& by) {
    std::vector<AccountEntry> entries(accounts.size());
    Import out;
    for (std::size_t row = 0; row < accounts.size(); ++row)
        read_row(row, accounts[row], options().password_min_length, entries[row], out.faults);
    const auto look_for_places = [&] {
        for (RowFault& one : place_faults(entries)) out.faults.push_back(std::move(one));
        std::stable_sort(out.faults.begin(), out.faults.end(),
                         [](const RowFault& a, const RowFault& b) { return a.row < b.row; });
    };
    {
        const std::shared_lock lock(index_mutex_);
        look_for_places();
    }
    if (!out.faults.empty()) return out;
    out.created = accounts.size();
    if (dry_run) return out;
    for (std::size_t row = 0; row < accounts.size(); ++row)  // hashing is slow: before the lock
        if (auto done = set_secrets(entries[row], accounts[row]); !done) return fail(std::move(done.error()));
    const std::lock_guard lock(write_);
    look_for_places();
    if (!out.faults.empty()) {
        out.created = 0;
        return out;
    }
    if (auto done = store_accounts(std::move(entries), by); !done) return fail(std::move(done.error()));
    return out;
}

Result<std::vector<Account>> LiveDirectory::create_accounts(const std::vector<NewAccount>& accounts, const Change& by) {
    auto made = import_accounts(accounts, false, by);
    if (!made) return fail(std::move(made.error()));
    if (!made->faults.empty()) return fail(made->faults.front().kind, std::move(made->faults.front().detail));
    std::vector<Account> out;
    for (const NewAccount& wanted : accounts) {
        auto one = account(to_lower(wanted.name));
        if (!one) return fail(std::move(one.error()));
        out.push_back(std::move(*one));
    }
    return out;
}

Result<Account> LiveDirectory::create_account(const NewAccount& account, const Change& by) {
    auto made = create_accounts({account}, by);
    if (!made) return fail(std::move(made.error()));
    return std::move(made->front());
}

std::vector<Alias> LiveDirectory::aliases_for(std::vector<AccountEntry>& entries) {
    std::vector<Alias> aliases;
    for (AccountEntry& entry : entries) {
        Account& account = entry.account;
        const Domain& domain = *Index::find(index_.domains, domain_of(account.default_address));
        account.id = ids_.next();
        account.tenant_id = domain.tenant_id;
        account.domain_id = domain.id;
        entry.credential.version = ++versions_;
        aliases.push_back({ids_.next(), domain.id, account.default_address, {account.name}, "account:" + account.name});
    }
    return aliases;
}

std::vector<Alias> LiveDirectory::role_aliases_for(const std::vector<AccountEntry>& entries) {
    std::vector<Alias> aliases;
    if (!options().role_aliases) return aliases;
    std::unordered_set<std::string_view> addresses;
    for (const AccountEntry& entry : entries) addresses.insert(entry.account.default_address);
    std::unordered_set<std::int64_t> settled;
    const Routing routing(index_, options());
    for (const AccountEntry& entry : entries) {
        const std::int64_t id = entry.account.domain_id;
        if (!settled.insert(id).second) continue;
        const std::string domain(domain_of(entry.account.default_address));
        std::vector<std::string> missing;
        for (const std::string_view role : kRoles)
            if (!routing.route({std::string(role), domain})) missing.push_back(std::string(role) + '@' + domain);
        // Mail to postmaster@ proves who holds a domain: whoever comes later must not get it unasked.
        const auto in_domain = [&](const auto& other) { return other.second.account.domain_id == id; };
        if (missing.empty() || std::any_of(index_.accounts.begin(), index_.accounts.end(), in_domain) ||
            std::any_of(index_.hidden.begin(), index_.hidden.end(), in_domain))
            continue;
        for (std::string& address : missing)
            if (!addresses.contains(address))
                aliases.push_back({ids_.next(), id, std::move(address), {entry.account.name}, ""});
    }
    return aliases;
}

Result<void> LiveDirectory::store_accounts(std::vector<AccountEntry> entries, const Change& by) {
    std::vector<Alias> aliases = aliases_for(entries);
    const std::vector<Alias> roles = role_aliases_for(entries);
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const Account& account = entries[i].account;
            if (auto done = insert_account(session, entries[i], clock_.now()); !done) return done;
            if (auto done = put_alias(session, aliases[i]); !done) return done;
            if (auto done = note(session, "account.create", account.name, account.default_address, by); !done)
                return done;
        }
        for (const Alias& role : roles) {
            if (auto done = put_alias(session, role); !done) return done;
            const std::string detail = role.destinations.front() + ", the first account of the domain";
            if (auto done = note(session, "alias.set", role.address, detail, by); !done) return done;
        }
        return {};
    });
    if (!stored) return stored;
    const std::unique_lock apply(index_mutex_);
    for (AccountEntry& entry : entries) index_.put(std::move(entry));
    apply_aliases(aliases);
    apply_aliases(roles);
    return {};
}

Result<std::vector<Directory::NewAccount>> LiveDirectory::export_accounts(const std::string& domain_or_empty,
                                                                          bool hashes, const Change& by) {
    const std::string domain = to_lower(domain_or_empty);
    std::vector<NewAccount> out;
    {
        const std::shared_lock lock(index_mutex_);
        for (const auto& [name, entry] : index_.accounts) {
            const std::string_view at = domain_of(entry.account.default_address);
            if (!domain.empty() && at != domain) continue;
            out.push_back({name, std::string(at), entry.account.real_name, "", hashes ? entry.credential.hash : ""});
        }
    }
    std::sort(out.begin(), out.end(), [](const NewAccount& a, const NewAccount& b) { return a.name < b.name; });
    if (!hashes) return out;
    auto noted = database_.write([&](db::Session& session) {
        return note(session, "account.export_hashes", domain.empty() ? "all domains" : domain,
                    std::to_string(out.size()) + " accounts", by);
    });
    if (!noted) return fail(std::move(noted.error()));
    return out;
}

}  // namespace restante::directory
