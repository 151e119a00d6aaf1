// Who may enter with which password.
#include "base/text.hpp"
#include "directory/app_password.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
constexpr std::size_t kMaxLoginName = 320;  // a local part, '@' and a domain

tl::unexpected<Error> refused() { return fail(ErrorKind::unauthenticated, "the user name or the password is wrong"); }

Login login_of(const Account& account, const char* matched) {
    Login login{Login::Kind::account, account.id, account.tenant_id, account.name, matched, false};
    login.pop3_enabled = account.pop3_enabled;
    return login;
}
}  // namespace

LiveDirectory::Match LiveDirectory::match(std::string_view lower) const {
    if (lower.empty() || lower.size() > kMaxLoginName) return {};
    if (lower.find('@') != std::string_view::npos) return match_address(lower);
    if (const auto* account = Index::find(index_.accounts, lower))
        return account->account.enabled ? Match{account, nullptr, "name"} : Match{};
    return {nullptr, Index::find(index_.tenants, lower), "name"};
}

LiveDirectory::Match LiveDirectory::match_address(std::string_view address) const {
    const Alias* alias = Index::find(index_.aliases, address);
    if (alias == nullptr || alias->address.front() == '@') return {};
    const Route route =
        Routing(index_, options())
            .route({std::string(address.substr(0, address.rfind('@'))), std::string(domain_of(address))},
                   Routing::Follow::aliases)
            .value_or(Route{});
    if (route.accounts.size() != 1 || !route.remote.empty() || route.discard || !route.lists.empty()) return {};
    const auto found = index_.accounts_by_id.find(route.accounts.front());
    if (found == index_.accounts_by_id.end() || !found->second->account.enabled) return {};
    return {found->second, nullptr, found->second->account.default_address == address ? "address" : "alias"};
}

std::optional<LiveDirectory::Candidate> LiveDirectory::candidate(std::string_view name) const {
    if (name.size() > kMaxLoginName) return std::nullopt;
    const std::string lower = to_lower(name);
    const std::shared_lock lock(index_mutex_);
    const Match found = match(lower);
    if (found.account != nullptr) {
        Candidate out{login_of(found.account->account, found.matched), found.account->credential};
        out.scram_iterations = found.account->scram.iterations;
        out.app_passwords_only = found.account->account.app_passwords_only;
        return out;
    }
    if (found.tenant == nullptr) return std::nullopt;
    const Tenant& tenant = found.tenant->tenant;
    return Candidate{{Login::Kind::tenant, tenant.id, tenant.id, tenant.name, "name", tenant.administrator},
                     found.tenant->credential};
}

std::optional<AppPassword> LiveDirectory::app_password_of(const Login& login, std::string_view password) const {
    if (login.kind != Login::Kind::account) return std::nullopt;
    const auto core = app_password_core(password);
    if (!core) return std::nullopt;
    const std::string digest = app_password_digest(login.id, *core);
    const std::shared_lock lock(index_mutex_);
    const auto found = index_.accounts_by_id.find(login.id);
    if (found == index_.accounts_by_id.end()) return std::nullopt;
    for (const StoredAppPassword& one : found->second->app_passwords)
        if (one.digest == digest) return one.shown;
    return std::nullopt;
}

std::optional<Login> LiveDirectory::verify_remembered(std::string_view name, std::string_view password) {
    auto found = candidate(name);
    if (!found || !proofs_.matches(found->login.id, found->credential.version, password)) return std::nullopt;
    return std::move(found->login);
}

std::optional<Login> LiveDirectory::verify_remembered(std::string_view name, std::string_view password,
                                                      const LoginContext& context) {
    auto found = candidate(name);
    if (!found) return std::nullopt;
    if (const auto app = app_password_of(found->login, password)) {
        const Timestamp now = clock_.now();
        // What has to be written or refused is for verify(), off the event loop.
        if (refusal_of(*app, context, now) != nullptr || uses_.is_due(*app, now)) return std::nullopt;
        uses_.note(*app, context.address, now);
        found->login.app_password = app->name;
        return std::move(found->login);
    }
    if (found->app_passwords_only || !proofs_.matches(found->login.id, found->credential.version, password))
        return std::nullopt;
    return std::move(found->login);
}

