#include "net/dns_resolver.hpp"

#include <ares.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/random.hpp"
#include "net/dns_reply.hpp"

namespace restante::net {
namespace {
constexpr int kUdpOctets = 1'232;  // what passes everywhere unfragmented; more comes by TCP
constexpr int kIdle = 1'000;       // milliseconds between looks when nothing is under way

struct Inquiry {
    DnsQuestion question;
    std::function<void(DnsAnswer)> done;
};

DnsAnswer failed(std::string detail) {
    DnsAnswer out;
    out.detail = std::move(detail);
    return out;
}

/// One process-wide initialisation, as c-ares asks for.
bool ares_ready() {
    static const int status = ares_library_init(ARES_LIB_INIT_ALL);
    return status == ARES_SUCCESS;
}
}  // namespace

/// c-ares belongs to one thread; questions come in through a queue.
struct DnsResolver::Engine {
    explicit Engine(DnsOptions o) : options(std::move(o)) {}
    ~Engine() {
        if (channel != nullptr) ares_destroy(channel);
        if (wake >= 0) ::close(wake);
    }

    Result<> open();
    void submit(Inquiry inquiry);
    void stop();
    void run();
    void begin_waiting();
    void begin(Inquiry inquiry);
    void wait_and_process();
    static void on_socket(void* self, ares_socket_t socket, int readable, int writable);
    static void on_reply(void* argument, int status, int timeouts, unsigned char* bytes, int octets);

    struct UnderWay {
        Engine* engine;
        Inquiry inquiry;
    };

    const DnsOptions options;
    ares_channel channel = nullptr;
    int wake = -1;
    std::map<int, short> sockets;  // what c-ares waits for
    std::size_t under_way = 0;
    std::mutex mutex;
    std::deque<Inquiry> waiting;
    bool stopping = false;
    std::thread thread;
};

Result<> DnsResolver::Engine::open() {
    wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!ares_ready() || wake < 0) return fail(ErrorKind::unavailable, "the resolver cannot be started");
    ares_options how{};
    how.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    how.timeout = static_cast<int>(options.timeout.count());
    how.tries = static_cast<int>(options.tries);
    how.ednspsz = kUdpOctets;
    how.sock_state_cb = &Engine::on_socket;
    how.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB;
    if (const int code = ares_init_options(&channel, &how, mask); code != ARES_SUCCESS)
        return fail(ErrorKind::unavailable, std::string("the resolver cannot be started: ") + ares_strerror(code));
    if (options.servers.empty()) return {};
    std::string list;
    for (const std::string& server : options.servers) (list += list.empty() ? "" : ",") += server;
    if (ares_set_servers_ports_csv(channel, list.c_str()) == ARES_SUCCESS) return {};
    return fail(ErrorKind::invalid, "\"" + list + "\" does not name name servers by their addresses");
}

void DnsResolver::Engine::submit(Inquiry inquiry) {
    {
        const std::scoped_lock lock(mutex);
        if (!stopping) {
            waiting.push_back(std::move(inquiry));
            inquiry.done = nullptr;
        }
    }
    if (inquiry.done) return inquiry.done(failed("the resolver has been stopped"));
    const std::uint64_t one = 1;
    (void)!::write(wake, &one, sizeof one);
}

void DnsResolver::Engine::stop() {
    {
        const std::scoped_lock lock(mutex);
        stopping = true;
    }
    const std::uint64_t one = 1;
    (void)!::write(wake, &one, sizeof one);
    if (thread.joinable()) thread.join();
}

void DnsResolver::Engine::run() {
    for (;;) {
        {
            const std::scoped_lock lock(mutex);
            if (stopping) break;
        }
        begin_waiting();
        wait_and_process();
    }
    ares_destroy(std::exchange(channel, nullptr));  // answers what is under way
    const std::scoped_lock lock(mutex);
    for (const Inquiry& inquiry : waiting) inquiry.done(failed("the resolver has been stopped"));
    waiting.clear();
}

void DnsResolver::Engine::begin_waiting() {
    while (under_way < options.concurrency) {
        Inquiry next;
        {
            const std::scoped_lock lock(mutex);
            if (waiting.empty()) return;
            next = std::move(waiting.front());
            waiting.pop_front();
        }
        begin(std::move(next));
    }
}

