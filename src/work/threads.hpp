#pragma once
// Comments on items, and the notifications and reply tokens that each of them causes.
#include "work/mail_log.hpp"
#include "work/notification.hpp"
#include "work/types.hpp"

namespace restante::db {
class Session;
}

namespace restante::work {

struct Context;

/// Thread-safe. All calls block (SQL); changes are durable when they return.
class Threads {
public:
    Threads(const Context& context, NotificationComposer& composer, Enqueue enqueue)
        : context_(context), composer_(composer), enqueue_(std::move(enqueue)) {}

    struct New {
        std::int64_t item_id = 0;
        std::int64_t author_id = 0;
        std::string body;
        std::int64_t in_reply_to = 0;  // a comment of the same item, 0: none
    };
    /// The comment, a notification with its token for every subscriber who may view the item (never the author), and
    /// the author's subscription: all in one durable transaction.
    /// Errors: not_found (item, person, comment), invalid (empty), too_large, denied (not active, may not view).
    Result<Comment> add_comment(const New& comment);

    struct NewByMail : New {
        std::string trimmed;  // what was cut from the mail; cut off at Options::max_trimmed_bytes
        MailFacts mail;       // original_id is kept with the comment
    };
    struct ByMail {
        Comment comment;
        bool repeated = false;  // the delivery_id had made its comment before: nothing was changed, nobody notified
    };
    /// As add_comment, and the mail's record (received) in the same transaction. A refusal is not recorded: the
    /// intake decides what it tells the sender and calls MailLog::record.
    Result<ByMail> add_comment_by_mail(const NewByMail& comment);

    Result<Comment> find(std::int64_t comment);
    /// Oldest first.
    Result<std::vector<Comment>> list(std::int64_t item, const Page& page);

    /// Expired tokens are found until they are removed: look at expires_at. nullopt: never made, or removed.
    Result<std::optional<ReplyToken>> find_token(const std::string& token);
    /// Removes at most `most` tokens that expired before now; returns how many.
    Result<std::int64_t> remove_expired_tokens(std::size_t most = 1000);

private:
    Result<Comment> insert(db::Session& session, const New& wanted, const std::string& trimmed, const MailFacts* mail);
    Result<void> notify(db::Session& session, const Item& item, const Comment& comment);
    Result<std::string> make_token(db::Session& session, const Person& recipient, const Comment& comment);

    const Context& context_;
    NotificationComposer& composer_;
    const Enqueue enqueue_;
};

}  // namespace restante::work
