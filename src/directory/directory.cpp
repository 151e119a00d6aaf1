// Lookups and lists.
#include "directory/directory.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/rule_rows.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
template <class T, class Less>
std::vector<T> sorted(std::vector<T> list, Less less) {
    std::sort(list.begin(), list.end(), less);
    return list;
}
}  // namespace

Result<std::unique_ptr<Directory>> Directory::open(db::Database& database, IdSource& ids, const Clock& clock, Log& log,
                                                   Options options) {
    for (const auto steps : {migrations(), rule_migrations()})
        if (auto migrated = database.migrate(steps); !migrated) return fail(std::move(migrated.error()));
    auto directory = std::make_unique<LiveDirectory>(database, ids, clock, log, std::move(options));
    if (auto loaded = directory->load_all(); !loaded) return fail(std::move(loaded.error()));
    return directory;
}

LiveDirectory::LiveDirectory(db::Database& database, IdSource& ids, const Clock& clock, Log& log, Options options)
    : database_(database),
      ids_(ids),
      clock_(clock),
      log_(log),
      options_{std::move(options)},
      now_(&options_.front()),
      hasher_(now_.load()->argon2_memory_kib, now_.load()->argon2_passes, now_.load()->argon2_concurrency),
      proofs_(clock, std::chrono::seconds(now_.load()->login_cache_seconds)),
      uses_(now_.load()->app_password_use),
      fake_key_(now_.load()->secret_key.empty() ? random_bytes(32)
                                                : hmac_sha256(now_.load()->secret_key, "keys of unknown names")) {
    if (!now_.load()->secret_key.empty()) box_.emplace(now_.load()->secret_key);
}

Result<void> LiveDirectory::set_options(Options options) {
    const std::lock_guard lock(write_);
    options.secret_key = now_.load()->secret_key;
    if (auto done = hasher_.set(options.argon2_memory_kib, options.argon2_passes, options.argon2_concurrency); !done)
        return done;
    proofs_.set_lifetime(std::chrono::seconds(options.login_cache_seconds));
    uses_.set_write_every(options.app_password_use);
    const bool erase = !options.scram && now_.load()->scram;
    now_ = &options_.emplace_back(std::move(options));
    if (!erase) return {};
    const std::unique_lock index_lock(index_mutex_);
    return erase_scram_keys();
}

bool LiveDirectory::is_local_domain(std::string_view domain) {
    const std::string lower = to_lower(domain);
    const std::shared_lock lock(index_mutex_);
    return Index::find(index_.domains, lower) != nullptr;
}

Result<Route> LiveDirectory::route(const message::Address& recipient) {
    const std::shared_lock lock(index_mutex_);
    return Routing(index_, options()).route(recipient);
}

bool LiveDirectory::may_send_as(const Login& login, const message::Address& sender) {
    const std::shared_lock lock(index_mutex_);
    if (login.kind == Login::Kind::tenant) {
        const Domain* domain = Index::find(index_.domains, sender.domain);
        return domain != nullptr && (login.administrator || domain->tenant_id == login.id);
    }
    const auto route = Routing(index_, options()).route(sender, Routing::Follow::aliases);
    const bool is_own = route && route->accounts == std::vector{login.id};
    return is_own && route->remote.empty() && route->lists.empty() && !route->discard;
}

Result<std::optional<Account>> LiveDirectory::account_by_id(std::int64_t id) {
    const std::shared_lock lock(index_mutex_);
    const auto found = index_.accounts_by_id.find(id);
    if (found == index_.accounts_by_id.end()) return std::nullopt;
    return found->second->account;
}

Result<std::vector<Tenant>> LiveDirectory::tenants() {
    const std::shared_lock lock(index_mutex_);
    std::vector<Tenant> out;
    for (const auto& [name, entry] : index_.tenants) out.push_back(entry.tenant);
    return sorted(std::move(out), [](const Tenant& a, const Tenant& b) { return a.name < b.name; });
}

Result<std::vector<Domain>> LiveDirectory::domains() {
    const std::shared_lock lock(index_mutex_);
    std::vector<Domain> out;
    for (const auto& [name, domain] : index_.domains) out.push_back(domain);
    return sorted(std::move(out), [](const Domain& a, const Domain& b) { return a.name < b.name; });
}

Result<std::vector<Account>> LiveDirectory::accounts(const std::string& domain_or_empty) {
    const std::string domain = to_lower(domain_or_empty);
    const std::shared_lock lock(index_mutex_);
    std::vector<Account> out;
    for (const auto& [name, entry] : index_.accounts)
        if (domain.empty() || domain_of(entry.account.default_address) == domain) out.push_back(entry.account);
    return sorted(std::move(out), [](const Account& a, const Account& b) { return a.name < b.name; });
}

Result<std::vector<Alias>> LiveDirectory::aliases(const std::string& domain_or_empty) {
    const std::string domain = to_lower(domain_or_empty);
    const std::shared_lock lock(index_mutex_);
    std::vector<Alias> out;
    const Routing routing(index_, options());
    for (const auto& [address, alias] : index_.aliases) {
        if (!domain.empty() && domain_of(address) != domain) continue;
        // What led only to an account that is being deleted is gone for everybody but restore_account.
        if (!index_.hidden.empty() && !routing.leads_anywhere(alias)) continue;
        out.push_back(alias);
        std::erase_if(out.back().destinations,
                      [&](const std::string& destination) { return index_.hidden.contains(destination); });
    }
    return sorted(std::move(out), [](const Alias& a, const Alias& b) { return a.address < b.address; });
}

Result<Account> LiveDirectory::account(const std::string& name_or_address) {
    const std::string lower = to_lower(trim(name_or_address));
    const std::shared_lock lock(index_mutex_);
    if (const auto* entry = Index::find(index_.accounts, lower)) return entry->account;
    const auto* named = Index::find(index_.accounts, std::string_view(lower).substr(0, lower.rfind('@')));
    if (named != nullptr && named->account.default_address == lower) return named->account;
    return fail(ErrorKind::not_found, "there is no account " + escape_for_log(lower, 80));
}

Result<std::map<std::int64_t, std::vector<std::string>>> LiveDirectory::aliases_by_account() {
    const std::shared_lock lock(index_mutex_);
    const Routing routing(index_, options());
    std::map<std::int64_t, std::vector<std::string>> out;
    for (const auto& [address, alias] : index_.aliases) {
        if (!alias.managed_by.empty()) continue;
        for (const std::int64_t account : routing.behind(alias).accounts) {
            auto& list = out[account];
            if (list.empty() || list.back() != address) list.push_back(address);
        }
    }
    for (auto& [account, list] : out) std::sort(list.begin(), list.end());
    return out;
}

Result<std::vector<Directory::AuditRow>> LiveDirectory::audit(std::size_t newest, std::int64_t before) {
    return database_.read([&](db::Session& session) -> Result<std::vector<AuditRow>> {
        std::vector<AuditRow> out;
        auto done = session.query(
            "SELECT id, at, actor, action, object, detail FROM audit WHERE id < $2 ORDER BY id DESC LIMIT $1",
            {static_cast<std::int64_t>(std::min<std::size_t>(newest, 100'000)), before == 0 ? INT64_MAX : before}, [&](const db::Row& row) {
                out.push_back({row.integer(0), from_micros(row.integer(1)), std::string(row.text(2)),
                               std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(5))});
            });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

}  // namespace restante::directory
