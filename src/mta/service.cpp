#include "mta/service.hpp"

#include <mutex>

#include "mta/replies.hpp"
#include "mta/session.hpp"

namespace restante::mta {
namespace {

const char* name_of(const Options& options) {
    return options.protocol.kind == smtp::ServerOptions::Kind::submission ? "submission" : "mx";
}

}  // namespace

ServiceMetrics::ServiceMetrics(Metrics& metrics, const char* service)
    : connections(metrics.counter("smtp_connections_total", "SMTP connections taken", {{"service", service}})),
      open(metrics.gauge("smtp_connections_open", "SMTP connections open now", {{"service", service}})),
      messages(metrics.counter("smtp_messages_total", "Messages taken with 250", {{"service", service}})),
      octets(metrics.counter("smtp_message_octets_total", "Octets of the messages taken", {{"service", service}})),
      rejected_messages(
          metrics.counter("smtp_messages_refused_total", "Messages refused at or after DATA", {{"service", service}})),
      rejected_recipients(
          metrics.counter("smtp_recipients_refused_total", "Recipients refused at RCPT", {{"service", service}})),
      logins_failed(
          metrics.counter("smtp_logins_failed_total", "AUTH with a wrong name or password", {{"service", service}})),
      delivery_seconds(metrics.histogram("smtp_delivery_seconds", "From the final dot to the durable message",
                                         {{"service", service}})) {}

namespace {

Options completed(Options options, const Parts& parts) {
    options.protocol.starttls = options.protocol.starttls && parts.tls != nullptr;
    return options;
}

net::ListenerOptions listener_options(const Options& options) {
    net::ListenerOptions out;
    out.binds = options.listen;
    out.tls_binds = options.listen_tls;
    out.max_connections = options.max_connections;
    out.max_per_address = options.max_per_address;
    out.refusal = replies::too_many_connections(options.protocol.host_name);
    return out;
}

Result<> check_tls(const Parts& parts, const Options& options) {
    if (parts.tls != nullptr || options.listen_tls.empty()) return {};
    return fail(ErrorKind::invalid, "implicit TLS needs a certificate");
}

}  // namespace

Service::Shared::Door Service::Shared::door_of(const Parts& parts, const Options& options) {
    net::WorkPool& passwords = parts.passwords != nullptr ? *parts.passwords : parts.work;
    return login::Doorkeeper::make(parts.directory, passwords, parts.log, options.login);
}

Options Service::Shared::with_mechanisms(Options options, const Door& door) {
    options.protocol.mechanisms.clear();
    if (!door) return options;
    for (auto& offer : (*door)->offered(options.mechanisms))
        options.protocol.mechanisms.push_back({std::move(offer.name), offer.sends_password, offer.needs_tls});
    return options;
}

struct Service::Impl {
    Impl(const Parts& p, Options options)
        : parts(p),
          counts(parts.metrics, name_of(options)),
          throttle(limits_of(options)),
          sessions(parts.group, "smtp.stop"),
          now(std::make_shared<Shared>(parts, completed(std::move(options), parts), counts, throttle,
                                       std::make_shared<net::ServiceRun>())),
          listener(name_of(now->options), parts.io, parts.group, parts.log, listener_options(now->options),
                   [this](net::Stream stream) { return serve(std::move(stream), false); },
                   [this](net::Stream stream) { return serve(std::move(stream), true); }) {}

    static AuthThrottle::Limits limits_of(const Options& options) {
        return {options.auth_delay, options.auth_delay_most, options.auth_memory, options.auth_addresses};
    }

    net::Task<> serve(net::Stream stream, bool implicit_tls) {
        const auto session = std::make_shared<Session>(current(), std::move(stream), implicit_tls);
        const net::SessionList::Place place(sessions, session->run_of(), session->executor(),
                                            [&session](net::SessionList::End how) {
                                                how == net::SessionList::End::now ? session->cut() : session->stop();
                                            });
        if (session->run_of()->stopping) session->stop();
        co_await session->run();
    }

    std::shared_ptr<Shared> current() const {
        const std::scoped_lock lock(mutex);
        return now;
    }
    void use(Options options, std::shared_ptr<net::ServiceRun> run) {
        auto next = std::make_shared<Shared>(parts, std::move(options), counts, throttle, std::move(run));
        const std::scoped_lock lock(mutex);
        now = std::move(next);
    }

    const Parts parts;
    ServiceMetrics counts;
    AuthThrottle throttle;
    net::SessionList sessions;
    std::mutex changes;  // one start, stop or change at a time
    mutable std::mutex mutex;
    std::shared_ptr<Shared> now;
    net::Listener listener;
};

Service::Service(const Parts& parts, Options options) {
    if (parts.watch != nullptr) parts.watch->set(options.watch);
    impl_ = std::make_unique<Impl>(parts, std::move(options));
}

Service::~Service() { stop(); }

void Service::adopt_from(const net::PassedSockets& passed) { impl_->listener.adopt_from(passed); }

Result<> Service::start() {
    const std::scoped_lock lock(impl_->changes);
    const auto now = impl_->current();
    if (!now->door) return fail(now->door.error());
    if (auto able = check_tls(impl_->parts, now->options); !able) return able;
    if (now->stopping()) impl_->use(now->options, std::make_shared<net::ServiceRun>());
    return impl_->listener.start();
}

Result<> Service::apply(Options options) {
    const std::scoped_lock lock(impl_->changes);
    options = completed(std::move(options), impl_->parts);
    if (auto able = check_tls(impl_->parts, options); !able) return able;
    if (auto door = Shared::door_of(impl_->parts, options); !door) return fail(std::move(door.error()));
    if (auto changed = impl_->listener.change(listener_options(options)); !changed) return changed;
    impl_->throttle.set(Impl::limits_of(options));
    if (impl_->parts.watch != nullptr) impl_->parts.watch->set(options.watch);
    impl_->use(std::move(options), impl_->current()->run);
    return {};
}

bool Service::running() const { return impl_->listener.running(); }
std::vector<net::Binding> Service::bindings() const { return impl_->listener.bindings(); }
std::vector<net::Address> Service::addresses() const { return impl_->listener.addresses(); }
std::vector<net::Address> Service::tls_addresses() const { return impl_->listener.tls_addresses(); }
std::size_t Service::connections() const { return impl_->listener.connections(); }

void Service::stop() {
    const std::scoped_lock lock(impl_->changes);
    impl_->listener.stop();
    impl_->sessions.stop(*impl_->current()->run);
}

std::size_t Service::left() const { return impl_->sessions.left(); }
void Service::cut() { impl_->sessions.cut(); }
void Service::settle() { impl_->listener.settle(); }

}  // namespace restante::mta
