#include "admin/account_purge.hpp"

namespace restante::admin {

Result<void> purge_account(const PurgeParts& parts, const directory::Account& account, const std::string& actor) {
    // A running POP3 session holds the maildrop; finding that out first leaves the account as it was.
    if (auto emptied = parts.store.remove_maildrop(account.id); !emptied) {
        if (emptied.error().kind == ErrorKind::busy)
            return fail(ErrorKind::busy,
                        "a POP3 session of " + account.name + " is open; disable the account and try again");
        return emptied;
    }
    if (auto gone = parts.directory.delete_account(account.name, {actor}); !gone) return fail(std::move(gone.error()));
    // What arrived in between.
    if (auto emptied = parts.store.remove_maildrop(account.id); !emptied)
        parts.log.warn("account.maildrop_left", {{"account", account.name}, {"detail", emptied.error().detail}});
    return {};
}

std::size_t purge_due_accounts(const PurgeParts& parts, Timestamp now) {
    std::size_t gone = 0;
    auto hidden = parts.directory.hidden_accounts();
    if (!hidden) {
        parts.log.error("account.purge_failed", {{"detail", hidden.error().detail}});
        return gone;
    }
    for (const directory::Account& account : *hidden) {
        if (parts.directory.purge_at(account) > now) continue;
        auto done = purge_account(parts, account, "system");
        if (done) {
            ++gone;
            parts.log.info("account.purged", {{"account", account.name}});
        } else {
            parts.log.warn("account.purge_failed", {{"account", account.name}, {"detail", done.error().detail}});
        }
    }
    return gone;
}

}  // namespace restante::admin
