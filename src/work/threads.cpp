#include "work/threads.hpp"

#include "base/random.hpp"
#include "base/text.hpp"
#include "work/context.hpp"

namespace restante::work {
namespace {

constexpr std::size_t kTokenBytes = 16;  // 128 bit: nobody guesses one

constexpr std::string_view kSelect =
    "SELECT c.id, c.item_id, c.author_id, p.name, c.body, c.trimmed, c.origin, c.original_id, c.in_reply_to, "
    "c.created_at "
    "FROM work_comment c JOIN work_person p ON p.id=c.author_id ";

Comment comment_of(const db::Row& row) {
    return {.id = row.integer(0),
            .item_id = row.integer(1),
            .author_id = row.integer(2),
            .author_name = std::string(row.text(3)),
            .body = std::string(row.text(4)),
            .trimmed = std::string(row.text(5)),
            .origin = static_cast<CommentOrigin>(row.integer(6)),
            .original_id = row.integer(7),
            .in_reply_to = row.integer(8),  // NULL reads as 0
            .created_at = from_micros(row.integer(9))};
}

Result<std::optional<Comment>> load_one(db::Session& session, std::string_view where, const db::Value& value) {
    std::optional<Comment> found;
    auto done = session.query(std::string(kSelect) + std::string(where), {value},
                              [&](const db::Row& row) { found = comment_of(row); });
    if (!done) return fail(std::move(done.error()));
    return found;
}

Result<void> check_in_reply_to(db::Session& session, std::int64_t comment, std::int64_t item) {
    if (comment == 0) return {};
    auto found = session.integer("SELECT 1 FROM work_comment WHERE id=$1 AND item_id=$2", {comment, item});
    if (!found) return fail(std::move(found.error()));
    if (!*found)
        return fail(ErrorKind::not_found, "in_reply_to: item " + std::to_string(item) + " has no such comment");
    return {};
}

/// Who commented wants to hear the answers; a full list of subscribers must not stop the comment.
Result<void> subscribe_author(db::Session& session, const Context& context, const Comment& comment) {
    auto done = subscribe(session, context, comment.item_id, comment.author_id, SubscriptionReason::commenter);
    if (!done && done.error().kind != ErrorKind::over_quota) return done;
    return {};
}

}  // namespace

Result<Comment> Threads::insert(db::Session& session, const New& wanted, const std::string& trimmed,
                                const MailFacts* mail) {
    auto item = load_item(session, wanted.item_id);
    if (!item) return fail(std::move(item.error()));
    auto author = load_person(session, wanted.author_id);
    if (!author) return fail(std::move(author.error()));
    if (auto ok = require_view(session, *author, item->project_id); !ok) return fail(std::move(ok.error()));
    if (auto ok = require_open(session, item->project_id); !ok) return fail(std::move(ok.error()));
    if (auto ok = check_in_reply_to(session, wanted.in_reply_to, item->id); !ok) return fail(std::move(ok.error()));
    auto body = many_lines(wanted.body, context_.options.max_comment_bytes, "body");
    if (!body) return fail(std::move(body.error()));
    if (body->empty()) return fail(ErrorKind::invalid, "body must not be empty");
    const Comment comment{.id = context_.ids.next(),
                          .item_id = item->id,
                          .author_id = author->id,
                          .author_name = author->name,
                          .body = std::move(*body),
                          .trimmed = trimmed,
                          .origin = mail != nullptr ? CommentOrigin::mail : CommentOrigin::api,
                          .original_id = mail != nullptr ? mail->original_id : 0,
                          .in_reply_to = wanted.in_reply_to,
                          .created_at = context_.clock.now()};
    auto done = session.execute(
        "INSERT INTO work_comment(id, item_id, author_id, body, trimmed, origin, original_id, in_reply_to, created_at, "
        "delivery_id) "
        "VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        {comment.id, comment.item_id, comment.author_id, comment.body, comment.trimmed,
         static_cast<std::int64_t>(comment.origin), comment.original_id,
         comment.in_reply_to == 0 ? db::Value(nullptr) : db::Value(comment.in_reply_to), to_micros(comment.created_at),
         mail != nullptr ? db::Value(std::string_view(mail->delivery_id)) : db::Value(nullptr)});
    if (!done) return fail(std::move(done.error()));
    if (auto ok = session.execute("UPDATE work_item SET updated_at=$2 WHERE id=$1",
                                  {item->id, to_micros(comment.created_at)});
        !ok)
        return fail(std::move(ok.error()));
    if (auto ok = notify(session, *item, comment); !ok) return fail(std::move(ok.error()));
    if (auto ok = subscribe_author(session, context_, comment); !ok) return fail(std::move(ok.error()));
    return comment;
}

