// Of a session: who logs in, and the maildrop.
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
    account_ = login->id;
    account_name_ = std::move(login->name);
    machine_.authenticated();
    co_return true;
}

/// The wait holds up nobody but this session. What came before is answered first.
net::Task<bool> Session::login_failed(pop3::Refusal refusal, std::string name, const char* reason) {
    shared_.counters.failed_logins.add();
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

net::Task<bool> Session::perform(const pop3::OpenMaildrop&) {
    store::MessageStore& store = shared_.surroundings.store;
    const std::int64_t account = std::exchange(account_, 0);  // logged in only once the maildrop is open
    slot_ = shared_.gate.enter(account);
    if (!slot_) {
        shared_.counters.in_use.add();
        machine_.refuse(refuse_another_session());
        co_return true;
    }
    auto maildrop = co_await shared_.surroundings.work.run([&] { return store.open_maildrop(account); });
    if (!maildrop) {
        slot_.reset();
        if (maildrop.error().kind == ErrorKind::busy)
            shared_.counters.in_use.add();
        else
            shared_.surroundings.log.error("pop3.maildrop_failed",
                                           {{"account", account_name_}, {"error", maildrop.error().detail}});
        machine_.refuse(refuse_maildrop(maildrop.error()));
        co_return true;
    }
    account_ = account;
    maildrop_ = std::move(*maildrop);
    entries_ = maildrop_->messages();
    watchdog_.uncap();
    shared_.counters.logins.add();
    if (!machine_.tls()) shared_.counters.plaintext_logins.add();
    machine_.maildrop_opened(*this);
    co_return true;
}

}  // namespace restante::popd
