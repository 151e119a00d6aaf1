// A session's logins.
#include "mta/replies.hpp"
#include "mta/session.hpp"

namespace restante::mta {
net::Task<> Session::begin_login(const smtp::SaslStart& step) {
    login::Circumstances circumstances;
    circumstances.context = {directory::Protocol::smtp, stream_.peer().ip()};
    circumstances.binding = login::channel_bindings(stream_);
    circumstances.offers_plus = machine_.offers(step.mechanism + "-PLUS");
    circumstances.host_name = protocol().host_name;
    exchange_ = std::make_unique<login::Exchange>(**shared_->door, step.mechanism, circumstances);
    auto outcome = co_await exchange_->start(step.initial);
    co_await conclude_login(std::move(outcome));
}

net::Task<> Session::go_on_login(std::string response) {
    auto outcome = co_await exchange_->respond(std::move(response));
    co_await conclude_login(std::move(outcome));
}

net::Task<> Session::conclude_login(login::Outcome outcome) {
    if (const auto* challenge = std::get_if<sasl::Challenge>(&outcome)) {
        machine_.auth_challenge(challenge->bytes);
        co_return;
    }
    exchange_.reset();
    if (auto* login = std::get_if<directory::Login>(&outcome)) {
        login_ = std::move(*login);
        if (tap_) tap_->logged_in(login_->name);
        machine_.resume(replies::welcome());
        co_return;
    }
    co_await refuse_login(std::move(std::get<login::Refused>(outcome)));
}

net::Task<> Session::refuse_login(login::Refused refused) {
    auto& parts = shared_->parts;
    const Error& error = refused.error;
    if (refused.malformed) {
        parts.log.info("smtp.login_malformed", {{"peer", stream_.peer().to_string()}, {"reason", error.detail}});
        machine_.resume(replies::login_malformed());
        co_return;
    }
    if (error.kind == ErrorKind::unauthenticated || error.kind == ErrorKind::denied || error.kind == ErrorKind::busy) {
        shared_->counts.logins_failed.add();
        if (tap_ && !refused.name.empty()) tap_->tried(refused.name);
        failed(watch::Cause::credentials, error.detail);
        parts.log.warn("smtp.login_failed",
                       {{"peer", stream_.peer().to_string()}, {"name", refused.name}, {"reason", error.detail}});
        const auto delay =
            (*shared_->door)->refused(error, refused.name, {directory::Protocol::smtp, stream_.peer().ip()});
        if (!shared_->stopping()) co_await net::sleep_for(delay);
    } else {
        failed(watch::Cause::server_fault, error.detail);
        parts.log.error("smtp.login_unavailable", {{"reason", error.detail}});
    }
    machine_.resume(replies::login_refused(error));
}

}  // namespace restante::mta
