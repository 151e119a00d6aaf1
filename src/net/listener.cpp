#include "net/listener.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>

#include "net/admission.hpp"
#include "net/bind.hpp"
#include "net/stream_impl.hpp"

namespace restante::net {
namespace {

/// One address is an IPv4 address or an IPv6 /64, which is what one customer of a provider gets at least.
std::string limit_key(const Address& peer) {
    return std::string(peer.ip_bytes().substr(0, peer.family() == Address::Family::ipv6 ? 8 : 4));
}

bool out_of_resources(int number) {
    return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

/// The place is given back when the session's coroutine is gone, even if it never started.
Task<> run_session(Listener::Session session, Stream stream, Admission::Place place) {
    (void)place;
    co_await session(std::move(stream));
}

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
    Impl(const char* n, IoPool& p, TaskGroup& g, Log& l, ListenerOptions o, Session s)
        : name(n),
          pool(p),
          group(g),
          log(l),
          options(std::move(o)),
          session(std::move(s)),
          admission(std::make_shared<Admission>(options.max_connections, options.max_per_address, p.size())) {}

    /// A listening socket; touched on its executor only.
    using Door = std::shared_ptr<Stream::Impl>;

    Result<> open_doors();
    void close_doors();
    /// errno of accept, 0 when there is none left to accept.
    int accept_all(Stream::Impl& door);
    void admit(int socket, Address peer);
    static Task<> accept_loop(std::shared_ptr<Impl> self, Door door);

    const char* const name;
    IoPool& pool;
    TaskGroup& group;
    Log& log;
    const ListenerOptions options;
    const Session session;
    const std::shared_ptr<Admission> admission;
    std::vector<Address> addresses;
    std::vector<Door> doors;
};

Result<> Listener::Impl::open_doors() {
    for (const std::string& text : options.binds) {
        const auto wanted = parse_bind(text);
        if (!wanted) return fail(wanted.error());
        for (const Address& where : *wanted) {
            const auto bound = bind_and_listen(where, options.backlog, options.unix_mode);
            if (!bound) return fail(bound.error());
            addresses.push_back(bound->address);
            doors.push_back(std::make_shared<Stream::Impl>(pool.next(), bound->socket, Address(), bound->address));
        }
    }
    return {};
}

void Listener::Impl::close_doors() {
    for (const Door& door : doors) {
        asio::post(door->executor, [door] {
            if (!door->descriptor.is_open()) return;
            boost::system::error_code ignored;
            door->descriptor.close(ignored);
            if (door->local.family() == Address::Family::unix_path) ::unlink(door->local.unix_path().c_str());
        });
    }
}

void Listener::Impl::admit(int socket, Address peer) {
    auto place = admission->enter(limit_key(peer));
    if (!place) {
        log.warn("net.refused", {{"service", name}, {"peer", peer.to_string()}, {"why", "too many connections"}});
        if (!options.refusal.empty())
            (void)!::send(socket, options.refusal.data(), options.refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::close(socket);
        return;
    }
    set_no_delay(socket);
    const Executor executor = pool.executor(place->loop());
    Stream stream(executor, socket, std::move(peer), Address());
    group.spawn(executor, run_session(session, std::move(stream), std::move(*place)), name);
}

int Listener::Impl::accept_all(Stream::Impl& door) {
    constexpr int kTurn = 64;  // then others of this loop
    for (int i = 0; i < kTurn; ++i) {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        const int socket = ::accept4(door.descriptor.native_handle(), reinterpret_cast<sockaddr*>(&storage), &length,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) {
            if (errno == EAGAIN) return 0;
            if (out_of_resources(errno)) return errno;
            continue;  // accept(2): errors of the connection that was waiting are reported here; it is gone
        }
        admit(socket, Address::from(reinterpret_cast<const sockaddr*>(&storage), length));
    }
    return 0;
}

Task<> Listener::Impl::accept_loop(std::shared_ptr<Impl> self, Door door) {
    bool complained = false;
    while (door->descriptor.is_open()) {
        const auto [failed] = co_await door->ready(Want::readable);
        if (failed || !door->descriptor.is_open()) break;
        const int lacking = self->accept_all(*door);
        if (lacking == 0) {
            complained = false;
            continue;
        }
        // The connections wait in the backlog meanwhile; without a pause this loop would spin.
        if (!complained)
            self->log.error("net.accept_failed",
                            {{"service", self->name}, {"why", errno_error(lacking, "accept").detail}});
        complained = true;
        if (!co_await sleep_for(std::chrono::milliseconds(100))) break;
    }
}

Listener::Listener(const char* name, IoPool& pool, TaskGroup& group, Log& log, ListenerOptions options, Session session)
    : impl_(std::make_shared<Impl>(name, pool, group, log, std::move(options), std::move(session))) {}
Listener::~Listener() { stop(); }

Result<> Listener::start() {
    auto opened = impl_->open_doors();
    if (!opened) {
        impl_->close_doors();
        return opened;
    }
    for (const auto& door : impl_->doors)
        impl_->group.spawn(door->executor, Impl::accept_loop(impl_, door), impl_->name);
    return {};
}

const std::vector<Address>& Listener::addresses() const { return impl_->addresses; }
std::size_t Listener::connections() const { return impl_->admission->count(); }
void Listener::stop() { impl_->close_doors(); }

}  // namespace restante::net
