// Who may send what to whom, in one session.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "message/address_list.hpp"
#include "mta/replies.hpp"
#include "mta/session.hpp"
#include "net/task.hpp"

namespace restante::mta {
namespace {

using Kind = smtp::ServerOptions::Kind;

/// RFC 6761, RFC 2606: names that will never be in the DNS.
bool is_reserved(std::string_view domain) {
    static constexpr std::array<std::string_view, 5> kTop{"test", "example", "invalid", "localhost", "local"};
    const std::string_view last = domain.substr(domain.rfind('.') + 1);
    return std::ranges::find(kTop, last) != kTop.end();
}

}  // namespace

/// POP-before-SMTP (S4.10 to S4.14): who has just collected mail from this address needs no login to send.
void Session::vouch_after_pop() {
    const Options::PopBeforeSmtp& allowed = shared_->options.pop_before_smtp;
    const directory::PopLogins* const logins = shared_->parts.pop_logins;
    if (!allowed.enabled || logins == nullptr) return;
    const std::string address = stream_.peer().ip();
    for (const directory::Login& login : logins->since(address, began_ - allowed.window, allowed.needs_tls))
        if (auto still = shared_->parts.directory.login_as(login.name, {directory::Protocol::smtp, address}))
            popped_.push_back(std::move(*still));
    if (!popped_.empty()) machine_.vouch();
}

mda::Origin::Kind Session::origin_kind() const {
    const bool ours = sender_ || protocol().kind == Kind::submission || shared_->options.relays;
    return ours ? mda::Origin::Kind::submission : mda::Origin::Kind::mx;
}

bool Session::may_send(const directory::Login& login, const message::Address& sender) const {
    const auto& parts = shared_->parts;
    return parts.directory.may_send_as(login, sender) ||
           (parts.send_as != nullptr && parts.send_as->allows(login.name, sender));
}

void Session::answer(const smtp::CheckSender& step) {
    sender_ = login_;
    const smtp::Reply reply = judge_sender(step.sender);
    if (!reply.positive())
        shared_->parts.log.info("smtp.sender_refused", {{"peer", stream_.peer().to_string()},
                                                        {"login", sender_ ? sender_->name : ""},
                                                        {"sender", step.sender ? step.sender->to_string() : ""},
                                                        {"reply", reply.text}});
    machine_.resume(reply);
}

smtp::Reply Session::judge_sender(const message::Address* sender) {
    const auto now = std::chrono::steady_clock::now();
    const Options& options = shared_->options;
    if (!shared_->rate.take(stream_.peer().ip(), 1, options.message_rate, now)) return replies::sender_too_fast();
    if (!sender_ && !popped_.empty()) {
        // The address alone is not enough: behind it may be a whole office.
        const auto own = std::ranges::find_if(
            popped_, [&](const directory::Login& login) { return sender != nullptr && may_send(login, *sender); });
        if (own != popped_.end()) sender_ = *own;
    }
    if (!sender_) {
        const bool anyone = protocol().kind != Kind::submission;
        return anyone ? replies::sender_taken() : replies::sender_not_yours();
    }
    if (sender != nullptr && !may_send(*sender_, *sender)) return replies::sender_not_yours();
    if (shared_->parts.senders != nullptr && !shared_->parts.senders->message(*sender_, !login_, options, now))
        return replies::sending_limit();
    if (!login_) note_pop_use();
    return replies::sender_taken();
}

/// S4.14: who is still without a login of its own stands in a list.
void Session::note_pop_use() {
    const auto& parts = shared_->parts;
    shared_->counts.by_pop.add();
    parts.log.info("smtp.by_pop", {{"peer", stream_.peer().ip()}, {"account", sender_->name}});
    if (parts.pop_uses == nullptr) return;
    (void)parts.work.post([uses = parts.pop_uses, &log = parts.log, account = sender_->name, from = stream_.peer().ip()] {
        if (const auto noted = uses->note(account, from); !noted)
            log.error("smtp.by_pop_unknown", {{"account", account}, {"reason", noted.error().detail}});
    });
}

net::Task<> Session::answer(const smtp::CheckRecipient& step) {
    const smtp::Reply reply = judge_recipient(*step.recipient);
    // Who tries many names to see which exist is to have little of it (S2.46).
    const bool guessing = reply.permanent() && !sender_ && ++refused_recipients_ > shared_->options.tarpit_after;
    if (guessing && !shared_->stopping()) co_await net::sleep_for(shared_->options.tarpit);
    machine_.resume(reply);
}

smtp::Reply Session::judge_recipient(const message::Address& recipient) {
    const auto& parts = shared_->parts;
    const Options& options = shared_->options;
    if (options.refuse_reserved_domains && is_reserved(recipient.domain) &&
        !parts.directory.is_local_domain(recipient.domain))
        return replies::reserved_domain();
    if (const auto found = parts.mda.check_recipient(recipient, origin_kind()); !found) {
        shared_->counts.rejected_recipients.add();
        parts.log.info("smtp.recipient_refused", {{"peer", stream_.peer().to_string()},
                                                  {"recipient", recipient.to_string()},
                                                  {"reason", found.error().detail}});
        return replies::recipient_refused(found.error(), recipient, protocol().kind);
    }
    const auto now = std::chrono::steady_clock::now();
    if (sender_ && parts.senders != nullptr && !parts.senders->recipient(*sender_, options, now))
        return replies::sending_limit();
    return replies::recipient_taken();
}

/// The header of a complete message: a loop, or a From that is not the sender's to use. Several From fields and one
/// that is too long to be read whole are refused too, as it is anybody's guess which address a reader would be shown.
std::optional<smtp::Reply> Session::judge_header() const {
    const smtp::HeaderScanner::Facts& facts = header_.facts();
    if (facts.received >= shared_->options.max_hops || facts.received_here >= shared_->options.max_local_hops)
        return replies::mail_loop();
    if (!sender_ || !shared_->options.check_from || facts.from_fields == 0) return std::nullopt;
    if (facts.from_fields > 1 || facts.from_cut) return replies::several_from();
    // Programs differ in what they make of control characters: one may stop where another reads on.
    const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) && c != '\t' && c != '\r' && c != '\n'; };
    if (std::ranges::any_of(header_.from(), is_control)) return replies::no_from_address();
    message::Oddities oddities;
    const auto mailboxes = message::parse_mailboxes(header_.from(), {}, oddities);
    if (mailboxes.empty() || oddities.has(message::Oddity::bad_address) ||
        oddities.has(message::Oddity::too_many_addresses) || oddities.has(message::Oddity::nested_groups))
        return replies::no_from_address();
    for (const message::Mailbox& mailbox : mailboxes)
        if (!may_send(*sender_, mailbox.address)) {
            shared_->parts.log.info("smtp.from_refused", {{"peer", stream_.peer().to_string()},
                                                          {"login", sender_->name},
                                                          {"from", mailbox.address.to_string()}});
            return replies::from_not_yours();
        }
    return std::nullopt;
}

}  // namespace restante::mta
