#pragma once
// The HTTP API on its ports and on the unix socket of the command line.
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "admin/api.hpp"
#include "admin/framework_routes.hpp"
#include "admin/http_server.hpp"
#include "config.hpp"
#include "net/listener.hpp"
#include "net/task_group.hpp"
#include "service_catalogue.hpp"

namespace restante {

/// Everything outlives the service and its sessions in `group`.
struct AdminParts {
    net::IoPool& io;
    net::WorkPool& work;
    net::TaskGroup& group;
    Log& log;
    Metrics& metrics;
};

/// The unix socket is always there, whatever becomes of the ports: nobody locks himself out. The ports can be stopped
/// and started; that is what start(), stop() and their like do.
class AdminService {
public:
    AdminService(const AdminParts& parts, admin::Parts api, const Config& config, std::vector<admin::ReadyCheck> checks);
    /// Lets it take over sockets that another program has bound. Must outlive the service; before its start.
    void adopt_from(const net::PassedSockets& passed);
    void add_to(ServiceCatalogue& catalogue);
    /// Binds the unix socket. A file left by a killed server is replaced.
    Result<void> open();
    std::vector<net::Address> unix_addresses() const { return unix_.addresses(); }
    /// At the server's end: accept no more anywhere; connections are closed after the request under way.
    void close();

    Result<> apply(net::ListenerOptions options);
    Result<> start();
    void stop();
    void settle() { tcp_.settle(); }
    std::size_t connections() const { return tcp_.connections(); }
    std::vector<net::Binding> bindings() const { return tcp_.bindings(); }
    /// Connections end after their request by themselves.
    std::size_t left() const { return 0; }
    void cut() {}

private:
    std::shared_ptr<admin::HttpServer> ports() const;
    net::Task<> serve(net::Stream stream, bool tls);

    const AdminParts parts_;
    const admin::HttpOptions http_;
    admin::Parts api_;
    admin::Router router_;
    const std::shared_ptr<net::LiveTlsContext> tls_ = std::make_shared<net::LiveTlsContext>(nullptr);
    admin::HttpServer local_;  // of the unix socket
    mutable std::mutex mutex_;
    std::shared_ptr<admin::HttpServer> ports_;  // of one start to stop
    net::Listener tcp_;
    net::Listener unix_;
};

}  // namespace restante
