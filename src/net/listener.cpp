#include "net/listener.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <condition_variable>

#include "net/admission.hpp"
#include "net/bind.hpp"
#include "net/passed_sockets.hpp"
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

/// A listening socket; the descriptor is touched on its executor only.
struct Door {
    Door(const Executor& executor, int descriptor, Address wanted, Address bound, bool under_tls,
         std::shared_ptr<const void> passed)
        : asked(std::move(wanted)),
          tls(under_tls),
          socket(executor, descriptor, Address(), std::move(bound)),
          hold(std::move(passed)) {}
    bool serves(const Address& where, bool under_tls) const {
        return tls == under_tls && (asked == where || socket.local == where);
    }
    const Address asked;  // its port may be 0
    const bool tls;
    Stream::Impl socket;
    std::shared_ptr<const void> hold;  // of a passed socket
    bool kept = false;                 // while a change is made: it stays
};
using DoorPtr = std::shared_ptr<Door>;

/// How many doors are about to be closed by their loops.
class Closings {
public:
    void begin() {
        const std::scoped_lock lock(mutex_);
        ++count_;
    }
    void end() {
        const std::scoped_lock lock(mutex_);
        if (--count_ == 0) none_.notify_all();
    }
    /// Not for ever: the loops may have ended.
    void wait() {
        std::unique_lock lock(mutex_);
        none_.wait_for(lock, std::chrono::seconds(5), [&] { return count_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable none_;
    std::size_t count_ = 0;
};

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
    Impl(const char* n, IoPool& p, TaskGroup& g, Log& l, ListenerOptions o, Session s, Session t)
        : name(n),
          pool(p),
          group(g),
          log(l),
          session(std::move(s)),
          tls_session(std::move(t)),
          admission(std::make_shared<Admission>(Admission::Limits{o.max_connections, o.max_per_address}, p.size())),
          refusal(o.refusal),
          options(std::move(o)) {}

    struct Entry {
        Binding binding;
        std::vector<DoorPtr> doors;
    };

    Result<> open_all(const ListenerOptions& wanted);
    Result<> open(Entry& entry, std::vector<DoorPtr>& opened);
    Result<DoorPtr> open_door(const Address& where, bool tls);
    void close(const std::vector<DoorPtr>& gone);
    std::vector<DoorPtr> doors() const;
    /// errno of accept, 0 when there is none left to accept.
    int accept_all(Door& door);
    void admit(int socket, Address peer, bool tls);
    static Task<> accept_loop(std::shared_ptr<Impl> self, DoorPtr door);

    const char* const name;
    IoPool& pool;
    TaskGroup& group;
    Log& log;
    const Session session, tls_session;
    const std::shared_ptr<Admission> admission;
    const PassedSockets* passed = nullptr;
    const std::shared_ptr<Closings> closings = std::make_shared<Closings>();
    std::mutex refusal_mutex;
    std::string refusal;

    std::mutex mutex;  // of what follows; never taken by a loop
    ListenerOptions options;
    std::vector<Entry> entries;
    bool running = false;
};

namespace {
std::vector<std::pair<std::string, bool>> wanted_of(const ListenerOptions& options) {
    std::vector<std::pair<std::string, bool>> out;
    for (const std::string& bind : options.binds) out.emplace_back(bind, false);
    for (const std::string& bind : options.tls_binds) out.emplace_back(bind, true);
    return out;
}
}  // namespace

/// Null where a passed socket for both families serves the address already.
Result<DoorPtr> Listener::Impl::open_door(const Address& where, bool tls) {
    if (passed != nullptr) {
        auto taken = passed->take(where);
        if (!taken) return fail(std::move(taken.error()));
        if (*taken)
            return std::make_shared<Door>(pool.next(), (*taken)->socket, where, where, tls, std::move((*taken)->hold));
        if (passed->covers(where)) return DoorPtr();
    }
    auto bound = bind_and_listen(where, options.backlog, options.unix_mode, options.share);
    if (!bound) return fail(std::move(bound.error()));
    return std::make_shared<Door>(pool.next(), bound->socket, where, bound->address, tls, nullptr);
}

/// Doors that serve an address already stay as they are.
Result<> Listener::Impl::open(Entry& entry, std::vector<DoorPtr>& opened) {
    const auto wanted = parse_bind(entry.binding.bind);
    if (!wanted) return fail(wanted.error());
    for (const Address& where : *wanted) {
        const auto old = doors();
        const auto same = std::find_if(old.begin(), old.end(), [&](const DoorPtr& door) {
            return !door->kept && door->serves(where, entry.binding.tls);
        });
        Result<DoorPtr> door = same != old.end() ? *same : DoorPtr();
        if (same == old.end()) {
            door = open_door(where, entry.binding.tls);
            if (!door) return fail(std::move(door.error()));
            if (*door) opened.push_back(*door);
        }
        if (!*door) continue;
        (*door)->kept = true;
        entry.binding.addresses.push_back((*door)->socket.local);
        entry.doors.push_back(std::move(*door));
    }
    return {};
}

/// All of them or, on an error, what was there before.
Result<> Listener::Impl::open_all(const ListenerOptions& wanted) {
    closings->wait();
    const std::vector<DoorPtr> old = doors();
    for (const DoorPtr& door : old) door->kept = false;
    std::vector<Entry> next;
    std::vector<DoorPtr> opened;
    for (const auto& [bind, tls] : wanted_of(wanted)) {
        next.push_back({{bind, tls, {}}, {}});
        if (auto done = open(next.back(), opened); !done) {
            close(opened);
            return done;
        }
    }
    entries = std::move(next);
    for (const DoorPtr& door : opened) group.spawn(door->socket.executor, accept_loop(shared_from_this(), door), name);
    std::vector<DoorPtr> gone;
    for (const DoorPtr& door : old)
        if (!door->kept) gone.push_back(door);
    close(gone);
    return {};
}

std::vector<DoorPtr> Listener::Impl::doors() const {
    std::vector<DoorPtr> out;
    for (const Entry& entry : entries) out.insert(out.end(), entry.doors.begin(), entry.doors.end());
    return out;
}

void Listener::Impl::close(const std::vector<DoorPtr>& gone) {
    for (const DoorPtr& door : gone) {
        closings->begin();
        asio::post(door->socket.executor, [door, closings = closings] {
            boost::system::error_code ignored;
            door->socket.descriptor.close(ignored);
            const Address& local = door->socket.local;
            if (local.family() == Address::Family::unix_path && !door->hold) ::unlink(local.unix_path().c_str());
            door->hold.reset();
            closings->end();
        });
    }
}

void Listener::Impl::admit(int socket, Address peer, bool tls) {
    auto place = admission->enter(limit_key(peer));
    if (!place) {
        log.warn("net.refused", {{"service", name}, {"peer", peer.to_string()}, {"why", "too many connections"}});
        const std::scoped_lock lock(refusal_mutex);
        if (!refusal.empty() && !tls)
            (void)!::send(socket, refusal.data(), refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::close(socket);
        return;
    }
    set_no_delay(socket);
    const Executor executor = pool.executor(place->loop());
    Stream stream(executor, socket, std::move(peer), Address());
    const Session& serve = tls && tls_session ? tls_session : session;
    group.spawn(executor, run_session(serve, std::move(stream), std::move(*place)), name);
}

int Listener::Impl::accept_all(Door& door) {
    constexpr int kTurn = 64;  // then others of this loop
    for (int i = 0; i < kTurn; ++i) {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        const int socket = ::accept4(door.socket.descriptor.native_handle(), reinterpret_cast<sockaddr*>(&storage),
                                     &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) {
            if (errno == EAGAIN) return 0;
            if (out_of_resources(errno)) return errno;
            continue;  // accept(2): errors of the connection that was waiting are reported here; it is gone
        }
        admit(socket, Address::from(reinterpret_cast<const sockaddr*>(&storage), length), door.tls);
    }
    return 0;
}

Task<> Listener::Impl::accept_loop(std::shared_ptr<Impl> self, DoorPtr door) {
    bool complained = false;
    while (door->socket.descriptor.is_open()) {
        const auto [failed] = co_await door->socket.ready(Want::readable);
        if (failed || !door->socket.descriptor.is_open()) break;
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

Listener::Listener(const char* name, IoPool& pool, TaskGroup& group, Log& log, ListenerOptions options, Session session,
                   Session tls_session)
    : impl_(std::make_shared<Impl>(name, pool, group, log, std::move(options), std::move(session),
                                   std::move(tls_session))) {}
Listener::~Listener() { stop(); }

void Listener::adopt_from(const PassedSockets& passed) { impl_->passed = &passed; }

Result<> Listener::start() {
    const std::scoped_lock lock(impl_->mutex);
    if (impl_->running) return {};
    auto opened = impl_->open_all(impl_->options);
    impl_->running = opened.has_value();
    return opened;
}

Result<> Listener::change(ListenerOptions options) {
    Impl& impl = *impl_;
    const std::scoped_lock lock(impl.mutex);
    if (impl.running) {
        if (auto opened = impl.open_all(options); !opened) return opened;
        impl.closings->wait();
    }
    impl.admission->set({options.max_connections, options.max_per_address});
    {
        const std::scoped_lock words(impl.refusal_mutex);
        impl.refusal = options.refusal;
    }
    impl.options = std::move(options);
    return {};
}

bool Listener::running() const {
    const std::scoped_lock lock(impl_->mutex);
    return impl_->running;
}

std::vector<Binding> Listener::bindings() const {
    const std::scoped_lock lock(impl_->mutex);
    std::vector<Binding> out;
    for (const Impl::Entry& entry : impl_->entries) out.push_back(entry.binding);
    if (impl_->running) return out;
    for (const auto& [bind, tls] : wanted_of(impl_->options)) out.push_back({bind, tls, {}});
    return out;
}

namespace {
std::vector<Address> addresses_of(const std::vector<Binding>& bindings, bool tls) {
    std::vector<Address> out;
    for (const Binding& binding : bindings)
        if (binding.tls == tls) out.insert(out.end(), binding.addresses.begin(), binding.addresses.end());
    return out;
}
}  // namespace

std::vector<Address> Listener::addresses() const { return addresses_of(bindings(), false); }
std::vector<Address> Listener::tls_addresses() const { return addresses_of(bindings(), true); }
std::size_t Listener::connections() const { return impl_->admission->count(); }

void Listener::stop() {
    const std::scoped_lock lock(impl_->mutex);
    impl_->running = false;
    impl_->close(impl_->doors());
    impl_->entries.clear();
}

void Listener::settle() { impl_->closings->wait(); }

}  // namespace restante::net
