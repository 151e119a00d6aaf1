#pragma once
// The mails that tell people about comments, made so that an answer finds its thread again.
#include <string>

#include "message/envelope.hpp"
#include "reply/tokens.hpp"
#include "store/outbox.hpp"
#include "work/notification.hpp"

namespace restante::reply {

struct NotificationOptions {
    message::Address sender;           // From of all notifications: one fixed address, no spoofing of people (S1.41)
    message::Address reply_address;    // the mailbox that is collected
    bool plus_addressing = true;       // false: the token travels in the Message-ID and in the footer only (S1.11)
    std::string product = "Restante";  // in the footer and as From where the author has no name
    std::string base_url;              // "https://work.example.org"; empty: no link to the item
};

/// Thread-safe, pure.
class Notifications final : public work::NotificationComposer {
public:
    Notifications(TokenSeal seal, NotificationOptions options) : seal_(std::move(seal)), options_(std::move(options)) {}

    /// From: the author's name with the fixed address. Subject "Comment on TITLE on PROJECT (ref# 12)", with "RE: " for
    /// an answer. References name the item, so that mail programs show one thread. Errors: invalid (an address that
    /// cannot be written to).
    Result<work::OutgoingMail> compose(const work::Item& item, const work::Comment& comment,
                                       const work::Person& recipient, const std::string& token) override;

private:
    std::string text_of(const work::Item& item, const work::Comment& comment, const std::string& sealed) const;
    std::string html_of(const work::Item& item, const work::Comment& comment, const std::string& sealed) const;
    std::string headline(const work::Item& item, const work::Comment& comment) const;
    std::string url_of(const work::Item& item) const;

    const TokenSeal seal_;
    const NotificationOptions options_;
};

/// The tracker's way into the outbox, which must outlive it.
work::Enqueue enqueue_into(store::Outbox& outbox);

}  // namespace restante::reply
