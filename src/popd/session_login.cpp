// Of a session: who logs in.
#include "net/work_pool.hpp"
#include "popd/refusals.hpp"
#include "popd/session.hpp"

namespace restante::popd {

net::Task<bool> Session::perform(const pop3::Authenticate& login) { return verify(login.name, login.password); }

net::Task<bool> Session::perform(const pop3::SaslStart& start) {
    mechanism_ = sasl::make_server(start.mechanism);
    return go_on(mechanism_->start(start.initial));
}

net::Task<bool> Session::perform(const pop3::SaslResponse& response) { return go_on(mechanism_->step(response.bytes)); }

net::Task<bool> Session::go_on(sasl::ServerStep step) {
    if (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        machine_.sasl_challenge(challenge->bytes);
        co_return true;
    }
    mechanism_.reset();
    if (const auto* failed = std::get_if<sasl::Failed>(&step))
        co_return co_await login_failed(refuse_credentials(), "", failed->reason.data());
    auto& login = std::get<sasl::Credentials>(step);
    // Nobody acts for another here: an authorization identity may only repeat the name (RFC 4616 2).
    if (!login.authzid.empty() && login.authzid != login.authcid)
        co_return co_await login_failed(refuse_credentials(), login.authcid, "asked to act for another");
    co_return co_await verify(std::move(login.authcid), std::move(login.password));
}

net::Task<bool> Session::verify(std::string name, std::string password) {
    directory::Directory& directory = shared_.surroundings.directory;
    watchdog_.pause();
    Result<directory::Login> login = directory::Login{};
    if (auto remembered = directory.verify_remembered(name, password))
        login = std::move(*remembered);
    else
        login = co_await shared_.surroundings.passwords.run([&] { return directory.verify(name, password); });
    if (!login)
        co_return co_await login_failed(refuse_login(login.error()), std::move(name), login.error().detail.c_str());
    if (login->kind != directory::Login::Kind::account)
        co_return co_await login_failed(refuse_credentials(), std::move(name), "a tenant has no maildrop");
    recognised(std::move(*login), name);
    machine_.authenticated();
    co_return true;
}

/// The wait holds up nobody but this session. What came before is answered first.
net::Task<bool> Session::login_failed(pop3::Refusal refusal, std::string name, const char* reason) {
    shared_.counters.failed_logins.add();
    if (tap_) {
        if (!name.empty()) tap_->tried(name);
        failed(refusal.code == pop3::ResponseCode::auth ? watch::Cause::credentials : watch::Cause::server_fault,
               reason);
    }
    shared_.surroundings.log.warn("pop3.login_failed",
                                  {{"name", name}, {"peer", stream_.peer().ip()}, {"reason", reason}});
    if (refusal.code == pop3::ResponseCode::auth) {
        const auto delay = shared_.gate.failed(stream_.peer().ip_bytes(), std::chrono::steady_clock::now());
        const bool told = co_await flush();
        if (!told) co_return false;
        watchdog_.pause();
        co_await net::sleep_for(delay);
    }
    machine_.refuse(refusal);
    co_return true;
}

}  // namespace restante::popd
