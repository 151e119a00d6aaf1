#pragma once
// The seam to whoever writes the notification mails (module reply): work decides who is told, the composer how.
#include <functional>
#include <string>

#include "base/result.hpp"
#include "db/session.hpp"
#include "message/envelope.hpp"
#include "work/types.hpp"

namespace restante::work {

/// A mail ready for the outbox.
struct OutgoingMail {
    message::Envelope envelope;  // null reverse-path: a notification must not cause bounces to a person
    std::string bytes;           // header and body, every line with CRLF
};

/// Pure and quick: it is called inside the comment's transaction, once for each recipient. An error makes the whole
/// comment fail, so it is for faults only. Called from any thread.
class NotificationComposer {
public:
    virtual ~NotificationComposer() = default;
    /// token: 26 characters a-z2-7, fit for a local part and a Message-ID; whoever answers must present it.
    virtual Result<OutgoingMail> compose(const Item& item, const Comment& comment, const Person& recipient,
                                         const std::string& token) = 0;
};

/// Puts a mail into the outbox as part of the session's transaction: it goes out if that commits, else it never was.
/// The root hands over the outbox's own call.
using Enqueue = std::function<Result<void>(db::Session&, const OutgoingMail&)>;

}  // namespace restante::work
