#include "login/doorkeeper.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "login/introspection.hpp"
#include "sasl/apop.hpp"

namespace restante::login {
namespace {
constexpr std::string_view gssapi = "GSSAPI";
}  // namespace

Doorkeeper::Doorkeeper(directory::Directory& directory, net::WorkPool& passwords, Options options)
    : directory_(directory), passwords_(passwords), options_(std::move(options)) {}

Doorkeeper::~Doorkeeper() = default;

Result<std::shared_ptr<Doorkeeper>> Doorkeeper::make(directory::Directory& directory, net::WorkPool& passwords,
                                                     Log& log, Options options) {
    std::shared_ptr<Doorkeeper> out(new Doorkeeper(directory, passwords, std::move(options)));
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

std::vector<Offer> Doorkeeper::offered(const std::vector<std::string>& names) const {
    std::vector<Offer> out;
    for (const std::string& name : names) {
        const bool twice = std::any_of(out.begin(), out.end(), [&](const Offer& o) { return iequals(o.name, name); });
        if (twice) continue;
        if (iequals(name, gssapi) && has_keytab())
            out.push_back({std::string(gssapi), false, false});
        const auto* mechanism = sasl::find_server_mechanism(name);
        if (mechanism == nullptr) continue;
        if (mechanism->needs == sasl::ServerMechanismInfo::Needs::token && !introspection_) continue;
        out.push_back({std::string(mechanism->name), mechanism->sends_password, mechanism->binds_channel});
    }
    return out;
}

net::Task<Result<directory::Login>> Doorkeeper::verify(std::string name, std::string password,
                                                       directory::LoginContext context) {
    if (auto remembered = directory_.verify_remembered(name, password, context)) co_return std::move(*remembered);
    auto login = co_await passwords_.run([&] { return directory_.verify(name, password, context); });
    co_return std::move(login);
}

Result<directory::Login> Doorkeeper::verify_apop(const std::string& name, const std::string& stamp,
                                                 const std::string& digest, const directory::LoginContext& context) {
    const auto secret = directory_.shared_secret(name);
    const std::string expected = sasl::apop_digest(stamp, secret ? *secret : random_bytes(16));
    const bool right = constant_time_equal(expected, digest);
    if (!right || !secret) return fail(ErrorKind::unauthenticated, "APOP: wrong digest, or no shared secret is kept");
    return directory_.login_as(name, context);
}

}  // namespace restante::login
