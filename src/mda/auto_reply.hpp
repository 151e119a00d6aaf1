#pragma once
// An automatic reply on an account's behalf (RFC 3834): when there is one, and what it says. Pure.
#include <functional>
#include <string>

#include "directory/directory.hpp"
#include "message/envelope.hpp"
#include "message/message.hpp"

namespace restante::mda {

/// Why there is no automatic reply to this message, for the log; null: there may be one. is_own: is it an address of
/// the account that would reply?
const char* unanswerable(const message::Envelope& envelope, const message::Message& message,
                         const std::function<bool(const message::Address&)>& is_own);

struct ReplyTo {
    message::Address sender;  // the reverse-path of what is replied to (RFC 3834 4)
    const message::Message& message;
};
/// Its bytes. Errors: invalid, for a sender that cannot be written to.
Result<std::string> compose_auto_reply(const directory::Account& account, const directory::AutoReply& reply,
                                       const ReplyTo& to, const std::string& message_id, Timestamp now);

}  // namespace restante::mda
