// Who sent this message, and is it spam? Asked before it is delivered; what our users send is signed.
#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "mta/authenticator.hpp"
#include "mta/replies.hpp"
#include "mta/session.hpp"
#include "mta/spam_check.hpp"
#include "mta/unwanted_fields.hpp"

namespace restante::mta {
namespace {

/// 0 to 99, for DMARC's pct=.
unsigned throw_dice() { return static_cast<unsigned char>(random_bytes(1)[0]) % 100U; }

/// RFC 5321 4.5.1, RFC 2142 4: they want to hear of what goes wrong, complaints with the spam in them among it. For them
/// alone, or anybody's spam would come in by naming them too.
bool is_for_operators(const message::Envelope& envelope) {
    return std::ranges::all_of(envelope.recipients, [](const message::Recipient& recipient) {
        return iequals(recipient.address.local_part, "postmaster") || iequals(recipient.address.local_part, "abuse");
    });
}

}  // namespace

net::Task<std::optional<smtp::Reply>> Session::authenticate(const message::Envelope& envelope, mda::Origin& origin) {
    if (header_.facts().unwanted > 0) {
        auto failed = co_await take_out_unwanted(origin.kind == mda::Origin::Kind::submission);
        if (failed) co_return failed;
    }
    if (origin.kind == mda::Origin::Kind::submission) co_return co_await sign(envelope, origin);
    if (origin.kind != mda::Origin::Kind::mx) co_return std::nullopt;
    filter::Circumstances found;
    auto refusal = co_await verify(envelope, origin, found);
    if (refusal) co_return refusal;
    co_return co_await judge_spam(envelope, origin, std::move(found));
}

net::Task<std::optional<smtp::Reply>> Session::take_out_unwanted(bool is_ours) {
    auto& parts = shared_->parts;
    UnwantedFields unwanted;
    unwanted.authserv_id = authserv_id();
    unwanted.spam_fields = parts.spam_check != nullptr && parts.spam_check->is_on();
    unwanted.bcc = is_ours;
    const auto count =
        co_await cut_unwanted(draft_, std::move(unwanted), parts.store, parts.work, shared_->options.inline_draft_octets);
    if (!count) {
        parts.log.error("smtp.draft_failed", {{"id", id_}, {"reason", count.error().detail}});
        co_return replies::draft_failed(count.error());
    }
    shared_->counts.forged.add(count->results);
    co_return std::nullopt;
}

const std::string& Session::authserv_id() const {
    const std::string& named = shared_->options.mailauth.authserv_id;
    return named.empty() ? protocol().host_name : named;
}

net::Task<std::optional<smtp::Reply>> Session::verify(const message::Envelope& envelope, mda::Origin& origin,
                                                      filter::Circumstances& found) {
    auto& parts = shared_->parts;
    if (parts.authenticator == nullptr) co_return std::nullopt;
    mailauth::Options options = shared_->options.mailauth;
    const bool has_address = stream_.peer().family() != net::Address::Family::unix_path;
    if (!options.verify || !has_address || !parts.authenticator->can_verify()) co_return std::nullopt;
    options.authserv_id = authserv_id();
    mailauth::Circumstances circumstances;
    circumstances.client = stream_.peer();
    circumstances.helo = machine_.session().client_name;
    circumstances.reverse_path = envelope.reverse_path;
    circumstances.receiver = protocol().host_name;
    circumstances.now = parts.clock.now();
    circumstances.dice = throw_dice();
    const auto judged =
        co_await parts.authenticator->judge(*draft_, circumstances, options, shared_->options.inline_draft_octets);
    if (!judged) {
        parts.log.error("smtp.draft_failed", {{"id", id_}, {"reason", judged.error().detail}});
        co_return replies::draft_failed(judged.error());
    }
    if (judged->is_refused) {
        parts.log.info("smtp.not_authenticated",
                       {{"id", id_},
                        {"peer", stream_.peer().ip()},
                        {"from", envelope.reverse_path ? envelope.reverse_path->to_string() : ""},
                        {"reason", judged->reason}});
        co_return replies::not_authenticated();
    }
    origin.trace = judged->fields + origin.trace;
    found.spf = judged->spf;
    found.dmarc = judged->dmarc;
    found.dkim_passed = judged->dkim_passed;
    co_return std::nullopt;
}

/// What LMTP brings has been accepted elsewhere: a refusal would come back to the wrong one as a bounce.
net::Task<std::optional<smtp::Reply>> Session::judge_spam(const message::Envelope& envelope, mda::Origin& origin,
                                                          filter::Circumstances found) {
    auto& parts = shared_->parts;
    if (parts.spam_check == nullptr || !parts.spam_check->is_on()) co_return std::nullopt;
    const bool may_refuse = protocol().kind != smtp::ServerOptions::Kind::lmtp && !is_for_operators(envelope);
    found.received_at = parts.clock.now();
    const auto judged = co_await parts.spam_check->judge(*draft_, std::move(found), may_refuse, shared_->options.inline_draft_octets);
    if (!judged) {
        parts.log.error("smtp.draft_failed", {{"id", id_}, {"reason", judged.error().detail}});
        co_return replies::draft_failed(judged.error());
    }
    if (judged->is_refused) {
        parts.log.info("smtp.spam_refused", {{"id", id_},
                                             {"peer", stream_.peer().ip()},
                                             {"from", envelope.reverse_path ? envelope.reverse_path->to_string() : ""},
                                             {"score", static_cast<std::uint64_t>(judged->score)},
                                             {"tests", judged->tests}});
        co_return replies::is_spam();
    }
    origin.trace = judged->fields + origin.trace;
    co_return std::nullopt;
}

/// Under the author's domain, which must be the one the sender was allowed to use in MAIL.
net::Task<std::optional<smtp::Reply>> Session::sign(const message::Envelope& envelope, mda::Origin& origin) {
    auto& parts = shared_->parts;
    const mailauth::Options options = shared_->options.mailauth;
    if (parts.authenticator == nullptr || !options.sign || !envelope.reverse_path) co_return std::nullopt;
    const auto fields =
        co_await parts.authenticator->sign(origin.trace, *draft_, envelope.reverse_path->domain, parts.clock.now(),
                                           options, shared_->options.inline_draft_octets);
    if (!fields) {
        parts.log.error("smtp.draft_failed", {{"id", id_}, {"reason", fields.error().detail}});
        co_return replies::draft_failed(fields.error());
    }
    origin.trace = *fields + origin.trace;
    co_return std::nullopt;
}

}  // namespace restante::mta
