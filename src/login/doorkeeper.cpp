#include "login/doorkeeper.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/random.hpp"
#include "base/text.hpp"
#include "login/introspection.hpp"
#include "sasl/apop.hpp"
#include "sasl/prep.hpp"

namespace restante::login {
namespace {
constexpr std::string_view gssapi = "GSSAPI";

/// Against whoever tries.
bool counts(const Error& error) {
    return error.kind == ErrorKind::unauthenticated || error.kind == ErrorKind::denied;
}
}  // namespace

Doorkeeper::Doorkeeper(directory::Directory& directory, net::WorkPool& passwords, GuessGuard& guard, Options options)
    : directory_(directory), passwords_(passwords), guard_(guard), options_(std::move(options)) {}

Doorkeeper::~Doorkeeper() = default;

Result<std::shared_ptr<Doorkeeper>> Doorkeeper::make(directory::Directory& directory, net::WorkPool& passwords,
                                                     GuessGuard& guard, Log& log, Options options) {
    std::shared_ptr<Doorkeeper> out(new Doorkeeper(directory, passwords, guard, std::move(options)));
    const OAuthOptions& oauth = out->options_.oauth;
    if (!oauth.introspection_url.empty()) {
        auto made = Introspection::make(oauth, passwords, out->clock_);
        if (!made) {
            made.error().detail = "oauth_introspection_url: " + made.error().detail;
            return fail(std::move(made.error()));
        }
        out->introspection_ = std::move(*made);
    }
    const std::string& keytab = out->options_.gssapi.keytab;
    if (!keytab.empty() && !out->has_keytab()) log.warn("login.keytab_unreadable", {{"file", keytab}});
    return out;
}

bool Doorkeeper::has_keytab() const {
    const std::string& keytab = options_.gssapi.keytab;
    return !keytab.empty() && ::access(keytab.c_str(), R_OK) == 0;
}

std::vector<std::string> under_protection(const std::vector<std::string>& mechanisms, std::string_view protection) {
    if (protection == "allow") return mechanisms;
    std::vector<std::string> out;
    for (const std::string& name : mechanisms) {
        const auto* known = sasl::find_server_mechanism(name);
        const bool binds = known != nullptr && known->binds_channel;
        if (binds == (protection == "require")) out.push_back(name);
    }
    return out;
}

std::vector<Offer> Doorkeeper::offered(const std::vector<std::string>& names) const {
    std::vector<Offer> out;
    for (const std::string& name : names) {
        const bool twice = std::any_of(out.begin(), out.end(), [&](const Offer& o) { return iequals(o.name, name); });
        if (twice) continue;
        if (iequals(name, gssapi) && has_keytab()) out.push_back({std::string(gssapi), false, false});
        const auto* mechanism = sasl::find_server_mechanism(name);
        if (mechanism == nullptr) continue;
        if (mechanism->needs == sasl::ServerMechanismInfo::Needs::token && !introspection_) continue;
        out.push_back({std::string(mechanism->name), mechanism->sends_password, mechanism->binds_channel});
    }
    return out;
}

net::Task<Result<bool>> Doorkeeper::admitted(std::string name, directory::LoginContext context) {
    const auto wait = guard_.admit(name, context.address, std::chrono::steady_clock::now());
    if (!wait) co_return fail(ErrorKind::busy, "too many wrong passwords lately; this one was not looked at");
    if (wait->count() > 0) (void)co_await net::sleep_for(*wait);
    co_return wait->count() > 0;
}

// A remembered proof is not asked before a stranger's turn has come: how fast the answer is would tell what it is. Of
// many that come at once, those for which the guard has grown strict while they waited for a thread go back and queue.
net::Task<Result<directory::Login>> Doorkeeper::verify(std::string name, std::string password,
                                                       directory::LoginContext context) {
    const bool app_password = directory_.is_app_password(name, password, context);
    // Clients differ in how they write the same letters, and passwords are kept as they were set: as typed, then as
    // SASLprep makes it (RFC 4013).
    const std::string prepared = sasl::prepare(password).value_or(password);
    for (;;) {
        bool waited = app_password;
        if (!waited) {
            const auto admission = co_await admitted(name, context);
            if (!admission) co_return fail(admission.error());
            waited = *admission;
        }
        if (auto remembered = directory_.verify_remembered(name, password, context))
            co_return noted(std::move(*remembered), name, context);
        auto login = co_await passwords_.run([&]() -> std::optional<Result<directory::Login>> {
            if (!waited && guard_.must_wait(name, context.address, std::chrono::steady_clock::now())) return {};
            auto found = directory_.verify(name, password, context);
            const bool wrong = !found && found.error().kind == ErrorKind::unauthenticated;
            if (wrong && prepared != password) found = directory_.verify(name, prepared, context);
            if (!found && counts(found.error())) guard_.foresee(name, context.address, std::chrono::steady_clock::now());
            return found;
        });
        if (!login) co_return fail(std::move(login.error()));
        if (*login) co_return noted(std::move(**login), name, context);
    }
}

net::Task<Result<directory::Login>> Doorkeeper::verify_apop(std::string name, std::string stamp, std::string digest,
                                                            directory::LoginContext context) {
    const auto admission = co_await admitted(name, context);
    if (!admission) co_return fail(admission.error());
    const auto secret = directory_.shared_secret(name);
    const std::string expected = sasl::apop_digest(stamp, secret ? *secret : random_bytes(16));
    const bool right = constant_time_equal(expected, digest);
    if (!right || !secret)
        co_return fail(ErrorKind::unauthenticated, "APOP: wrong digest, or no shared secret is kept");
    co_return noted(directory_.login_as(name, context), name, context);
}

Result<directory::Login> Doorkeeper::noted(Result<directory::Login> login, std::string_view name,
                                           const directory::LoginContext& context) {
    if (login) guard_.succeeded(name, context.address, std::chrono::steady_clock::now());
    return login;
}

std::chrono::milliseconds Doorkeeper::refused(const Error& error, std::string_view name,
                                              const directory::LoginContext& context) {
    const auto now = std::chrono::steady_clock::now();
    if (counts(error)) return guard_.failed(name, context.address, now);
    return error.kind == ErrorKind::busy ? guard_.delay() : std::chrono::milliseconds(0);
}

}  // namespace restante::login
