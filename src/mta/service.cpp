#include "mta/service.hpp"

#include <algorithm>
#include <limits>
#include <mutex>

#include "mta/replies.hpp"
#include "mta/session.hpp"
#include "net/admission.hpp"

namespace restante::mta {
namespace {

std::string name_of(const Options& options) {
    if (!options.name.empty()) return options.name;
    return options.protocol.kind == smtp::ServerOptions::Kind::submission ? "submission" : "mx";
}

}  // namespace

ServiceMetrics::ServiceMetrics(Metrics& metrics, const std::string& service)
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
      by_pop(metrics.counter("smtp_messages_after_pop_total", "Messages begun without a login, after one to POP3",
                             {{"service", service}})),
      forged(metrics.counter("mailauth_forged_results_total",
                             "Authentication-Results fields in our name that were cut out of mail")),
      delivery_seconds(metrics.histogram("smtp_delivery_seconds", "From the final dot to the durable message",
                                         {{"service", service}})) {}

namespace {

Options completed(Options options, const Parts& parts) {
    options.protocol.starttls = options.protocol.starttls && parts.tls != nullptr;
    return options;
}

std::size_t per_address(const Options& options) {
    const std::size_t share = options.max_connections * options.max_percent_per_address / 100;
    return std::min(options.max_per_address, std::max<std::size_t>(1, share));
}

net::ListenerOptions listener_options(const Options& options, bool shared) {
    net::ListenerOptions out;
    out.binds = options.listen;
    out.tls_binds = options.listen_tls;
    out.max_connections = options.max_connections;
    out.max_per_address = per_address(options);
    out.refusal = replies::too_many_connections(options.protocol.host_name);
    out.unix_mode = options.unix_mode;
    if (!shared) return out;
    // Whoever accepts may do so for another connector, which counts its own.
    out.share = true;
    out.max_connections = out.max_per_address = std::numeric_limits<std::uint32_t>::max();
    return out;
}

Result<> check_tls(const Parts& parts, const Options& options) {
    if (parts.tls != nullptr || options.listen_tls.empty()) return {};
    return fail(ErrorKind::invalid, "implicit TLS needs a certificate");
}

}  // namespace

Service::Shared::Door Service::Shared::door_of(const Parts& parts, const Options& options) {
    net::WorkPool& passwords = parts.passwords != nullptr ? *parts.passwords : parts.work;
    return login::Doorkeeper::make(parts.directory, passwords, parts.guard, parts.log, options.login);
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
          name(name_of(options)),
          counts(parts.metrics, name),
          places(std::make_shared<net::Admission>(places_of(options), parts.io.size())),
          sessions(parts.group, "smtp.stop"),
          now(std::make_shared<Shared>(parts, completed(std::move(options), parts), counts, rate,
                                       std::make_shared<net::ServiceRun>())),
          listener(
              name.c_str(), parts.io, parts.group, parts.log, listener_options(now->options, shared()),
              [this](net::Stream stream) { return accept(std::move(stream), false); },
              [this](net::Stream stream) { return accept(std::move(stream), true); }) {}

    bool shared() const { return parts.switchboard != nullptr; }
    static net::Admission::Limits places_of(const Options& options) {
        return {options.max_connections, per_address(options)};
    }


    net::Task<> accept(net::Stream stream, bool implicit_tls) {
        if (!shared()) return serve(std::move(stream), implicit_tls);
        if (auto chosen = parts.switchboard->choose(stream.local(), stream.peer(), implicit_tls))
            return chosen(std::move(stream), implicit_tls);
        return turn_away(std::move(stream),
                         implicit_tls ? "" : replies::not_served(current()->options.protocol.host_name),
                         "no connector for this address");
    }
    net::Task<> turn_away(net::Stream stream, std::string reply, const char* why) {
        parts.log.warn("net.refused", {{"service", name}, {"peer", stream.peer().to_string()}, {"why", why}});
        if (!reply.empty()) stream.try_write(reply);
        co_return;
    }
    /// On behalf of the switchboard: within this connector's own limits.
    net::Task<> serve_within_limits(net::Stream stream, bool implicit_tls) {
        const std::string_view address = stream.peer().ip_bytes();
        const auto place =
            places->enter(std::string(address.substr(0, stream.peer().family() == net::Address::Family::ipv6 ? 8 : 4)));
        if (place) {
            co_await serve(std::move(stream), implicit_tls);
        } else {
            std::string reply;  // GCC 12 destroys a conditional argument of an awaited call twice
            if (!implicit_tls) reply = replies::too_many_connections(current()->options.protocol.host_name);
            co_await turn_away(std::move(stream), std::move(reply), "too many connections");
        }
    }
    /// What is bound now, for these clients. Nothing has changed on an error.
    Result<> plug_in(const Options& options) {
        if (!shared()) return {};
        return parts.switchboard->put(
            {name, listener.addresses(), listener.tls_addresses(), options.remote_networks,
             [this](net::Stream stream, bool tls) { return serve_within_limits(std::move(stream), tls); }});
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
        auto next = std::make_shared<Shared>(parts, std::move(options), counts, rate, std::move(run));
        const std::scoped_lock lock(mutex);
        now = std::move(next);
    }

    const Parts parts;
    const std::string name;
    ServiceMetrics counts;
    RateWindow rate{std::chrono::minutes(1), 100'000};
    const std::shared_ptr<net::Admission> places;  // of a connector that shares addresses
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
    if (auto started = impl_->listener.start(); !started) return started;
    auto plugged = impl_->plug_in(now->options);
    if (!plugged) {
        impl_->listener.stop();
        impl_->listener.settle();  // or clients of the other connector would still find this one's socket
    }
    return plugged;
}

Result<> Service::apply(Options options) {
    const std::scoped_lock lock(impl_->changes);
    options = completed(std::move(options), impl_->parts);
    if (auto able = check_tls(impl_->parts, options); !able) return able;
    if (auto door = Shared::door_of(impl_->parts, options); !door) return fail(std::move(door.error()));
    const bool shared = impl_->shared();
    if (auto changed = impl_->listener.change(listener_options(options, shared)); !changed) return changed;
    if (impl_->listener.running())
        if (auto plugged = impl_->plug_in(options); !plugged) {
            (void)impl_->listener.change(listener_options(impl_->current()->options, shared));
            impl_->listener.settle();
            return plugged;
        }
    impl_->places->set(Impl::places_of(options));
    if (impl_->parts.watch != nullptr) impl_->parts.watch->set(options.watch);
    impl_->use(std::move(options), impl_->current()->run);
    return {};
}

bool Service::running() const { return impl_->listener.running(); }
std::vector<net::Binding> Service::bindings() const { return impl_->listener.bindings(); }
std::vector<net::Address> Service::addresses() const { return impl_->listener.addresses(); }
std::vector<net::Address> Service::tls_addresses() const { return impl_->listener.tls_addresses(); }
std::size_t Service::connections() const {
    return impl_->shared() ? impl_->places->count() : impl_->listener.connections();
}

void Service::stop() {
    const std::scoped_lock lock(impl_->changes);
    if (impl_->shared()) impl_->parts.switchboard->remove(impl_->name);
    impl_->listener.stop();
    impl_->sessions.stop(*impl_->current()->run);
}

std::size_t Service::left() const { return impl_->sessions.left(); }
void Service::cut() { impl_->sessions.cut(); }
void Service::settle() { impl_->listener.settle(); }

}  // namespace restante::mta
