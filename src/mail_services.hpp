#pragma once
// The services that take and give mail, built from the configuration: mail exchange, submission, POP3.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config.hpp"
#include "mta/service.hpp"
#include "popd/service.hpp"

namespace restante {

/// Everything outlives the services and their sessions in `group`.
struct MailParts {
    net::IoPool& io;
    net::WorkPool& work;
    net::WorkPool& passwords;
    net::TaskGroup& group;
    directory::Directory& directory;
    mda::Mda& mda;
    store::MessageStore& store;
    const Clock& clock;
    IdSource& ids;
    Log& log;
    Metrics& metrics;
    std::shared_ptr<net::LiveTlsContext> tls;
    directory::Alerts* alerts = nullptr;
    popd::ClientViews* views = nullptr;
};

class MailServices {
public:
    MailServices(const MailParts& parts, const Config& config, const std::string& hostname);
    /// Binds all ports and adds their real addresses to `listeners` by service name; the error names port and section.
    Result<void> start(std::map<std::string, std::vector<std::string>>& listeners);
    /// Accepts no more and tells the sessions to end. Returns at once.
    void stop();

private:
    mta::Service mx_;
    mta::Service submission_;
    popd::Service pop3_;
};

}  // namespace restante
