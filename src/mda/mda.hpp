#pragma once
// The delivery agent: the one door through which every message comes in, whatever brought it.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "directory/directory.hpp"
#include "message/envelope.hpp"
#include "store/store.hpp"

namespace restante::mda {

/// What brought the message.
struct Origin {
    enum class Kind { mx, submission, outbox, fetch, import };
    Kind kind = Kind::mx;
    /// Deterministic id of this delivery (store::Delivery::delivery_id); empty: every delivery is new.
    std::string delivery_id;
    /// For fetch: the POP3 connection's id, and what its mails are for.
    std::int64_t connection_id = 0;
    /// Trace header block of the agent (Received: ...CRLF), put in front of the message.
    std::string trace;
};

struct Outcome {
    store::MessageId id = 0;   // 0 when nothing had to be stored
    bool duplicate = false;
    std::string note;          // for the log: "2 maildrops", "comment 17", "ignored: automatic reply"
};

class Mda {
public:
    virtual ~Mda() = default;
    /// Is there anyone behind this address? As Directory::route, after reply addresses and the like.
    /// Not blocking for long.
    virtual Result<void> check_recipient(const message::Address& recipient) = 0;
    /// `done` is called on a foreign thread once everything that was promised is durable: only then may the caller
    /// answer 250 or delete the original. Errors as MessageStore::commit; not_found when no recipient is left.
    virtual void deliver(message::Envelope envelope, std::unique_ptr<store::Draft> draft, Origin origin,
                         std::function<void(Result<Outcome>)> done) = 0;
};

}  // namespace restante::mda
