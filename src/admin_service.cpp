#include "admin_service.hpp"

#include <fmt/format.h>

#include "paths.hpp"

namespace restante {
namespace {
net::ListenerOptions tcp_options(const Config& config) {
    net::ListenerOptions options;
    options.binds = config.admin.listen;
    options.tls_binds = config.admin.listen_tls;
    options.max_connections = config.admin.max_connections;
    options.max_per_address = config.admin.max_per_address;
    return options;
}

net::ListenerOptions unix_options(const Config& config) { return {.binds = {"unix:" + Paths(config).unix_socket}}; }
}  // namespace

AdminService::AdminService(const AdminParts& parts, admin::Parts api, const Config& config, std::vector<admin::ReadyCheck> checks)
    : parts_(parts),
      http_(config.admin.http),
      api_(std::move(api)),
      router_(parts.log, {.version = RESTANTE_VERSION}),
      local_(router_, parts.work, parts.log, parts.metrics, http_),
      tcp_("admin", parts.io, parts.group, parts.log, tcp_options(config), [this](net::Stream s) { return serve(std::move(s), false); },
           [this](net::Stream s) { return serve(std::move(s), true); }),
      unix_("admin.unix", parts.io, parts.group, parts.log, unix_options(config),
            [this](net::Stream s) { return local_.serve(std::move(s)); }) {
    admin::add_framework_routes(router_, parts.metrics, std::move(checks));
    admin::add_api(router_, api_);
}

void AdminService::adopt_from(const net::PassedSockets& passed) {
    tcp_.adopt_from(passed);
    unix_.adopt_from(passed);
}

void AdminService::add_to(ServiceCatalogue& catalogue) {
    catalogue.add({.name = "admin",
                   .about = "HTTP API and console on ports; the command line's socket stays in any case",
                   .list = "admin",
                   .sections = {"admin"},
                   .only = {"listen", "listen_tls", "start", "certificate", "max_connections", "max_per_address"},
                   .settings = [](Config& config) -> Config::Service& { return config.admin.service; },
                   .tls = tls_,
                   .agent = std::make_unique<AgentOf<AdminService, net::ListenerOptions>>(*this, tcp_options)});
}

Result<void> AdminService::open() {
    router_.check_complete();
    auto started = unix_.start();
    if (started) return {};
    Error error = started.error();
    error.detail = fmt::format("{} (change it in [admin] of the configuration)", error.detail);
    return fail(std::move(error));
}

std::shared_ptr<admin::HttpServer> AdminService::ports() const {
    const std::scoped_lock lock(mutex_);
    return ports_;
}

net::Task<> AdminService::serve(net::Stream stream, bool tls) {
    const auto server = ports();
    if (!server) co_return;
    if (tls)
        co_await server->serve_tls(std::move(stream), *tls_);
    else
        co_await server->serve(std::move(stream));
}

Result<> AdminService::apply(net::ListenerOptions options) { return tcp_.change(std::move(options)); }

Result<> AdminService::start() {
    {
        const std::scoped_lock lock(mutex_);
        ports_ = std::make_shared<admin::HttpServer>(router_, parts_.work, parts_.log, parts_.metrics, http_);
    }
    return tcp_.start();
}

void AdminService::stop() {
    tcp_.stop();
    if (const auto server = ports()) server->stop();
}

void AdminService::close() {
    stop();
    unix_.stop();
    local_.stop();
}

}  // namespace restante
