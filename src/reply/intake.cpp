#include "reply/intake.hpp"

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::reply {
namespace {
IntakeVerdict verdict_of(const work::MailRecord& record) { return {record.verdict, record.reason, record.comment_id}; }

work::MailFacts facts_of(const CollectedMail& mail, const message::Message& message) {
    work::MailFacts facts;
    facts.delivery_id = mail.delivery_id;
    facts.connection_id = mail.connection_id;
    facts.uidl = mail.uidl;
    facts.message_id = message.message_id;
    facts.sha256 = to_hex(sha256(mail.raw));
    facts.sender = message.from.empty() ? "" : message.from.front().address.to_string();
    facts.subject = message.subject;
    facts.original_id = mail.original_id;
    return facts;
}

/// Two copies of one mail (two addresses of ours in To, a forwarder that sends twice) differ in their trace fields and
/// UIDLs. What they share is who wrote what under which Message-ID.
std::string comment_key(const CollectedMail& mail, const message::Message& message, const Accept& accept) {
    if (message.message_id.empty()) return mail.delivery_id;
    std::string parts;
    for (const std::string& part :
         {message.message_id, std::to_string(accept.person_id), std::to_string(accept.item_id), message.text})
        parts += std::to_string(part.size()) + ':' + part;
    return "reply:" + to_hex(sha256(parts));
}

/// What the sender could have done otherwise, as opposed to what may work later.
bool is_refusal(ErrorKind kind) {
    return kind == ErrorKind::invalid || kind == ErrorKind::too_large || kind == ErrorKind::denied ||
           kind == ErrorKind::not_found;
}
}  // namespace

Result<IntakeVerdict> Intake::take(const CollectedMail& mail) {
    if (mail.delivery_id.empty()) return fail(ErrorKind::invalid, "a collected mail needs a delivery id");
    auto before = work_.mail_log().find_by_delivery(mail.delivery_id);
    if (!before) return fail(std::move(before.error()));
    if (*before && (*before)->verdict != work::MailVerdict::failed) return verdict_of(**before);
    const message::Message message = message::parse(mail.raw.substr(0, options_.max_parsed_bytes), options_.limits);
    auto lookup = look_up(find_tokens(message, seal_, options_.search));
    if (!lookup) return fail(std::move(lookup.error()));
    const bool own_id = token_of_id(seal_, message.message_id).has_value();
    const Judgement judgement = judge_reply(message, *lookup, options_.own_addresses, own_id, clock_.now());
    const work::MailFacts facts = facts_of(mail, message);
    if (const auto* accept = std::get_if<Accept>(&judgement)) return add_comment(*accept, message, mail, facts);
    if (const auto* ignore = std::get_if<Ignore>(&judgement))
        return record(facts, work::MailVerdict::ignored, explain(*ignore));
    if (const auto* reject = std::get_if<Reject>(&judgement))
        return record(facts, work::MailVerdict::rejected, explain(*reject));
    return record(facts, work::MailVerdict::unrelated, "nothing in it belongs to an item");
}

Result<TokenLookup> Intake::look_up(const std::vector<FoundToken>& tokens) {
    TokenLookup lookup;
    lookup.carried = !tokens.empty();
    for (const FoundToken& found : tokens) {
        auto token = work_.threads().find_token(found.token);
        if (!token) return fail(std::move(token.error()));
        if (!*token) continue;
        auto person = work_.people().find((*token)->person_id);
        if (!person && person.error().kind == ErrorKind::not_found) continue;
        if (!person) return fail(std::move(person.error()));
        auto address = message::Address::parse(person->email);
        if (!address) continue;
        lookup.facts = TokenFacts{(*token)->person_id, (*token)->item_id,   (*token)->comment_id, *address,
                                  person->active,      (*token)->expires_at};
        return lookup;
    }
    return lookup;
}

Result<IntakeVerdict> Intake::add_comment(const Accept& accept, const message::Message& message,
                                          const CollectedMail& mail, work::MailFacts facts) {
    Trimmed text = trim_reply(message.text, message.regions, options_.trim);
    work::Threads::NewByMail wanted;
    wanted.item_id = accept.item_id;
    wanted.author_id = accept.person_id;
    wanted.in_reply_to = accept.comment_id;
    wanted.body = std::move(text.visible);
    wanted.trimmed = std::move(text.trimmed);
    wanted.mail = facts;
    wanted.mail.delivery_id = comment_key(mail, message, accept);
    auto added = work_.threads().add_comment_by_mail(wanted);
    if (!added && is_refusal(added.error().kind))
        return record(facts, work::MailVerdict::rejected, added.error().detail);
    if (!added) return fail(std::move(added.error()));
    if (added->repeated) {
        auto first = work_.mail_log().find_by_delivery(wanted.mail.delivery_id);
        if (!first) return fail(std::move(first.error()));
        // The same mail of the same mailbox once more (its deletion was lost), or another copy of it?
        const bool same =
            *first && (*first)->facts.uidl == mail.uidl && (*first)->facts.connection_id == mail.connection_id;
        if (!same) return record(facts, work::MailVerdict::ignored, explain(Ignore{Ignore::Reason::duplicate}));
    }
    const std::string note =
        "comment " + std::to_string(added->comment.id) + " on item " + std::to_string(accept.item_id);
    log_.info("reply.received",
              {{"item", accept.item_id}, {"comment", added->comment.id}, {"delivery", mail.delivery_id}});
    return IntakeVerdict{work::MailVerdict::received, note, added->comment.id};
}

Result<IntakeVerdict> Intake::record(const work::MailFacts& facts, work::MailVerdict verdict,
                                     const std::string& reason) {
    auto recorded = work_.mail_log().record(facts, verdict, reason);
    if (!recorded) return fail(std::move(recorded.error()));
    log_.info("reply.refused",
              {{"verdict", work::to_string(verdict)}, {"reason", reason}, {"delivery", facts.delivery_id}});
    return verdict_of(*recorded);
}

}  // namespace restante::reply
