// Mutations of accounts that are there.
#include "directory/account_checks.hpp"
#include "directory/live_directory.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
const char* retrieval_name(Retrieval retrieval) {
    switch (retrieval) {
        case Retrieval::remove:
            return "remove";
        case Retrieval::leave:
            return "leave";
        case Retrieval::debug:
            return "debug";
    }
    return "";
}

std::string described(bool enabled, const std::optional<Pop3Settings>& own) {
    std::string out = enabled ? "on" : "off";
    if (!own) return out + ", the protocol's defaults";
    return out + ", own: " + (own->descending ? "descending" : "ascending") +
           (own->fast_sizes ? ", fast sizes" : ", exact sizes") + ", poll " + std::to_string(own->min_poll.count()) +
           " s, retrieval " + retrieval_name(own->retrieval) + ", undo " + std::to_string(own->undo.count()) + " d, alert " +
           std::to_string(own->alert_percent) + " % from " + std::to_string(own->alert_from) + ", expire " +
           std::to_string(own->expire_days) + " d";
}
}  // namespace

Result<void> LiveDirectory::change_account(AccountEntry changed, std::string_view action, const std::string& detail,
                                           const Change& by) {
    const Account& account = changed.account;
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = update_account(session, changed); !done) return done;
        return note(session, action, account.name, detail, by);
    });
    if (!stored) return stored;
    changed.credential.version = ++versions_;
    proofs_.forget(account.id);
    const std::unique_lock apply(index_mutex_);
    index_.put(std::move(changed));
    return {};
}

Result<AccountEntry> LiveDirectory::editable(const std::string& name) const {
    const AccountEntry* entry = Index::find(index_.accounts, to_lower(name));
    if (entry == nullptr) return fail(ErrorKind::not_found, "there is no account " + escape_for_log(name, 80));
    return *entry;
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

Result<void> LiveDirectory::set_pop3(const std::string& account, bool enabled, const std::optional<Pop3Settings>& own,
                                     const Change& by) {
    if (own)
        if (auto good = check_pop3(*own); !good) return good;
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    entry->account.pop3_enabled = enabled;
    entry->account.pop3_own = own;
    return change_account(std::move(*entry), "account.set_pop3", described(enabled, own), by);
}

Result<void> LiveDirectory::set_app_passwords_only(const std::string& account, bool only, const Change& by) {
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    if (only && entry->app_passwords.empty())
        return fail(ErrorKind::invalid, entry->account.name +
                                            " has no app password, and would be locked out of its mail: create one "
                                            "first");
    entry->account.app_passwords_only = only;
    return change_account(std::move(*entry), "account.set_app_passwords_only", only ? "yes" : "no", by);
}

}  // namespace restante::directory
