#pragma once
// Whether a mail is an answer that may become a comment. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "message/message.hpp"

namespace restante::reply {

/// What is known about the token that a mail carries.
struct TokenFacts {
    std::int64_t person_id = 0, item_id = 0, comment_id = 0;
    message::Address recipient;  // whom the notification went to: only this person may answer
    bool active = true;          // the person may still comment
    Timestamp expires_at{};
};

/// Result of looking a sealed token up.
struct TokenLookup {
    bool carried = false;             // the mail carries at least one token of ours
    std::optional<TokenFacts> facts;  // nullopt although carried: expired and removed
};

struct Accept {
    std::int64_t person_id = 0, item_id = 0, comment_id = 0;
};
struct Ignore {
    enum class Reason { auto_mail, bounce, own_mail, duplicate };
    Reason reason = Reason::auto_mail;
};
struct Reject {
    enum class Reason { wrong_sender, forwarded, token_expired, person_inactive, no_sender };
    Reason reason = Reason::wrong_sender;
};
/// Nothing in it belongs to an item (S1.25 counts these; ignored and rejected mails are not counted).
struct Unrelated {};
using Judgement = std::variant<Accept, Ignore, Reject, Unrelated>;

/// Automatic mail, bounces and our own mail are recognised first, whatever they carry: they never become comments.
/// X-Auto-Response-Suppress is no sign of automatic mail. Then the token decides, and its recipient must be the only
/// From: a notification that somebody else forwarded or that several signed cannot be answered (S1.34).
/// own_addresses: of our notifications and reply mailboxes. own_id: the Message-ID is one that we gave.
Judgement judge_reply(const message::Message& message, const TokenLookup& lookup,
                      const std::vector<message::Address>& own_addresses, bool own_id, Timestamp now);

/// One sentence for the administrator's log.
const char* explain(const Ignore& ignore);
const char* explain(const Reject& reject);

}  // namespace restante::reply
