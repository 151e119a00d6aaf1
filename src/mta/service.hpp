#pragma once
// An SMTP service: mail exchange or submission, on its listening addresses.
#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "directory/directory.hpp"
#include "mda/mda.hpp"
#include "mta/options.hpp"
#include "net/address.hpp"
#include "net/io_pool.hpp"
#include "net/listener.hpp"
#include "net/task_group.hpp"
#include "net/tls_context.hpp"
#include "net/work_pool.hpp"
#include "store/store.hpp"

namespace restante::mta {

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
    net::LiveTlsContext* tls = nullptr;  // null: no STARTTLS, and implicit TLS listeners are refused at start
    net::WorkPool* passwords = nullptr;  // where passwords are hashed; null: work
};

/// Sessions hold what they need of it, so it may be destroyed before the group is joined.
class Service {
public:
    Service(const Parts& parts, Options options);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Binds and accepts. Errors as net::Listener::start; invalid for implicit TLS without a certificate.
    Result<> start();
    /// Bound addresses with their real ports.
    std::vector<net::Address> addresses() const;
    std::vector<net::Address> tls_addresses() const;
    std::size_t connections() const;
    /// Accepts no more; each session gets 421 after its current command, an idle one at once. Returns at once; the
    /// sessions have ended when the group is empty. Any thread.
    void stop();

    struct Shared;  // internal

private:
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<net::Listener> clear_, implicit_;
};

}  // namespace restante::mta
