#pragma once
// Accepts connections and starts a session for each.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "net/io_pool.hpp"
#include "net/stream.hpp"
#include "net/task_group.hpp"

namespace restante::net {

struct ListenerOptions {
    std::vector<std::string> binds{};      // "127.0.0.1:2525", "[::]:110", "*:110" (all of both), "unix:/run/x.sock"
    std::size_t max_connections = 10'000;  // at a time, over all binds
    std::size_t max_per_address = 200;     // at a time from one IP address; unix sockets are not counted
    std::string refusal{};                 // sent (best effort, in clear) before closing one too many, or empty
    int backlog = 1024;
    unsigned unix_mode = 0600;  // permissions of a unix socket's file
};

/// start() to run, stop() to accept no more; the sessions belong to the group given and live on. Destroy it after
/// stop() and after the group has been joined.
class Listener {
public:
    /// One session, on the executor the stream is on.
    using Session = std::function<Task<>(Stream)>;

    /// name: a literal for logs and tasks, such as "pop3".
    Listener(const char* name, IoPool& pool, TaskGroup& group, Log& log, ListenerOptions options, Session session);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Binds all, or none and says why: "127.0.0.1:2525 is already in use", "no right to bind 0.0.0.0:25 ...", "... is
    /// not an address of this machine". Call once, from any thread not of the pool.
    Result<> start();
    /// The addresses bound, with the real port where 0 was asked for, in the order of the binds.
    const std::vector<Address>& addresses() const;
    std::size_t connections() const;
    /// Accepts no more and closes the listening sockets. Any thread; returns at once.
    void stop();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace restante::net