Result<void> Threads::notify(db::Session& session, const Item& item, const Comment& comment) {
    // The right to view is looked at when the mail is made: who lost it hears nothing more.
    std::vector<Person> recipients;
    auto done = session.query(
        "SELECT p.id, p.name, p.email, p.account_id, p.active, p.created_at FROM work_subscription s "
        "JOIN work_person p ON p.id=s.person_id JOIN work_project j ON j.id=$2 "
        "WHERE s.item_id=$1 AND p.active=1 AND p.id<>$3 AND (j.visibility=$4 OR EXISTS("
        "SELECT 1 FROM work_member m WHERE m.project_id=j.id AND m.person_id=p.id)) ORDER BY p.id",
        {item.id, item.project_id, comment.author_id, static_cast<std::int64_t>(Visibility::everyone)},
        [&](const db::Row& row) { recipients.push_back(person_of(row)); });
    if (!done) return done;
    for (const Person& recipient : recipients) {
        auto token = make_token(session, recipient, comment);
        if (!token) return fail(std::move(token.error()));
        auto mail = composer_.compose(item, comment, recipient, *token);
        if (!mail) return fail(std::move(mail.error()));
        if (auto queued = enqueue_(session, *mail); !queued) return fail(std::move(queued.error()));
    }
    return {};
}

Result<std::string> Threads::make_token(db::Session& session, const Person& recipient, const Comment& comment) {
    std::string token = base32_lower(random_bytes(kTokenBytes));
    const Timestamp now = context_.clock.now();
    auto done = session.execute(
        "INSERT INTO work_token(token, person_id, item_id, comment_id, created_at, expires_at) "
        "VALUES($1,$2,$3,$4,$5,$6)",
        {token, recipient.id, comment.item_id, comment.id, to_micros(now),
         to_micros(now + context_.options.token_lifetime)});
    if (!done) return fail(std::move(done.error()));
    return token;
}

Result<Comment> Threads::add_comment(const New& comment) {
    return context_.database.write([&](db::Session& session) { return insert(session, comment, {}, nullptr); });
}

Result<Threads::ByMail> Threads::add_comment_by_mail(const NewByMail& wanted) {
    if (wanted.mail.delivery_id.empty()) return fail(ErrorKind::invalid, "a comment by mail needs a delivery id");
    const std::string trimmed = cut_utf8(wanted.trimmed, context_.options.max_trimmed_bytes);
    return context_.database.write([&](db::Session& session) -> Result<ByMail> {
        auto before = load_one(session, "WHERE c.delivery_id=$1", wanted.mail.delivery_id);
        if (!before) return fail(std::move(before.error()));
        if (*before) return ByMail{std::move(**before), true};
        auto comment = insert(session, wanted, trimmed, &wanted.mail);
        if (!comment) return fail(std::move(comment.error()));
        auto recorded =
            record_mail(session, context_, wanted.mail, MailVerdict::received,
                        "comment on item " + std::to_string(comment->item_id), comment->item_id, comment->id);
        if (!recorded) return fail(std::move(recorded.error()));
        return ByMail{std::move(*comment), false};
    });
}

Result<Comment> Threads::find(std::int64_t id) {
    return context_.database.read([&](db::Session& session) -> Result<Comment> {
        auto found = load_one(session, "WHERE c.id=$1", id);
        if (!found) return fail(std::move(found.error()));
        if (!*found) return fail(ErrorKind::not_found, "no comment with id " + std::to_string(id));
        return std::move(**found);
    });
}

Result<std::vector<Comment>> Threads::list(std::int64_t item, const Page& page) {
    return context_.database.read([&](db::Session& session) -> Result<std::vector<Comment>> {
        if (auto found = load_item(session, item); !found) return fail(std::move(found.error()));
        std::vector<Comment> comments;
        auto done = session.query(std::string(kSelect) + "WHERE c.item_id=$1 AND c.id>$2 ORDER BY c.id LIMIT $3",
                                  {item, page.after, page_limit(context_, page)},
                                  [&](const db::Row& row) { comments.push_back(comment_of(row)); });
        if (!done) return fail(std::move(done.error()));
        return comments;
    });
}

Result<std::optional<ReplyToken>> Threads::find_token(const std::string& token) {
    return context_.database.read([&](db::Session& session) -> Result<std::optional<ReplyToken>> {
        std::optional<ReplyToken> found;
        auto done = session.query(
            "SELECT token, person_id, item_id, comment_id, created_at, expires_at FROM work_token WHERE token=$1",
            {token}, [&](const db::Row& row) {
                found = ReplyToken{std::string(row.text(0)),
                                   row.integer(1),
                                   row.integer(2),
                                   row.integer(3),
                                   from_micros(row.integer(4)),
                                   from_micros(row.integer(5))};
            });
        if (!done) return fail(std::move(done.error()));
        return found;
    });
}

Result<std::int64_t> Threads::remove_expired_tokens(std::size_t most) {
    return context_.database.write([&](db::Session& session) {
        return session.execute(
            "DELETE FROM work_token WHERE token IN(SELECT token FROM work_token WHERE expires_at<$1 ORDER BY "
            "expires_at LIMIT $2)",
            {to_micros(context_.clock.now()), static_cast<std::int64_t>(most)});
    });
}

}  // namespace restante::work
