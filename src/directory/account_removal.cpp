// Deleting accounts: hidden first, so that it can be undone, and gone for good later.
#include <algorithm>

#include "base/text.hpp"
#include "directory/live_directory.hpp"
#include "directory/schema.hpp"

namespace restante::directory {

Timestamp LiveDirectory::purge_at(const Account& hidden) const {
    return hidden.deleted_at.value_or(clock_.now()) + options().deletion_grace;
}

Result<Account> LiveDirectory::hide_account(const std::string& name, const Change& by) {
    const std::lock_guard lock(write_);
    auto entry = editable(name);
    if (!entry) return fail(std::move(entry.error()));
    entry->account.deleted_at = clock_.now();
    Account account = entry->account;
    auto done = change_account(std::move(*entry), "account.delete",
                               account.default_address + ", to be restored until " + to_rfc3339(purge_at(account)), by);
    if (!done) return fail(std::move(done.error()));
    return account;
}

Result<Account> LiveDirectory::restore_account(const std::string& name, const Change& by) {
    const std::lock_guard lock(write_);
    const AccountEntry* found = Index::find(index_.hidden, to_lower(name));
    if (found == nullptr)
        return fail(ErrorKind::not_found, "no account " + escape_for_log(name, 80) + " was deleted lately");
    AccountEntry entry = *found;
    entry.account.deleted_at.reset();
    Account account = entry.account;
    auto done = change_account(std::move(entry), "account.restore", account.default_address, by);
    if (!done) return fail(std::move(done.error()));
    return account;
}

Result<std::vector<Account>> LiveDirectory::hidden_accounts() {
    std::vector<Account> out;
    {
        const std::shared_lock lock(index_mutex_);
        for (const auto& [name, entry] : index_.hidden) out.push_back(entry.account);
    }
    std::sort(out.begin(), out.end(), [](const Account& a, const Account& b) { return a.name < b.name; });
    return out;
}

Result<std::vector<Alias>> LiveDirectory::aliases_without(const std::string& account) {
    const std::shared_lock lock(index_mutex_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    auto out = without({entry->account.default_address}, entry->account.name);
    std::sort(out.begin(), out.end(), [](const Alias& a, const Alias& b) { return a.address < b.address; });
    return out;
}

Result<Account> LiveDirectory::delete_account(const std::string& name, const Change& by) {
    const std::lock_guard lock(write_);
    const std::string lower = to_lower(name);
    const AccountEntry* entry = Index::find(index_.hidden, lower);
    if (entry == nullptr) entry = Index::find(index_.accounts, lower);
    if (entry == nullptr) return fail(ErrorKind::not_found, "there is no account " + escape_for_log(name, 80));
    const Account account = entry->account;
    std::vector<std::int64_t> app_passwords;
    for (const StoredAppPassword& one : entry->app_passwords) app_passwords.push_back(one.shown.id);
    const auto changed = without({account.default_address}, account.name);
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = store_aliases(session, changed); !done) return done;
        if (auto done = delete_account_row(session, account); !done) return done;
        return note(session, "account.delete", account.name, account.default_address + ", for good", by);
    });
    if (!stored) return fail(std::move(stored.error()));
    proofs_.forget(account.id);
    for (const std::int64_t id : app_passwords) uses_.forget(id);
    const std::unique_lock apply(index_mutex_);
    apply_aliases(changed);
    index_.remove_account(account.name);
    return account;
}

}  // namespace restante::directory
