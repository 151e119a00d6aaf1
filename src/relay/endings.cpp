// What became of each recipient: read from the replies, told, written down.
#include <algorithm>

#include "relay/relay.hpp"
#include "relay/tables.hpp"

namespace restante::relay {

/// What the server said of each recipient, as it is written down and told.
std::vector<Relay::Ending> Relay::endings_of(const Work& work, const std::vector<smtp::RecipientOutcome>& outcomes,
                                             const Conversation& conversation) {
    using Kind = smtp::RecipientOutcome::Kind;
    std::vector<Ending> endings;
    for (std::size_t i = 0; i < work.items.size(); ++i) {
        const smtp::Reply& reply = outcomes[i].reply;
        const std::string code = smtp::to_string(reply.enhanced);
        const std::string usual = outcomes[i].kind == Kind::permanent ? "5.0.0" : "4.0.0";
        Ending ending;
        ending.item = work.items[i];
        ending.fate = {work.items[i].recipient, code.empty() ? usual : code, "", conversation.host(), ""};
        ending.fate.reply = std::to_string(reply.code) + (code.empty() ? " " : " " + code + " ") + reply.text;
        ending.fate.reason = conversation.name() + ": " + ending.fate.reply;
        if (outcomes[i].kind == Kind::delivered) {
            ending.kind = Ending::Kind::sent;
            ending.notify_relayed = !conversation.offers_dsn();
            ending.fate.status = ending.fate.status.starts_with('2') ? ending.fate.status : "2.0.0";
        } else if (outcomes[i].kind == Kind::permanent) {
            ending.kind = Ending::Kind::failed;
        }
        endings.push_back(std::move(ending));
    }
    return endings;
}

/// Tells the sender what has to be told, then writes down what became of each recipient: in this order, so that nothing
/// is forgotten untold. What could not be told is tried again.
net::Task<> Relay::conclude(const MailFacts& mail, std::vector<Ending> endings, std::string host) {
    std::vector<Fate> failed, relayed;
    for (const Ending& ending : endings) {
        const auto& notify = ending.item.recipient.notify;
        if (ending.kind == Ending::Kind::failed && wanted(Notice::failed, mail.envelope, notify))
            failed.push_back(ending.fate);
        if (ending.kind == Ending::Kind::sent && ending.notify_relayed &&
            wanted(Notice::relayed, mail.envelope, notify))
            relayed.push_back(ending.fate);
    }
    bool told = true;
    if (!failed.empty()) told = co_await report(Notice::failed, mail, std::move(failed));
    if (!relayed.empty()) (void)co_await report(Notice::relayed, mail, std::move(relayed));
    for (Ending& ending : endings) {
        if (ending.kind == Ending::Kind::failed && !told) ending.kind = Ending::Kind::deferred;
        const bool sent = ending.kind == Ending::Kind::sent, lost = ending.kind == Ending::Kind::failed;
        (sent ? sent_ : lost ? failed_ : deferred_).add();
        parts_.log.info(sent   ? "relay.sent"
                        : lost ? "relay.gave_up"
                               : "relay.deferred",
                        {{"message", mail.id},
                         {"recipient", ending.item.recipient.address.to_string()},
                         {"at", host},
                         {"reply", ending.fate.reason}});
    }
    Queue::Change settle = [this, endings](db::Session& s) { return write_down(s, endings); };
    const auto written = co_await change(std::move(settle));
    if (!written) parts_.log.error("relay.unwritable", {{"message", mail.id}, {"reason", written.error().detail}});
}

Result<void> Relay::write_down(db::Session& session, const std::vector<Ending>& endings) const {
    for (const Ending& ending : endings) {
        auto done = ending.kind == Ending::Kind::deferred
                        ? tables::defer(session, ending.item, next_try(ending.item.attempts + 1), ending.fate.reason)
                        : tables::remove(session, ending.item);
        if (!done) return done;
    }
    return {};
}

Timestamp Relay::next_try(std::int64_t failures) const {
    const Options options = parts_.queue.options();
    auto wait = options.retry_first;
    for (std::int64_t i = 1; i < failures && wait < options.retry_most; ++i) wait *= 2;
    return parts_.clock.now() + std::min(wait, std::max(options.retry_most, options.retry_first));
}

}  // namespace restante::relay
