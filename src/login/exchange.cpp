#include "login/exchange.hpp"

#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "login/gss_acceptor.hpp"
#include "login/introspection.hpp"

namespace restante::login {

sasl::ChannelBindings channel_bindings(const net::Stream& stream) {
    sasl::ChannelBindings out;
    if (!stream.is_tls()) return out;
    constexpr std::size_t octets = 32;
    // Before TLS 1.3 the exporter is unique only with an extended master secret (RFC 9266 4.2): left out.
    if (stream.tls_info().protocol == "TLSv1.3") out.exporter = stream.tls_exporter("EXPORTER-Channel-Binding", octets);
    out.server_end_point = stream.tls_server_end_point();
    return out;
}

Exchange::Exchange(Doorkeeper& door, std::string_view mechanism, Circumstances circumstances)
    : door_(door), circumstances_(std::move(circumstances)) {
    blocks_ = iequals(mechanism, "GSSAPI");
    sasl::ServerOptions options;
    options.host_name = circumstances_.host_name;
    options.binding = circumstances_.binding;
    options.offers_plus = circumstances_.offers_plus;
    const bool pop3 = circumstances_.context.protocol == directory::Protocol::pop3;
    mechanism_ = blocks_ ? make_gss_acceptor(door_.options_.gssapi, pop3 ? "pop" : "smtp")
                         : sasl::make_server(mechanism, options);
    if (!mechanism_) throw std::logic_error("login: a mechanism was offered that is not there");
}

net::Task<Outcome> Exchange::start(std::optional<std::string> initial) {
    std::optional<std::string_view> view;
    if (initial) view = *initial;
    Result<sasl::ServerStep> step = sasl::ServerStep{};
    if (blocks_)
        step = co_await door_.passwords_.run([&] { return mechanism_->start(view); });
    else
        step = mechanism_->start(view);
    if (!step) co_return Refused{step.error()};
    auto outcome = co_await go_on(std::move(*step));
    co_return std::move(outcome);
}

net::Task<Outcome> Exchange::respond(std::string bytes) {
    if (std::exchange(proves_, false)) {  // the proof is in these bytes
        const auto admission = co_await door_.admitted(name_, circumstances_.context);
        if (!admission) co_return Refused{admission.error(), name_};
    }
    Result<sasl::ServerStep> step = sasl::ServerStep{};
    if (blocks_)
        step = co_await door_.passwords_.run([&] { return mechanism_->step(bytes); });
    else
        step = mechanism_->step(bytes);
    if (!step) co_return Refused{step.error()};
    auto outcome = co_await go_on(std::move(*step));
    co_return std::move(outcome);
}

net::Task<Outcome> Exchange::go_on(sasl::ServerStep step) {
    directory::Directory& directory = door_.directory_;
    for (;;) {
        if (auto* challenge = std::get_if<sasl::Challenge>(&step)) co_return Outcome(std::move(*challenge));
        if (const auto* keys = std::get_if<sasl::NeedScramKeys>(&step)) {
            name_ = keys->name;
            proves_ = true;
            step = mechanism_->scram_keys(directory.scram_keys(keys->name, keys->hash));
        } else if (const auto* secret = std::get_if<sasl::NeedSecret>(&step)) {
            name_ = secret->name;
            const auto admission = co_await door_.admitted(name_, circumstances_.context);
            if (!admission) co_return Refused{admission.error(), name_};
            step = mechanism_->secret(directory.shared_secret(name_));
        } else if (const auto* token = std::get_if<sasl::NeedToken>(&step)) {
            auto owner = co_await door_.introspection_->owner_of(token->token);
            if (!owner) co_return Refused{owner.error(), token->name};
            step = mechanism_->token_owner(std::move(*owner));
        } else if (auto* credentials = std::get_if<sasl::Credentials>(&step)) {
            auto outcome = co_await check_password(std::move(*credentials));
            co_return std::move(outcome);
        } else if (const auto* verified = std::get_if<sasl::Verified>(&step)) {
            co_return conclude(door_.noted(directory.login_as(verified->authcid, circumstances_.context),
                                           verified->authcid, circumstances_.context),
                               verified->authzid, verified->authcid);
        } else {
            const auto& failed = std::get<sasl::Failed>(step);
            co_return Refused{
                {ErrorKind::unauthenticated, std::string(failed.reason)}, failed.name, !failed.wrong_proof};
        }
    }
}

net::Task<Outcome> Exchange::check_password(sasl::Credentials credentials) {
    auto login = co_await door_.verify(credentials.authcid, std::move(credentials.password), circumstances_.context);
    co_return conclude(std::move(login), credentials.authzid, credentials.authcid);
}

/// Nobody acts for another here: an authorization identity may only be another name of the same (RFC 4422 2).
Outcome Exchange::conclude(Result<directory::Login> login, const std::string& authzid, const std::string& name) {
    name_ = name;
    if (!login) return Refused{std::move(login.error()), name};
    if (authzid.empty() || iequals(authzid, name)) return std::move(*login);
    const auto other = door_.directory_.login_as(authzid, circumstances_.context);
    if (other && other->kind == login->kind && other->id == login->id) return std::move(*login);
    return Refused{{ErrorKind::unauthenticated, "asked to act for another"}, name};
}

}  // namespace restante::login
