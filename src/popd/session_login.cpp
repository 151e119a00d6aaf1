// Of a session: who logs in.
#include "net/work_pool.hpp"
#include "popd/refusals.hpp"
#include "popd/session.hpp"
#include "sasl/prep.hpp"

namespace restante::popd {

directory::LoginContext Session::login_context() const { return {directory::Protocol::pop3, stream_.peer().ip()}; }

net::Task<bool> Session::perform(const pop3::Authenticate& step) {
    watchdog_.pause();
    // RFC 6856 2.2: compared as SASLprep makes them; what it does not take is compared as it is.
    std::string name = sasl::prepare(step.name).value_or(step.name);
    auto login = co_await (*shared_.door)->verify(name, step.password, login_context());
    const bool more = co_await conclude(std::move(login), std::move(name));
    co_return more;
}

net::Task<bool> Session::perform(const pop3::Apop& step) {
    watchdog_.pause();
    auto login = co_await (*shared_.door)->verify_apop(step.name, machine_.apop_stamp(), step.digest, login_context());
    const bool more = co_await conclude(std::move(login), step.name);
    co_return more;
}

net::Task<bool> Session::perform(const pop3::SaslStart& step) {
    login::Circumstances circumstances;
    circumstances.context = login_context();
    circumstances.binding = login::channel_bindings(stream_);
    circumstances.offers_plus = machine_.offers(step.mechanism + "-PLUS");
    circumstances.host_name = shared_.options.host_name;
    exchange_ = std::make_unique<login::Exchange>(**shared_.door, step.mechanism, circumstances);
    watchdog_.pause();
    auto outcome = co_await exchange_->start(step.initial);
    const bool more = co_await go_on(std::move(outcome));
    co_return more;
}

net::Task<bool> Session::perform(const pop3::SaslResponse& step) {
    watchdog_.pause();
    auto outcome = co_await exchange_->respond(step.bytes);
    const bool more = co_await go_on(std::move(outcome));
    co_return more;
}

net::Task<bool> Session::go_on(login::Outcome outcome) {
    if (const auto* challenge = std::get_if<sasl::Challenge>(&outcome)) {
        machine_.sasl_challenge(challenge->bytes);
        co_return true;
    }
    std::string name = exchange_->name();
    exchange_.reset();
    Result<directory::Login> login = directory::Login{};
    if (auto* refused = std::get_if<login::Refused>(&outcome)) {
        login = fail(std::move(refused->error));
        name = std::move(refused->name);
    } else {
        login = std::move(std::get<directory::Login>(outcome));
    }
    const bool more = co_await conclude(std::move(login), std::move(name));
    co_return more;
}

/// name: as the client gave it, for the log.
net::Task<bool> Session::conclude(Result<directory::Login> login, std::string name) {
    pop3::Refusal refusal = refuse_credentials();
    std::string reason;
    std::chrono::milliseconds delay{0};
    if (!login) {
        refusal = refuse_login(login.error());
        delay = (*shared_.door)->refused(login.error(), name, login_context());
        reason = std::move(login.error().detail);
    } else if (login->kind != directory::Login::Kind::account) {
        reason = "a tenant has no maildrop";
    } else if (!login->pop3_enabled) {
        refusal = refuse_disabled_protocol();
        reason = "POP3 is switched off for this account";
    } else {
        if (shared_.surroundings.pop_logins != nullptr)
            shared_.surroundings.pop_logins->logged_in(*login, stream_.peer().ip(), stream_.is_tls(),
                                                       std::chrono::steady_clock::now());
        recognised(std::move(*login), name);
        machine_.authenticated();
        co_return true;
    }
    const bool more = co_await login_failed(refusal, std::move(name), std::move(reason), delay);
    co_return more;
}

/// The wait holds up nobody but this session. What came before is answered first.
net::Task<bool> Session::login_failed(pop3::Refusal refusal, std::string name, std::string reason,
                                      std::chrono::milliseconds delay) {
    shared_.counters.failed_logins.add();
    if (tap_) {
        if (!name.empty()) tap_->tried(name);
        failed(refusal.code == pop3::ResponseCode::auth ? watch::Cause::credentials : watch::Cause::server_fault,
               reason);
    }
    shared_.surroundings.log.warn("pop3.login_failed",
                                  {{"name", name}, {"peer", stream_.peer().ip()}, {"reason", reason}});
    if (delay.count() > 0) {
        const bool told = co_await flush();
        if (!told) co_return false;
        watchdog_.pause();
        co_await net::sleep_for(delay);
    }
    machine_.refuse(refusal);
    co_return true;
}

}  // namespace restante::popd
