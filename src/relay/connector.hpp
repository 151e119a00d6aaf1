#pragma once
// From a domain to an open SMTP session with a server that takes its mail.
#include <memory>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "net/work_pool.hpp"
#include "relay/conversation.hpp"
#include "relay/policies.hpp"
#include "relay/route.hpp"
#include "relay/smarthosts.hpp"

namespace restante::relay {

/// Thread-safe; everything outlives the tasks.
class Connector {
public:
    struct Parts {
        net::Resolver& resolver;
        net::WorkPool& work;
        Smarthosts& smarthosts;
        Policies& policies;
        Log& log;
    };
    explicit Connector(const Parts& parts) : parts_(parts) {}

    struct Outcome {
        std::unique_ptr<Conversation> conversation;  // null: there is none
        bool verified = false;                       // it is certain who the server is
        NoWay none;
    };
    net::Task<Outcome> connect(std::string domain, Options options);

private:
    struct Attempt;
    struct Security;
    net::Task<> try_host(Attempt& attempt, const std::string& host);
    net::Task<Result<void>> try_address(Attempt& attempt, const std::string& host, const net::Address& address,
                                        const Security& security);
    net::Task<Result<void>> converse(Attempt& attempt, const std::string& host, const net::Address& address,
                                     smtp::ClientOptions how, const Security& security);
    net::Task<Result<Security>> security_of(Attempt& attempt, const std::string& host, bool authenticated);

    const Parts parts_;
};

}  // namespace restante::relay
