#pragma once
// Accepts connections and starts a session for each.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "net/io_pool.hpp"
#include "net/stream.hpp"
#include "net/task_group.hpp"

namespace restante::net {

class PassedSockets;

struct ListenerOptions {
    std::vector<std::string> binds{};      // "127.0.0.1:2525", "[::]:110", "*:110" (all of both), "unix:/run/x.sock"
    std::vector<std::string> tls_binds{};  // the same, for sessions under TLS from the first octet
    std::size_t max_connections = 10'000;  // at a time, over all binds of both lists
    std::size_t max_per_address = 200;     // at a time from one IP address; unix sockets are not counted
    std::string refusal{};                 // sent on binds in clear before closing one too many, or empty
    int backlog = 1024;
    unsigned unix_mode = 0600;  // permissions of a unix socket's file
    bool share = false;         // other listeners of this program may bind the same addresses; each gets some connections
};

/// One bind and what it became.
struct Binding {
    std::string bind;  // as it was asked for
    bool tls = false;
    std::vector<Address> addresses;  // with the real port
};

/// The listening side of one service. start() to run, stop() to accept no more; the sessions belong to the group given
/// and live on. Destroy it after stop() and after the group has been joined. Thread-safe; start() and change() block
/// for a moment: call them from a thread that is not of the pool.
class Listener {
public:
    /// One session, on the executor the stream is on.
    using Session = std::function<Task<>(Stream)>;

    /// name: a literal for logs and tasks, such as "pop3". tls_session: for what comes to tls_binds.
    Listener(const char* name, IoPool& pool, TaskGroup& group, Log& log, ListenerOptions options, Session session,
             Session tls_session = {});
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Sockets another program has bound are taken instead of binding anew where the address is the same. Must outlive
    /// the listener; before start().
    void adopt_from(const PassedSockets& passed);

    /// Binds all, or none and says why: "127.0.0.1:2525 is already in use", "no right to bind 0.0.0.0:25 ...", "... is
    /// not an address of this machine". Again after stop().
    Result<> start();
    /// From now on these options hold. While it runs: what is new in the lists is bound, all or nothing, and only then
    /// what is not in them any more is closed; what is in both is not touched, nor is any session.
    Result<> change(ListenerOptions options);
    bool running() const;
    std::vector<Binding> bindings() const;
    /// The addresses bound, in the order of the lists.
    std::vector<Address> addresses() const;
    std::vector<Address> tls_addresses() const;
    std::size_t connections() const;
    /// Accepts no more; the loops close the listening sockets at once, sessions live on. Returns without waiting.
    void stop();
    /// Waits until what was closed is closed, so that others can bind it.
    void settle();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace restante::net