bool LiveDirectory::is_app_password(std::string_view name, std::string_view password, const LoginContext& context) {
    if (!app_password_core(password)) return false;
    const auto found = candidate(name);
    if (!found) return false;
    const auto app = app_password_of(found->login, password);
    return app && refusal_of(*app, context, clock_.now()) == nullptr;
}

Result<Login> LiveDirectory::verify(std::string_view name, std::string_view password) {
    return prove(candidate(name), password);
}

Result<Login> LiveDirectory::verify(std::string_view name, std::string_view password, const LoginContext& context) {
    auto found = candidate(name);
    if (!found) return prove(std::move(found), password);
    if (const auto app = app_password_of(found->login, password)) return use(std::move(*found), *app, context);
    if (!found->app_passwords_only) return prove(std::move(found), password);
    (void)hasher_.verify_nobody(password);
    return refused();
}

Result<Login> LiveDirectory::prove(std::optional<Candidate> found, std::string_view password) {
    if (found && proofs_.matches(found->login.id, found->credential.version, password)) return std::move(found->login);
    const bool right = found ? hasher_.verify(found->credential.hash, password) : hasher_.verify_nobody(password);
    if (!right) return refused();
    const std::uint64_t version = renew(*found, password);
    proofs_.remember(found->login.id, version, password);
    return std::move(found->login);
}

Result<Login> LiveDirectory::use(Candidate found, const AppPassword& app, const LoginContext& context) {
    const Timestamp now = clock_.now();
    if (const char* reason = refusal_of(app, context, now)) {
        log_.warn(
            "directory.app_password_refused",
            {{"account", found.login.name}, {"app_password", app.name}, {"peer", context.address}, {"reason", reason}});
        return refused();
    }
    const bool due = uses_.is_due(app, now);
    uses_.note(app, context.address, now);
    if (due) {
        auto stored = database_.write([&](db::Session& session) {
            return session.execute("UPDATE app_password SET last_used_at=$1, last_used_from=$2 WHERE id=$3",
                                   {to_micros(now), std::string_view(context.address), app.id});
        });
        // Nobody is kept out because a note could not be taken.
        if (!stored) log_.warn("directory.last_use_not_written", {{"reason", stored.error().detail}});
        uses_.written(app.id, now);
    }
    found.login.app_password = app.name;
    return std::move(found.login);
}

/// The right password is at hand now only: make of it what could not be made before. Returns the credential's version.
std::uint64_t LiveDirectory::renew(const Candidate& found, std::string_view password) {
    const std::uint64_t version = found.credential.version;
    if (found.login.kind != Login::Kind::account) return version;
    const std::string& hash = found.credential.hash;
    const bool foreign = options().upgrade_hashes && !hasher_.is_current(hash);
    const bool keys = options().scram && found.scram_iterations != scram_iterations();
    if (!foreign && !keys) return version;
    std::string fresh = hash;
    if (foreign) {
        auto made = hasher_.hash(password);
        if (!made) return version;
        fresh = std::move(*made);
    }
    ScramRecord scram = scram_for(found.login.name, password);
    const std::lock_guard lock(write_);
    auto entry = editable(found.login.name);
    if (!entry || entry->account.id != found.login.id || entry->credential.version != version) return version;
    entry->credential.hash = std::move(fresh);
    entry->scram = std::move(scram);
    const std::string detail = foreign ? hash.substr(0, hash.find('}') + 1) + " became {ARGON2ID}" : "SCRAM keys";
    auto done = change_account(std::move(*entry), "account.upgrade_password", detail, {found.login.name});
    if (!done) {
        log_.warn("directory.password_not_upgraded", {{"account", found.login.name}, {"reason", done.error().detail}});
        return version;
    }
    return versions_;
}

}  // namespace restante::directory
