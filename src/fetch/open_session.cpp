#include <algorithm>

#include "base/text.hpp"
#include "fetch/session.hpp"
#include "login/exchange.hpp"
#include "sasl/client.hpp"

namespace restante::fetch {
namespace {
using SteadyClock = std::chrono::steady_clock;

/// Notes each step with the time since the one before.
class Steps {
public:
    explicit Steps(std::vector<ProbeStep>* out) : out_(out) {}
    void good(const char* name, std::string detail) { add(name, true, std::move(detail)); }
    tl::unexpected<Error> bad(const char* name, Error error) {
        add(name, false, error.detail);
        return fail(std::move(error));
    }

private:
    void add(const char* name, bool ok, std::string detail) {
        const auto now = SteadyClock::now();
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_).count();
        since_ = now;
        if (out_ != nullptr) out_->push_back({name, ok, took, std::move(detail)});
    }
    std::vector<ProbeStep>* out_;
    SteadyClock::time_point since_ = SteadyClock::now();
};

Result<std::shared_ptr<const net::TlsClientContext>> context_of(const Settings& settings) {
    net::TlsClientOptions options;
    options.ca_pem = settings.ca_pem;
    options.pinned_sha256 = settings.pinned_sha256;
    options.insecure = !settings.verify_certificate && settings.pinned_sha256.empty();
    return net::TlsClientContext::make(options);
}

/// The address is judged as resolved, at connect time: a name that points inwards is refused too.
net::ConnectOptions connect_options(const Settings& settings, const Options& options) {
    net::ConnectOptions out;
    out.timeout = std::chrono::seconds(settings.timeout_seconds);
    out.deny = [loopback = options.allow_loopback, internal = options.allow_internal](const net::Address& address) {
        if (address.is_loopback()) return !loopback;
        return address.is_internal() && !internal;
    };
    return out;
}

Error with_advice(Error error) {
    if (error.kind == ErrorKind::denied)
        error.detail +=
            " (connections into the own network are off: settings fetch.allow_loopback and fetch.allow_internal)";
    if (error.kind == ErrorKind::tls)
        error.detail += " (give the server's authority or pin its certificate if you know that it is the right server)";
    return error;
}

std::string described(const net::TlsInfo& tls) {
    return tls.protocol + ", " + tls.cipher + ", certificate SHA-256 " + tls.peer_fingerprint;
}

std::string described(const pop3::Capabilities& capabilities) {
    if (!capabilities.known) return "the server does not tell its capabilities";
    std::string out;
    const auto add = [&](bool has, const char* name) {
        if (has) out += (out.empty() ? "" : " ") + std::string(name);
    };
    add(capabilities.uidl, "UIDL");
    add(capabilities.top, "TOP");
    add(capabilities.user, "USER");
    add(capabilities.stls, "STLS");
    add(capabilities.pipelining, "PIPELINING");
    return "capabilities: " + out;
}

/// The strongest SASL mechanism that both know; USER and PASS where that is all there is, or where nothing is known.
/// The mechanism stays alive in `mechanism` for its challenges. secret: SCRAM's keys may be missing on the server
/// although it offers SCRAM; then the password itself is tried, under TLS.
Result<void> begin_login(Session& session, const Settings& settings, const std::string& password, bool secret,
                         std::unique_ptr<sasl::ClientMechanism>& mechanism) {
    pop3::ClientMachine& machine = session.machine();
    const pop3::Capabilities& offered = machine.capabilities();
    const sasl::ChannelBindings binding = login::channel_bindings(session.stream());
    std::vector<std::string> names = offered.sasl;
    if (!secret) std::erase_if(names, [](const std::string& name) { return name != "PLAIN" && name != "LOGIN"; });
    const std::string_view name = sasl::choose_mechanism(names, !binding.empty(), machine.tls());
    const bool by_password = name.empty() || name == "PLAIN" || name == "LOGIN";
    const bool user = !offered.known || offered.user || offered.sasl.empty();
    if (by_password && user) return machine.login(settings.user, password);
    if (name.empty())
        return fail(ErrorKind::unsupported,
                    "the server offers no way to log in that is known here (USER, SCRAM, PLAIN, LOGIN, CRAM-MD5, NTLM)");
    auto made = sasl::make_client(name, {settings.user, password, "", binding, settings.address, settings.port, ""});
    if (!made) return fail(std::move(made.error()));
    mechanism = std::move(*made);
    return machine.login_sasl(name, mechanism->initial());
}

bool is_challenge_response(const std::unique_ptr<sasl::ClientMechanism>& mechanism) {
    return mechanism != nullptr && mechanism->name() != "PLAIN" && mechanism->name() != "LOGIN";
}

bool takes_password(const pop3::ClientMachine& machine) {
    const auto& offered = machine.capabilities();
    const auto is_plain = [](const std::string& name) { return name == "PLAIN" || name == "LOGIN"; };
    return machine.tls() && (offered.user || std::any_of(offered.sasl.begin(), offered.sasl.end(), is_plain));
}

net::Task<Result<void>> log_in(Session& session, const Settings& settings, const std::string& password) {
    std::unique_ptr<sasl::ClientMechanism> mechanism;
    std::optional<Error> broken;  // why the mechanism was cancelled
    if (auto begun = begin_login(session, settings, password, true, mechanism); !begun) co_return begun;
    for (;;) {
        auto step = co_await session.next();
        if (!step) co_return fail(std::move(step.error()));
        if (std::holds_alternative<pop3::client::Ready>(*step)) {
            if (mechanism == nullptr) co_return Result<void>{};
            co_return mechanism->confirm();
        }
        if (const auto* refused = std::get_if<pop3::client::Refused>(&*step)) {
            if (broken) co_return fail(std::move(*broken));
            const bool again = is_challenge_response(mechanism) && takes_password(session.machine()) &&
                               (refused->code == pop3::ResponseCode::auth || refused->code == pop3::ResponseCode::none);
            mechanism.reset();
            if (!again) co_return fail(error_of(*refused, "the login"));
            continue;  // the machine asks who logs in
        }
        if (std::holds_alternative<pop3::client::LogIn>(*step)) {
            if (auto begun = begin_login(session, settings, password, false, mechanism); !begun) co_return begun;
            continue;
        }
        const auto* challenge = std::get_if<pop3::client::SaslChallenge>(&*step);
        if (challenge == nullptr || mechanism == nullptr)
            co_return fail(ErrorKind::protocol, "the server's answer to the login makes no sense");
        auto response = mechanism->respond(challenge->bytes);
        if (response) {
            session.machine().sasl_response(*response);
        } else {
            broken = std::move(response.error());
            session.machine().sasl_cancel();
        }
    }
}
}  // namespace

