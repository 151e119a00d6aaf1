#include "popd/service.hpp"

#include <mutex>

#include "net/session_list.hpp"
#include "popd/refusals.hpp"
#include "popd/session.hpp"

namespace restante::popd {
namespace {
net::ListenerOptions listener_options(const Options& options) {
    net::ListenerOptions out;
    out.binds = options.listen;
    out.tls_binds = options.listen_tls;
    out.max_connections = options.max_connections;
    out.max_per_address = options.max_per_address;
    out.refusal = too_many_connections;
    return out;
}

/// What follows from the rest.
Options completed(Options options, const Surroundings& surroundings) {
    options.protocol.offer_stls = surroundings.tls != nullptr;
    options.protocol.policy = {static_cast<std::uint32_t>(options.accounts.min_poll.count()),
                               options.accounts.expire_days};
    return options;
}
}  // namespace

Options Shared::with_mechanisms(Options options, const Door& door) {
    options.protocol.mechanisms.clear();
    if (!door) return options;
    for (auto& offer : (*door)->offered(options.mechanisms))
        options.protocol.mechanisms.push_back({std::move(offer.name), offer.sends_password, offer.needs_tls});
    return options;
}

struct Service::Impl {
    Impl(Surroundings s, Options options)
        : surroundings(std::move(s)),
          counters(surroundings.metrics),
          gate(options),
          sessions(surroundings.group, "pop3.stop"),
          now(std::make_shared<Shared>(surroundings, completed(std::move(options), surroundings), counters, gate,
                                       std::make_shared<net::ServiceRun>())),
          listener(
              "pop3", surroundings.io, surroundings.group, surroundings.log, listener_options(now->options),
              [this](net::Stream stream) { return serve(std::move(stream), false); },
              [this](net::Stream stream) { return serve(std::move(stream), true); }) {}

    net::Task<> serve(net::Stream stream, bool implicit_tls) {
        const std::shared_ptr<Shared> shared = current();
        const net::Executor executor = stream.executor();
        Session session(*shared, std::move(stream), implicit_tls);
        const net::SessionList::Place place(sessions, shared->run, executor, [&session](net::SessionList::End how) {
            how == net::SessionList::End::now ? session.cut() : session.end_if_idle();
        });
        co_await session.run();
    }

    /// The protocol log and what else others see of sessions.
    void listen() {
        if (surroundings.watch != nullptr) surroundings.watch->set(current()->options.watch);
    }
    std::shared_ptr<Shared> current() const {
        const std::scoped_lock lock(mutex);
        return now;
    }
    void use(Options options, std::shared_ptr<net::ServiceRun> run) {
        auto next = std::make_shared<Shared>(surroundings, std::move(options), counters, gate, std::move(run));
        const std::scoped_lock lock(mutex);
        now = std::move(next);
    }

    Surroundings surroundings;
    Counters counters;
    LoginGate gate;
    net::SessionList sessions;
    std::mutex changes;  // one start, stop or change at a time
    mutable std::mutex mutex;
    std::shared_ptr<Shared> now;
    net::Listener listener;
};

Service::Service(Surroundings surroundings, Options options)
    : impl_(std::make_unique<Impl>(std::move(surroundings), std::move(options))) {
    impl_->listen();
}

Service::~Service() = default;

void Service::adopt_from(const net::PassedSockets& passed) { impl_->listener.adopt_from(passed); }

namespace {
Result<> check_tls(const Surroundings& surroundings, const Options& options) {
    if (surroundings.tls != nullptr || options.listen_tls.empty()) return {};
    return fail(ErrorKind::invalid, "POP3 over TLS needs a certificate");
}
}  // namespace

Result<> Service::start() {
    const std::scoped_lock lock(impl_->changes);
    const auto now = impl_->current();
    if (!now->door) return fail(now->door.error());
    if (auto able = check_tls(impl_->surroundings, now->options); !able) return able;
    if (now->stopping) impl_->use(now->options, std::make_shared<net::ServiceRun>());
    return impl_->listener.start();
}

Result<> Service::apply(Options options) {
    const std::scoped_lock lock(impl_->changes);
    options = completed(std::move(options), impl_->surroundings);
    if (auto able = check_tls(impl_->surroundings, options); !able) return able;
    const Surroundings& with = impl_->surroundings;
    if (auto door = login::Doorkeeper::make(with.directory, with.passwords, with.guard, with.log, options.login); !door)
        return fail(std::move(door.error()));
    if (auto changed = impl_->listener.change(listener_options(options)); !changed) return changed;
    impl_->gate.set(options);
    impl_->use(std::move(options), impl_->current()->run);
    impl_->listen();
    return {};
}

directory::Pop3Settings Service::account_defaults() const { return impl_->current()->options.accounts; }

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

}  // namespace restante::popd
