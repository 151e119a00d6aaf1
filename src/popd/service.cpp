#include "popd/service.hpp"

#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "net/listener.hpp"
#include "popd/refusals.hpp"
#include "popd/session.hpp"

namespace restante::popd {
namespace {
net::ListenerOptions listener_options(const Options& options, const std::vector<std::string>& binds, bool clear) {
    net::ListenerOptions out;
    out.binds = binds;
    out.max_connections = options.max_connections;
    out.max_per_address = options.max_per_address;
    if (clear) out.refusal = too_many_connections;
    return out;
}
}  // namespace

struct Service::Impl {
    /// A session's entry in the list of those to be told of a stop. session is touched on its executor only.
    struct Handle {
        net::Executor executor;
        Session* session = nullptr;
    };

    Impl(Surroundings surroundings, Options options)
        : shared(std::move(surroundings), std::move(options)),
          clear("pop3", shared.surroundings.io, shared.surroundings.group, shared.surroundings.log,
                listener_options(shared.options, shared.options.listen, true),
                [this](net::Stream stream) { return serve(std::move(stream), false); }),
          tls("pop3s", shared.surroundings.io, shared.surroundings.group, shared.surroundings.log,
              listener_options(shared.options, shared.options.listen_tls, false),
              [this](net::Stream stream) { return serve(std::move(stream), true); }) {}

    net::Task<> serve(net::Stream stream, bool implicit_tls) {
        const auto handle = std::make_shared<Handle>(Handle{stream.executor()});
        Session session(shared, std::move(stream), implicit_tls);
        handle->session = &session;
        const Listed listed(*this, handle);
        co_await session.run();
    }

    static net::Task<> tell(std::shared_ptr<Handle> handle) {
        if (handle->session != nullptr) handle->session->end_if_idle();
        co_return;
    }

    /// In the list from construction to destruction.
    class Listed {
    public:
        Listed(Impl& impl, std::shared_ptr<Handle> handle) : impl_(impl), handle_(std::move(handle)) {
            const std::scoped_lock lock(impl_.mutex);
            impl_.handles.insert(handle_);
        }
        ~Listed() {
            handle_->session = nullptr;
            const std::scoped_lock lock(impl_.mutex);
            impl_.handles.erase(handle_);
        }
        Listed(const Listed&) = delete;
        Listed& operator=(const Listed&) = delete;

    private:
        Impl& impl_;
        std::shared_ptr<Handle> handle_;
    };

    Shared shared;
    std::mutex mutex;
    std::unordered_set<std::shared_ptr<Handle>> handles;
    net::Listener clear, tls;
};

Service::Service(Surroundings surroundings, Options options) {
    options.protocol.mechanisms.clear();
    for (const auto& mechanism : sasl::server_mechanisms())
        options.protocol.mechanisms.push_back({std::string(mechanism.name), mechanism.sends_password});
    options.protocol.offer_stls = surroundings.tls != nullptr;
    options.protocol.policy = {static_cast<std::uint32_t>(options.accounts.min_poll.count()),
                               options.accounts.expire_days};
    impl_ = std::make_unique<Impl>(std::move(surroundings), std::move(options));
}

Service::~Service() = default;

Result<> Service::start() {
    if (impl_->shared.surroundings.tls == nullptr && !impl_->shared.options.listen_tls.empty())
        return fail(ErrorKind::invalid, "POP3 over TLS needs a certificate");
    if (auto bound = impl_->clear.start(); !bound) return bound;
    auto bound = impl_->tls.start();
    if (!bound) impl_->clear.stop();
    return bound;
}

std::vector<net::Address> Service::addresses() const { return impl_->clear.addresses(); }
std::vector<net::Address> Service::tls_addresses() const { return impl_->tls.addresses(); }
std::size_t Service::connections() const { return impl_->clear.connections() + impl_->tls.connections(); }

void Service::stop() {
    impl_->shared.stopping = true;
    impl_->clear.stop();
    impl_->tls.stop();
    const std::scoped_lock lock(impl_->mutex);
    for (const auto& handle : impl_->handles)
        impl_->shared.surroundings.group.spawn(handle->executor, Impl::tell(handle), "pop3.stop");
}

}  // namespace restante::popd