net::Task<Result<std::unique_ptr<Session>>> open_session(net::WorkPool& pool, const Settings& settings,
                                                         const std::string& password, const Options& options,
                                                         std::vector<ProbeStep>* out) {
    Steps steps(out);
    auto context = context_of(settings);
    if (!context) co_return steps.bad("settings", std::move(context.error()));
    const net::ConnectOptions how = connect_options(settings, options);
    auto stream = co_await net::connect(pool, settings.address, settings.port, how);
    if (!stream) co_return steps.bad("connect", with_advice(std::move(stream.error())));
    steps.good("connect", "connected to " + stream->peer().to_string());

    auto session =
        std::make_unique<Session>(std::move(*stream), settings, *context, std::chrono::minutes(options.poll_minutes));
    if (settings.tls == TlsMode::implicit) {
        auto secured = co_await session->start_tls();
        if (!secured) co_return steps.bad("tls", with_advice(std::move(secured.error())));
        steps.good("tls", described(session->stream().tls_info()));
    }
    auto greeted = co_await session->next();  // greeting, CAPA, STLS
    if (!greeted) co_return steps.bad("greeting", with_advice(std::move(greeted.error())));
    if (!std::holds_alternative<pop3::client::LogIn>(*greeted)) {
        const auto* refused = std::get_if<pop3::client::Refused>(&*greeted);
        Error error = refused != nullptr ? error_of(*refused, "the session")
                                         : fail(ErrorKind::protocol, "the server's greeting makes no sense").value();
        co_return steps.bad("greeting", std::move(error));
    }
    steps.good("greeting", described(session->machine().capabilities()));
    if (settings.tls == TlsMode::stls) steps.good("tls", described(session->stream().tls_info()));
    auto logged_in = co_await log_in(*session, settings, password);
    if (!logged_in) co_return steps.bad("login", std::move(logged_in.error()));
    steps.good("login", "logged in as " + escape_for_log(settings.user));
    co_return std::move(session);
}

}  // namespace restante::fetch
