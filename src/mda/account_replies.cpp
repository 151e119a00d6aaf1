// Automatic replies: who gets one, once an interval.
#include "base/text.hpp"
#include "directory/names.hpp"
#include "mda/account_rules.hpp"
#include "mda/auto_reply.hpp"

namespace restante::mda {

void AccountRules::answer(const std::vector<std::int64_t>& accounts, const message::Envelope& envelope,
                          const message::Message& message) {
    for (const std::int64_t id : accounts) {
        const auto account = parts_.directory.account_by_id(id);
        if (account && *account && (*account)->auto_reply) answer_for(**account, envelope, message);
    }
}

void AccountRules::answer_for(const directory::Account& account, const message::Envelope& envelope,
                              const message::Message& message) {
    const Timestamp now = parts_.clock.now();
    const directory::AutoReply& reply = *account.auto_reply;
    if (!reply.active(now)) return;
    const directory::Login self{directory::Login::Kind::account, account.id, account.tenant_id, account.name, "name"};
    const auto is_own = [&](const message::Address& address) { return parts_.directory.may_send_as(self, address); };
    if (const char* reason = unanswerable(envelope, message, is_own))
        return parts_.log.debug("auto_reply.none", {{"account", account.name}, {"reason", reason}});
    const message::Address& sender = *envelope.reverse_path;
    const std::string domain(directory::domain_of(account.default_address));
    auto bytes = compose_auto_reply(account, reply, {sender, message},
                                    "auto-reply." + std::to_string(parts_.ids.next()) + '@' + domain, now);
    if (!bytes)
        return parts_.log.warn("auto_reply.none", {{"account", account.name}, {"reason", bytes.error().detail}});
    // RFC 3834 3.3: with the null reverse-path, so that nothing comes back.
    const store::OutgoingMail mail{"", {sender.to_string()}, std::move(*bytes), {}, ""};
    auto done = parts_.database.write([&](db::Session& session) -> Result<bool> {
        auto is_new = remember(session, account.id, directory::address_key(sender), reply.interval);
        if (!is_new || !*is_new) return is_new;
        auto queued = parts_.outbox.enqueue(session, mail);
        if (!queued) return fail(std::move(queued.error()));
        return true;
    });
    if (!done)
        parts_.log.error("auto_reply.failed", {{"account", account.name}, {"reason", done.error().detail}});
    else if (*done)
        parts_.log.info("auto_reply.sent", {{"account", account.name}, {"to", sender.to_string()}});
}

Result<bool> AccountRules::remember(db::Session& session, std::int64_t account, const std::string& sender,
                                    std::chrono::days interval) {
    const std::int64_t now = to_micros(parts_.clock.now());
    const std::int64_t since = to_micros(parts_.clock.now() - interval);
    auto put = session.execute(
        "INSERT INTO auto_reply_sender(account_id, sender, at) VALUES($1, $2, $3) "
        "ON CONFLICT(account_id, sender) DO UPDATE SET at=excluded.at WHERE auto_reply_sender.at <= $4",
        {account, std::string_view(sender), now, since});
    if (!put) return fail(std::move(put.error()));
    if (*put == 0) return false;
    auto purged = session.execute("DELETE FROM auto_reply_sender WHERE account_id=$1 AND at <= $2", {account, since});
    if (!purged) return fail(std::move(purged.error()));
    auto trimmed = session.execute(
        "DELETE FROM auto_reply_sender WHERE account_id=$1 AND sender IN (SELECT sender FROM auto_reply_sender "
        "WHERE account_id=$1 ORDER BY at DESC LIMIT 1000000 OFFSET $2)",
        {account, static_cast<std::int64_t>(options().auto_reply_senders)});
    if (!trimmed) return fail(std::move(trimmed.error()));
    return true;
}

}  // namespace restante::mda
