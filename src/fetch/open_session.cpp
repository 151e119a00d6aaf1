#include <algorithm>

#include "base/text.hpp"
#include "fetch/session.hpp"
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

/// USER and PASS where they are offered or nothing is known, else a SASL mechanism both know. The mechanism stays
/// alive in `mechanism` for its challenges.
Result<void> begin_login(pop3::ClientMachine& machine, const Settings& settings, const std::string& password,
                         std::unique_ptr<sasl::ClientMechanism>& mechanism) {
    const pop3::Capabilities& offered = machine.capabilities();
    if (!offered.known || offered.user || offered.sasl.empty()) return machine.login(settings.user, password);
    for (const char* name : {"PLAIN", "LOGIN"}) {
        if (std::find(offered.sasl.begin(), offered.sasl.end(), name) == offered.sasl.end()) continue;
        auto made = sasl::make_client(name, {settings.user, password, ""});
        if (!made) return fail(std::move(made.error()));
        mechanism = std::move(*made);
        return machine.login_sasl(name, mechanism->initial());
    }
    return fail(ErrorKind::unsupported, "the server offers no way to log in that is known here (USER, PLAIN, LOGIN)");
}

net::Task<Result<void>> log_in(Session& session, const Settings& settings, const std::string& password) {
    std::unique_ptr<sasl::ClientMechanism> mechanism;
    if (auto begun = begin_login(session.machine(), settings, password, mechanism); !begun) co_return begun;
    for (;;) {
        auto step = co_await session.next();
        if (!step) co_return fail(std::move(step.error()));
        if (std::holds_alternative<pop3::client::Ready>(*step)) co_return Result<void>{};
        if (const auto* refused = std::get_if<pop3::client::Refused>(&*step))
            co_return fail(error_of(*refused, "the login"));
        const auto* challenge = std::get_if<pop3::client::SaslChallenge>(&*step);
        if (challenge == nullptr || mechanism == nullptr)
            co_return fail(ErrorKind::protocol, "the server's answer to the login makes no sense");
        auto response = mechanism->respond(challenge->bytes);
        if (response)
            session.machine().sasl_response(*response);
        else
            session.machine().sasl_cancel();
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
