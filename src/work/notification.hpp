#pragma once
// The seam to whoever writes the notification mails (module reply): work decides who is told, the composer how.
#include <string>

#include "base/result.hpp"
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

}  // namespace restante::work
