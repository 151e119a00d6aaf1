#include "mta/service.hpp"

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

Service::Shared::Shared(const Parts& p, Options o)
    : parts(p),
      options(std::move(o)),
      counts(parts.metrics, name_of(options)),
      throttle(options.auth_delay, options.auth_delay_most, options.auth_memory, options.auth_addresses) {}

std::uint64_t Service::Shared::enter(const std::shared_ptr<Session>& session) {
    const std::scoped_lock lock(mutex_);
    sessions_.emplace(++last_, Entry{session->executor(), session});
    return last_;
}

void Service::Shared::leave(std::uint64_t number) {
    const std::scoped_lock lock(mutex_);
    sessions_.erase(number);
}

bool Service::Shared::stopping() const {
    const std::scoped_lock lock(mutex_);
    return stopping_;
}

namespace {

/// Keeps a session findable while its coroutine lives.
class Registration {
public:
    Registration(Service::Shared& shared, const std::shared_ptr<Session>& session)
        : shared_(shared), number_(shared.enter(session)) {}
    ~Registration() { shared_.leave(number_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    Service::Shared& shared_;
    std::uint64_t number_;
};

net::Task<> run_session(std::shared_ptr<Service::Shared> shared, net::Stream stream, bool implicit_tls) {
    const auto session = std::make_shared<Session>(shared, std::move(stream), implicit_tls);
    const Registration registration(*shared, session);
    if (shared->stopping()) session->stop();
    co_await session->run();
}

net::Task<> stop_session(std::weak_ptr<Session> session) {
    if (const auto alive = session.lock()) alive->stop();
    co_return;
}

}  // namespace

void Service::Shared::stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const auto& [number, entry] : sessions_)
        parts.group.spawn(entry.executor, stop_session(entry.session), "smtp.stop");
}

Service::Service(const Parts& parts, Options options) {
    options.protocol.starttls = options.protocol.starttls && parts.tls != nullptr;
    shared_ = std::make_shared<Shared>(parts, std::move(options));
}

Service::~Service() { stop(); }

Result<> Service::start() {
    const Options& options = shared_->options;
    const Parts& parts = shared_->parts;
    if (!options.listen_tls.empty() && parts.tls == nullptr)
        return fail(ErrorKind::invalid, "implicit TLS needs a certificate");
    const auto listener = [&](const std::vector<std::string>& binds, bool implicit) {
        net::ListenerOptions settings;
        settings.binds = binds;
        settings.max_connections = options.max_connections;
        settings.max_per_address = options.max_per_address;
        if (!implicit) settings.refusal = replies::too_many_connections(options.protocol.host_name);
        return std::make_unique<net::Listener>(name_of(options), parts.io, parts.group, parts.log, std::move(settings),
                                               [shared = shared_, implicit](net::Stream stream) {
                                                   return run_session(shared, std::move(stream), implicit);
                                               });
    };
    clear_ = listener(options.listen, false);
    implicit_ = listener(options.listen_tls, true);
    if (auto started = clear_->start(); !started) return started;
    return implicit_->start();
}

std::vector<net::Address> Service::addresses() const {
    return clear_ ? clear_->addresses() : std::vector<net::Address>{};
}
std::vector<net::Address> Service::tls_addresses() const {
    return implicit_ ? implicit_->addresses() : std::vector<net::Address>{};
}
std::size_t Service::connections() const {
    return (clear_ ? clear_->connections() : 0) + (implicit_ ? implicit_->connections() : 0);
}

void Service::stop() {
    if (clear_) clear_->stop();
    if (implicit_) implicit_->stop();
    shared_->stop();
}

}  // namespace restante::mta