void DnsResolver::Engine::begin(Inquiry inquiry) {
    const std::string id = random_bytes(2);
    const auto number =
        static_cast<unsigned short>(static_cast<unsigned char>(id[0]) << 8 | static_cast<unsigned char>(id[1]));
    unsigned char* packet = nullptr;
    int octets = 0;
    const int code = ares_create_query(inquiry.question.name.c_str(), 1, wire_type(inquiry.question.type), number, 1,
                                       &packet, &octets, kUdpOctets);
    if (code != ARES_SUCCESS) {  // no name that could exist
        DnsAnswer none = failed(ares_strerror(code));
        if (code == ARES_EBADNAME) none.status = DnsAnswer::Status::nxdomain;
        return inquiry.done(std::move(none));
    }
    packet[3] |= 0x20;  // AD: we understand it in the reply (RFC 6840 5.7)
    ++under_way;
    ares_send(channel, packet, octets, &Engine::on_reply, new UnderWay{this, std::move(inquiry)});
    ares_free_string(packet);
}

void DnsResolver::Engine::on_reply(void* argument, int status, int, unsigned char* bytes, int octets) {
    const std::unique_ptr<UnderWay> ended(static_cast<UnderWay*>(argument));
    --ended->engine->under_way;
    const Inquiry& inquiry = ended->inquiry;
    if (bytes == nullptr) return inquiry.done(failed(ares_strerror(status)));
    inquiry.done(parse_dns_reply(inquiry.question.type,
                                 {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(octets)},
                                 ended->engine->options.trusted));
}

void DnsResolver::Engine::on_socket(void* self, ares_socket_t socket, int readable, int writable) {
    auto& sockets = static_cast<Engine*>(self)->sockets;
    if (readable == 0 && writable == 0)
        sockets.erase(socket);
    else
        sockets[socket] = static_cast<short>((readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0));
}

void DnsResolver::Engine::wait_and_process() {
    std::vector<pollfd> polled{{wake, POLLIN, 0}};
    for (const auto& [socket, events] : sockets) polled.push_back({socket, events, 0});
    timeval most{kIdle / 1000, 0}, least{};
    const timeval* limit = ares_timeout(channel, &most, &least);
    const auto wait = static_cast<int>(limit->tv_sec * 1000 + limit->tv_usec / 1000 + 1);
    (void)::poll(polled.data(), polled.size(), wait);
    std::uint64_t count = 0;
    if ((polled[0].revents & POLLIN) != 0) (void)!::read(wake, &count, sizeof count);
    for (std::size_t i = 1; i < polled.size(); ++i) {
        if (polled[i].revents == 0) continue;
        const bool writable = (polled[i].revents & POLLOUT) != 0;
        const bool readable = (polled[i].revents & ~POLLOUT) != 0;
        ares_process_fd(channel, readable ? polled[i].fd : ARES_SOCKET_BAD, writable ? polled[i].fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has waited too long
}

Result<std::unique_ptr<DnsResolver>> DnsResolver::make(DnsOptions options) {
    const auto engine = std::make_shared<Engine>(std::move(options));
    if (auto opened = engine->open(); !opened) return fail(std::move(opened.error()));
    engine->thread = std::thread([e = engine.get()] { e->run(); });
    return std::unique_ptr<DnsResolver>(new DnsResolver(engine));
}

DnsResolver::~DnsResolver() { engine_->stop(); }

namespace {
/// Where a coroutine waits; the timer never fires by itself, it is what a cancellation reaches.
struct Waiter {
    explicit Waiter(const Executor& executor) : timer(executor, std::chrono::steady_clock::time_point::max()) {}
    asio::steady_timer timer;
    DnsAnswer answer = failed("the question was given up");
};
}  // namespace

Task<DnsAnswer> DnsResolver::ask(DnsQuestion question) {
    const Executor executor = co_await this_executor;
    const auto waiter = std::make_shared<Waiter>(executor);
    engine_->submit({std::move(question), [waiter, executor](DnsAnswer answer) {
                         asio::post(executor, [waiter, answer = std::move(answer)]() mutable {
                             waiter->answer = std::move(answer);
                             waiter->timer.cancel();
                         });
                     }});
    (void)co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::move(waiter->answer);
}

Result<> LiveResolver::set(DnsOptions options) {
    auto made = DnsResolver::make(std::move(options));
    if (!made) return fail(std::move(made.error()));
    std::shared_ptr<DnsResolver> next = std::move(*made);
    const std::scoped_lock lock(mutex_);
    now_.swap(next);
    return {};
}

Task<DnsAnswer> LiveResolver::ask(DnsQuestion question) {
    std::shared_ptr<DnsResolver> now;
    {
        const std::scoped_lock lock(mutex_);
        now = now_;
    }
    if (!now) co_return failed("no resolver is set up");
    auto answer = co_await now->ask(std::move(question));
    co_return answer;
}

}  // namespace restante::net
