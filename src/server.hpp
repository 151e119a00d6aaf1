#pragma once
// The whole server: built by constructor from the configuration, in the order of the layers, torn down the other way.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "config.hpp"
#include "net/passed_sockets.hpp"

namespace restante {

class Server {
public:
    /// What a person or a script has to know after the start.
    struct Ready {
        std::string hostname;
        std::map<std::string, std::vector<std::string>> listeners;  // "pop3_tls" -> "127.0.0.1:995", real ports
        std::optional<std::string> administrator_password;          // of user "admin"; at the first start only
    };

    /// Blocks until every port is bound and everything serves. Errors: busy (the data directory is in use),
    /// unavailable or denied (a port; the detail names it and its section), anything the parts report.
    /// Call with SIGTERM, SIGINT and SIGHUP blocked: the threads made here inherit that. log and passed outlive the
    /// server; of the passed sockets those are used whose addresses the services want.
    static Result<std::unique_ptr<Server>> start(Config config, Log& log, const net::PassedSockets& passed);
    virtual ~Server() = default;

    virtual const Ready& ready() const = 0;
    /// Takes what can change in a running server: certificates and the settings of services, for sessions to come.
    virtual void reload(const Config& config) = 0;
    /// Stops accepting, lets sessions end after the current command for [server] shutdown_grace, cancels the rest,
    /// joins every thread and closes the store. False if sessions had to be cut. Call once.
    virtual bool stop() = 0;
};

}  // namespace restante
