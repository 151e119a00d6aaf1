// Accounts in the database: the row, and the tables of what only some have.
#include <array>

#include "base/text.hpp"
#include "directory/row_values.hpp"
#include "directory/rule_rows.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
constexpr std::array<std::string_view, 3> kRetrieval{"remove", "leave", "debug"};

std::string_view name_of(Retrieval retrieval) { return kRetrieval[static_cast<std::size_t>(retrieval)]; }

Retrieval retrieval_of(std::string_view name) {
    for (std::size_t i = 0; i < kRetrieval.size(); ++i)
        if (kRetrieval[i] == name) return static_cast<Retrieval>(i);
    return Retrieval::remove;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

using Entries = AccountsById;

Result<void> load_rows(db::Session& session, Entries& entries, std::uint64_t& versions) {
    return session.query(
        "SELECT a.id, a.tenant_id, a.name, a.domain_id, d.name, a.real_name, a.enabled, a.password_hash, "
        "a.pop3_enabled, a.app_passwords_only, a.deleted_at FROM account a JOIN domain d ON d.id = a.domain_id",
        {}, [&](const db::Row& row) {
            AccountEntry& entry = entries[row.integer(0)];
            Account& account = entry.account;
            account.id = row.integer(0);
            account.tenant_id = row.integer(1);
            account.name = row.text(2);
            account.domain_id = row.integer(3);
            account.default_address = account.name + '@' + std::string(row.text(4));
            account.real_name = row.text(5);
            account.enabled = row.integer(6) != 0;
            entry.credential = {std::string(row.text(7)), ++versions};
            account.pop3_enabled = row.integer(8) != 0;
            account.app_passwords_only = row.integer(9) != 0;
            account.deleted_at = time_in(row, 10);
        });
}

Result<void> load_pop3(db::Session& session, Entries& entries) {
    return session.query(
        "SELECT account_id, descending, fast_sizes, min_poll_seconds, retrieval, undo_days, alert_percent, alert_from, "
        "expire_days FROM account_pop3",
        {}, [&](const db::Row& row) {
            Pop3Settings own;
            own.descending = row.integer(1) != 0;
            own.fast_sizes = row.integer(2) != 0;
            own.min_poll = std::chrono::seconds(row.integer(3));
            own.retrieval = retrieval_of(row.text(4));
            own.undo = std::chrono::days(row.integer(5));
            own.alert_percent = static_cast<std::uint32_t>(row.integer(6));
            own.alert_from = static_cast<std::uint32_t>(row.integer(7));
            own.expire_days = static_cast<std::uint32_t>(row.integer(8));
            entries[row.integer(0)].account.pop3_own = own;
        });
}

Result<void> load_keys(db::Session& session, Entries& entries) {
    auto scram =
        session.query("SELECT account_id, iterations, sha1, sha256 FROM account_scram", {}, [&](const db::Row& row) {
            auto sha1 = base64_decode(row.text(2)), sha256 = base64_decode(row.text(3));
            if (!sha1 || !sha256) return;  // as if there were none: made again at the next login
            entries[row.integer(0)].scram = {static_cast<std::uint32_t>(row.integer(1)), std::move(*sha1),
                                             std::move(*sha256)};
        });
    if (!scram) return scram;
    return session.query("SELECT account_id, box FROM account_secret", {}, [&](const db::Row& row) {
        AccountEntry& entry = entries[row.integer(0)];
        entry.sealed_secret = base64_decode(row.text(1)).value_or("");
        entry.account.shared_secret = !entry.sealed_secret.empty();
    });
}

Result<void> load_app_passwords(db::Session& session, Entries& entries) {
    return session.query(
        "SELECT account_id, id, name, digest, pop3, smtp, networks, created_at, expires_at, last_used_at, "
        "last_used_from FROM app_password ORDER BY account_id, name",
        {}, [&](const db::Row& row) {
            StoredAppPassword stored;
            AppPassword& shown = stored.shown;
            shown.id = row.integer(1);
            shown.name = row.text(2);
            stored.digest = row.text(3);
            shown.pop3 = row.integer(4) != 0;
            shown.smtp = row.integer(5) != 0;
            if (!row.text(6).empty())
                for (const std::string_view network : split(row.text(6), ' ')) shown.networks.emplace_back(network);
            shown.created_at = from_micros(row.integer(7));
            shown.expires_at = time_in(row, 8);
            shown.last_used_at = time_in(row, 9);
            shown.last_used_from = row.text(10);
            entries[row.integer(0)].app_passwords.push_back(std::move(stored));
        });
}

/// What only some accounts have, anew.
Result<void> put_extras(db::Session& session, const AccountEntry& entry) {
    const std::int64_t id = entry.account.id;
    for (const char* table : {"account_pop3", "account_scram", "account_secret"})
        if (auto done = run(session, "DELETE FROM " + std::string(table) + " WHERE account_id=$1", {id}); !done)
            return done;
    Result<void> done;
    if (const auto& own = entry.account.pop3_own)
        done = run(session,
                   "INSERT INTO account_pop3(account_id, descending, fast_sizes, min_poll_seconds, retrieval, "
                   "undo_days, alert_percent, alert_from, expire_days) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                   {id, std::int64_t{own->descending}, std::int64_t{own->fast_sizes},
                    std::int64_t{own->min_poll.count()}, name_of(own->retrieval), std::int64_t{own->undo.count()},
                    std::int64_t{own->alert_percent}, std::int64_t{own->alert_from}, std::int64_t{own->expire_days}});
    if (done && entry.scram.iterations != 0) {
        const std::string sha1 = base64_encode(entry.scram.sha1), sha256 = base64_encode(entry.scram.sha256);
        done = run(session, "INSERT INTO account_scram(account_id, iterations, sha1, sha256) VALUES($1, $2, $3, $4)",
                   {id, std::int64_t{entry.scram.iterations}, std::string_view(sha1), std::string_view(sha256)});
    }
    if (done && !entry.sealed_secret.empty()) {
        const std::string box = base64_encode(entry.sealed_secret);
        done = run(session, "INSERT INTO account_secret(account_id, box) VALUES($1, $2)", {id, std::string_view(box)});
    }
    return done ? put_account_rules(session, entry.account) : done;
}
}  // namespace

