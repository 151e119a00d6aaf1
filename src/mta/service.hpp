#pragma once
// An SMTP service: mail exchange or submission, on its listening addresses.
#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "directory/directory.hpp"
#include "directory/pop_logins.hpp"
#include "directory/pop_uses.hpp"
#include "directory/send_as.hpp"
#include "login/guess_guard.hpp"
#include "mda/mda.hpp"
#include "mta/options.hpp"
#include "mta/sender_limits.hpp"
#include "mta/switchboard.hpp"
#include "net/address.hpp"
#include "net/io_pool.hpp"
#include "net/listener.hpp"
#include "net/task_group.hpp"
#include "net/tls_context.hpp"
#include "net/work_pool.hpp"
#include "store/store.hpp"
#include "watch/session_watch.hpp"

namespace restante::mta {

class Authenticator;
class SpamCheck;

/// What a service works with; everything outlives it and its group.
struct Parts {
    net::IoPool& io;
    net::WorkPool& work;
    net::TaskGroup& group;  // sessions run here
    directory::Directory& directory;
    mda::Mda& mda;
    store::MessageStore& store;
    const Clock& clock;
    IdSource& ids;
    Log& log;
    Metrics& metrics;
    login::GuessGuard& guard;
    net::LiveTlsContext* tls = nullptr;    // null: no STARTTLS, and implicit TLS listeners are refused at start
    net::WorkPool* passwords = nullptr;    // where passwords are hashed; null: work
    watch::SessionWatch* watch = nullptr;  // of this service; null: nobody listens
    Authenticator* authenticator = nullptr;  // null: mail is neither verified nor signed
    SpamCheck* spam_check = nullptr;         // null: nothing is judged
    // What all connectors have in common; null in tests of one alone.
    Switchboard* switchboard = nullptr;  // null: it serves whoever it accepts
    SenderLimits* senders = nullptr;     // null: no limits an hour
    const directory::SendAs* send_as = nullptr;
    const directory::PopLogins* pop_logins = nullptr;  // null: no POP-before-SMTP
    directory::PopUses* pop_uses = nullptr;            // null: nobody keeps a list of its users
};

/// stop() it, wait for the group (or cancel it), then destroy it. Thread-safe.
class Service {
public:
    Service(const Parts& parts, Options options);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Sockets bound by another program are used where their address is wanted. Must outlive the service.
    void adopt_from(const net::PassedSockets& passed);
    /// Binds and accepts; again after stop(). Errors as net::Listener::start; invalid for implicit TLS without a
    /// certificate. Like apply(), not on a thread of io.
    Result<> start();
    /// From now on these options hold: lists of addresses and limits at once (net::Listener::change), the rest for new
    /// sessions; those under way keep what they began with. The kind stays. On an error nothing has changed.
    Result<> apply(Options options);
    bool running() const;
    std::vector<net::Binding> bindings() const;
    /// Bound addresses with their real ports.
    std::vector<net::Address> addresses() const;
    std::vector<net::Address> tls_addresses() const;
    std::size_t connections() const;
    /// Accepts no more; each session gets 421 after its current command, an idle one at once. Returns at once; the
    /// sessions have ended when the group is empty. Any thread.
    void stop();
    /// Sessions that are left after a stop, and an end to them: their connections are closed. Returns at once.
    std::size_t left() const;
    void cut();
    /// Waits until sockets that were to be closed are closed.
    void settle();

    struct Shared;  // internal

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace restante::mta
