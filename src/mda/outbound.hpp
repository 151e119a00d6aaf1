#pragma once
// The seam to whoever carries mail to other servers.
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "message/envelope.hpp"
#include "store/store.hpp"

namespace restante::mda {

class Outbound {
public:
    struct Mail {
        /// Recipients outside this server only, at least one. The reverse-path and the DSN parameters are what the next
        /// server is told: whoever readdresses mail (alias, forward, list) has set them.
        message::Envelope envelope;
        std::unique_ptr<store::Draft> draft;
        std::string trace;        // put in front of the draft's bytes, each line with CRLF
        std::string delivery_id;  // as store::Delivery::delivery_id
    };
    virtual ~Outbound() = default;
    /// Answers for the mail from now on: sent, or its sender is told. `done` is called once, on a foreign thread, when
    /// it is durable. Errors as MessageStore::commit; nothing is sent then. Thread-safe; returns at once.
    virtual void take(Mail mail, std::function<void(Result<store::Committed>)> done) = 0;
};

}  // namespace restante::mda
