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
#include "relay/tls_contexts.hpp"
#include "relay/tls_counts.hpp"

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
        const Clock& clock;
        TlsCounts* counts = nullptr;  // null: no session is counted for reports
    };
    explicit Connector(const Parts& parts) : parts_(parts) {}

    struct Outcome {
        std::unique_ptr<Conversation> conversation;  // null: there is none
        bool verified = false;                       // it is certain who the server is
        NoWay none;
    };
    /// TLS reports go out whatever is wrong with the TLS they tell of, and are not counted themselves (RFC 8460 3, 5).
    enum class Purpose { mail, tls_report };
    net::Task<Outcome> connect(std::string domain, Options options, Purpose purpose = Purpose::mail);

private:
    struct Attempt;
    struct Security;
    net::Task<> try_host(Attempt& attempt, const std::string& host);
    net::Task<Result<void>> try_address(Attempt& attempt, const std::string& host, const net::Address& address,
                                        const Security& security);
    net::Task<Result<void>> converse(Attempt& attempt, const std::string& host, const net::Address& address,
                                     smtp::ClientOptions how, const Security& security);
    net::Task<Result<Security>> security_of(Attempt& attempt, const std::string& host, bool authenticated);
    net::Task<Result<void>> obey_dane(const Attempt& attempt, const std::string& host, Security& out);
    Result<void> obey_sts(const Attempt& attempt, const std::string& host, Security& out) const;
    void count(const Attempt& attempt, const std::string& host, const Security& security,
               const std::optional<TlsFault>& fault, const Conversation* conversation) const;
    void count_conversation(const Attempt& attempt, const std::string& host, const Security& security,
                            const Conversation& conversation, const Result<void>& open) const;

    const Parts parts_;
    TlsContexts contexts_;
};

}  // namespace restante::relay