Result<void> load_accounts(db::Session& session, Index& index, std::uint64_t& versions) {
    Entries entries;
    if (auto done = load_rows(session, entries, versions); !done) return done;
    for (const auto load_part : {load_pop3, load_keys, load_app_passwords, load_account_rules})
        if (auto done = load_part(session, entries); !done) return done;
    for (auto& [id, entry] : entries) index.put(std::move(entry));
    return {};
}

Result<void> insert_account(db::Session& session, const AccountEntry& entry, Timestamp now) {
    const Account& account = entry.account;
    auto done = run(session, "INSERT INTO server_name(name, kind) VALUES($1, 'account')",
                    {std::string_view(account.name)});
    if (done)
        done = run(session,
                   "INSERT INTO account(id, tenant_id, domain_id, name, real_name, enabled, password_hash, created_at) "
                   "VALUES($1, $2, $3, $4, $5, $6, $7, $8)",
                   {account.id, account.tenant_id, account.domain_id, std::string_view(account.name),
                    std::string_view(account.real_name), std::int64_t{account.enabled},
                    std::string_view(entry.credential.hash), to_micros(now)});
    if (!done) return done;
    return put_extras(session, entry);
}

Result<void> update_account(db::Session& session, const AccountEntry& entry) {
    const Account& account = entry.account;
    auto done = run(session,
                    "UPDATE account SET real_name=$1, enabled=$2, password_hash=$3, pop3_enabled=$4, "
                    "app_passwords_only=$5, deleted_at=$6 WHERE id=$7",
                    {std::string_view(account.real_name), std::int64_t{account.enabled},
                     std::string_view(entry.credential.hash), std::int64_t{account.pop3_enabled},
                     std::int64_t{account.app_passwords_only}, time_value(account.deleted_at), account.id});
    if (!done) return done;
    return put_extras(session, entry);
}

Result<void> insert_app_password(db::Session& session, std::int64_t account, const StoredAppPassword& entry) {
    const AppPassword& shown = entry.shown;
    const std::string networks = joined(shown.networks);
    return run(session,
               "INSERT INTO app_password(id, account_id, name, digest, pop3, smtp, networks, created_at, expires_at, "
               "last_used_at, last_used_from) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
               {shown.id, account, std::string_view(shown.name), std::string_view(entry.digest),
                std::int64_t{shown.pop3}, std::int64_t{shown.smtp}, std::string_view(networks),
                to_micros(shown.created_at), time_value(shown.expires_at), time_value(shown.last_used_at),
                std::string_view(shown.last_used_from)});
}

Result<void> delete_account_row(db::Session& session, const Account& account) {
    for (const char* table : {"account_pop3", "account_scram", "account_secret", "app_password"})
        if (auto done = run(session, "DELETE FROM " + std::string(table) + " WHERE account_id=$1", {account.id}); !done)
            return done;
    if (auto done = run(session, "DELETE FROM account WHERE id=$1", {account.id}); !done) return done;
    return run(session, "DELETE FROM server_name WHERE name=$1", {std::string_view(account.name)});
}

}  // namespace restante::directory
