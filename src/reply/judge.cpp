#include "reply/judge.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::reply {
namespace {
bool is_own(const message::Message& message, const std::vector<message::Address>& own) {
    return std::any_of(message.from.begin(), message.from.end(), [&](const message::Mailbox& from) {
        // "reply+token@..." is the reply mailbox too.
        const message::Address base{message::split_plus(from.address.local_part).base, from.address.domain};
        return std::any_of(own.begin(), own.end(), [&](const message::Address& address) {
            return message::same_mailbox(address, from.address) || message::same_mailbox(address, base);
        });
    });
}

bool is_forwarded(const message::Message& message) {
    for (const char* name : {"Resent-From", "X-Forwarded-For", "X-Forwarded-To"})
        if (message.find(name) != nullptr) return true;
    return istarts_with(message.subject, "fwd:") || istarts_with(message.subject, "fw:") ||
           istarts_with(message.subject, "wg:");
}
}  // namespace

Judgement judge_reply(const message::Message& message, const TokenLookup& lookup,
                      const std::vector<message::Address>& own_addresses, bool own_id, Timestamp now) {
    if (own_id || is_own(message, own_addresses)) return Ignore{Ignore::Reason::own_mail};
    if (message.delivery_report) return Ignore{Ignore::Reason::bounce};
    if (message.auto_mail != message::AutoMail::no) return Ignore{Ignore::Reason::auto_mail};
    if (!lookup.carried) return Unrelated{};
    if (!lookup.facts || lookup.facts->expires_at <= now) return Reject{Reject::Reason::token_expired};
    if (message.from.empty()) return Reject{Reject::Reason::no_sender};
    const bool only_recipient =
        message.from.size() == 1 && message::same_mailbox(message.from.front().address, lookup.facts->recipient);
    if (!only_recipient)
        return Reject{is_forwarded(message) ? Reject::Reason::forwarded : Reject::Reason::wrong_sender};
    if (!lookup.facts->active) return Reject{Reject::Reason::person_inactive};
    return Accept{lookup.facts->person_id, lookup.facts->item_id, lookup.facts->comment_id};
}

const char* explain(const Ignore& ignore) {
    switch (ignore.reason) {
        case Ignore::Reason::auto_mail:
            return "automatic mail";
        case Ignore::Reason::bounce:
            return "delivery report";
        case Ignore::Reason::own_mail:
            return "our own mail";
        case Ignore::Reason::duplicate:
            return "the same mail came before";
    }
    return "";
}

const char* explain(const Reject& reject) {
    switch (reject.reason) {
        case Reject::Reason::wrong_sender:
            return "the sender is not the person this notification was sent to";
        case Reject::Reason::forwarded:
            return "a forwarded notification can only be answered by the person it was sent to";
        case Reject::Reason::token_expired:
            return "the notification is too old to be answered";
        case Reject::Reason::person_inactive:
            return "the person may no longer comment";
        case Reject::Reason::no_sender:
            return "the mail has no sender";
    }
    return "";
}

}  // namespace restante::reply
