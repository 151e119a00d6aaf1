#pragma once
// The POP3 service: listeners in clear and under TLS, one coroutine per session over the store's maildrops.
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "directory/alerts.hpp"
#include "directory/pop_logins.hpp"
#include "directory/directory.hpp"
#include "login/guess_guard.hpp"
#include "net/address.hpp"
#include "net/io_pool.hpp"
#include "net/listener.hpp"
#include "net/task_group.hpp"
#include "net/tls_context.hpp"
#include "net/work_pool.hpp"
#include "popd/options.hpp"
#include "store/store.hpp"
#include "watch/session_watch.hpp"

namespace restante::popd {

class ClientViews;

/// What the service works with; all of it must outlive the service.
struct Surroundings {
    net::IoPool& io;
    net::TaskGroup& group;     // owns the sessions
    net::WorkPool& work;       // maildrops and messages
    net::WorkPool& passwords;  // apart from work, so that guessed passwords do not hold up reading
    directory::Directory& directory;
    login::GuessGuard& guard;
    store::MessageStore& store;
    Log& log;
    Metrics& metrics;
    std::shared_ptr<net::LiveTlsContext> tls;  // may be null: then no STLS, and listen_tls must be empty
    directory::Alerts* alerts = nullptr;       // may be null: alerts are then logged and counted only
    watch::SessionWatch* watch = nullptr;      // may be null: nobody listens
    ClientViews* views = nullptr;              // may be null: then accounts set to "leave" cannot log in
    directory::PopLogins* pop_logins = nullptr;  // told who has logged in, for POP-before-SMTP; may be null
};

/// start(), later stop(); then wait for the group (or cancel it) and destroy. May be started and stopped many times.
/// Thread-safe; start() and apply() block for a moment: not on a thread of io.
class Service {
public:
    Service(Surroundings surroundings, Options options);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Sockets bound by another program are used where their address is wanted. Must outlive the service.
    void adopt_from(const net::PassedSockets& passed);
    /// Binds all addresses or none. Errors: as net::Listener::start; invalid if listen_tls is given without TLS.
    Result<> start();
    /// From now on these options hold: lists of addresses and limits at once (net::Listener::change), the rest for new
    /// sessions; those under way keep what they began with. On an error nothing has changed.
    Result<> apply(Options options);
    bool running() const;
    /// What holds now for accounts that have no settings of their own.
    directory::Pop3Settings account_defaults() const;
    std::vector<net::Binding> bindings() const;
    /// Where it listens, with the real ports, in the order of the options.
    std::vector<net::Address> addresses() const;
    std::vector<net::Address> tls_addresses() const;
    std::size_t connections() const;
    /// Accepts no more; each session ends after its current command, idle ones at once. Deletes nothing. Returns at
    /// once.
    void stop();
    /// Sessions that are left after a stop, and an end to them: their connections are closed. Returns at once.
    std::size_t left() const;
    void cut();
    /// Waits until sockets that were to be closed are closed.
    void settle();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace restante::popd
