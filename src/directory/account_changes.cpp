// Mutations of accounts.
#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
Result<void> check_real_name(std::string_view text) {
    const bool one_line =
        std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (is_valid_utf8(text) && text.size() <= 256 && one_line) return {};
    return fail(ErrorKind::invalid, "a real name must be one line of valid UTF-8, at most 256 octets");
}
}  // namespace

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
            return fail(ErrorKind::already_exists,
                        "the name " + entry->account.name + " appears twice in this request");
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
        if (auto is_free = check_name_free(account.name, domain_name); !is_free)
            return fail(std::move(is_free.error()));
        if (Index::find(index_.aliases, account.default_address) != nullptr)
            return fail(ErrorKind::already_exists,
                        "the address " + account.default_address +
                            " is an alias already: delete that alias or choose another name");
        account.id = ids_.next();
        account.tenant_id = domain->tenant_id;
        account.domain_id = domain->id;
        entry.credential.version = ++versions_;
        aliases.push_back(
            {ids_.next(), domain->id, account.default_address, {account.name}, "account:" + account.name});
    }
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const AccountEntry& entry = entries[i];
            if (auto done = insert_account(session, entry, clock_.now()); !done) return done;
            if (auto done = put_alias(session, aliases[i]); !done) return done;
            if (auto done = note(session, "account.create", entry.account.name, entry.account.default_address, by);
                !done)
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
