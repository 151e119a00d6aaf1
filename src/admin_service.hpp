#pragma once
// The HTTP API on its ports and on the unix socket of the command line.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "admin/api.hpp"
#include "admin/framework_routes.hpp"
#include "admin/http_server.hpp"
#include "config.hpp"
#include "net/listener.hpp"
#include "net/task_group.hpp"

namespace restante {

/// Everything outlives the service and its sessions in `group`.
struct AdminParts {
    net::IoPool& io;
    net::WorkPool& work;
    net::TaskGroup& group;
    Log& log;
    Metrics& metrics;
};

class AdminService {
public:
    AdminService(const AdminParts& parts, admin::Parts api, const Config& config, std::vector<admin::ReadyCheck> checks);
    /// Binds and adds the real addresses to `listeners`. A socket file left by a killed server is replaced.
    Result<void> start(std::map<std::string, std::vector<std::string>>& listeners);
    /// Accepts no more; connections are closed after the request under way.
    void stop();

private:
    admin::Parts api_;
    admin::Router router_;
    admin::HttpServer server_;
    net::Listener tcp_;
    net::Listener unix_;
};

}  // namespace restante
