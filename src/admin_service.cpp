#include "admin_service.hpp"

#include <fmt/format.h>

#include "paths.hpp"

namespace restante {
namespace {
net::ListenerOptions tcp_options(const Config& config) { return {.binds = config.admin.listen}; }

net::ListenerOptions unix_options(const Config& config) { return {.binds = {"unix:" + Paths(config).unix_socket}}; }

Result<void> start_listener(net::Listener& listener, const std::string& name, std::map<std::string, std::vector<std::string>>& listeners) {
    if (auto started = listener.start(); !started) {
        Error error = started.error();
        error.detail = fmt::format("{} (change it in [admin] of the configuration)", error.detail);
        return fail(std::move(error));
    }
    for (const net::Address& address : listener.addresses()) listeners[name].push_back(address.to_string());
    return {};
}
}  // namespace

AdminService::AdminService(const AdminParts& parts, admin::Parts api, const Config& config, std::vector<admin::ReadyCheck> checks)
    : api_(std::move(api)),
      router_(parts.log, {.version = RESTANTE_VERSION}),
      server_(router_, parts.work, parts.log, parts.metrics, config.admin.http),
      tcp_("admin", parts.io, parts.group, parts.log, tcp_options(config), [this](net::Stream s) { return server_.serve(std::move(s)); }),
      unix_("admin.unix", parts.io, parts.group, parts.log, unix_options(config),
            [this](net::Stream s) { return server_.serve(std::move(s)); }) {
    admin::add_framework_routes(router_, parts.metrics, std::move(checks));
    admin::add_api(router_, api_);
}

Result<void> AdminService::start(std::map<std::string, std::vector<std::string>>& listeners) {
    router_.check_complete();
    if (auto started = start_listener(tcp_, "admin", listeners); !started) return started;
    return start_listener(unix_, "admin.unix", listeners);
}

void AdminService::stop() {
    tcp_.stop();
    unix_.stop();
    server_.stop();
}

}  // namespace restante
