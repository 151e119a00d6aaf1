#pragma once
// Reply tokens as they travel: signed, so that guessed and foreign ones never reach the database. Pure, thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message/message.hpp"

namespace restante::reply {

/// Signs and recognises tokens of 26 characters a-z2-7 (128 bits). Sealed, a token is followed by 16 characters of
/// HMAC-SHA-256 (80 bits): 42 characters that survive being folded to lower or upper case.
class TokenSeal {
public:
    static constexpr std::size_t kTokenLength = 26;
    static constexpr std::size_t kSealedLength = 42;

    /// key: at least 16 random octets, the same for as long as notifications shall be answered.
    explicit TokenSeal(std::string key) : key_(std::move(key)) {}

    std::string seal(std::string_view token) const;
    /// The token inside, or nullopt for anything that this key has not sealed. Case does not matter; compared in
    /// constant time.
    std::optional<std::string> open(std::string_view sealed) const;

private:
    std::string mark(std::string_view token) const;
    std::string key_;
};

/// Where a token was found; earlier ones count more.
enum class TokenPlace { address, in_reply_to, references, body };

struct FoundToken {
    std::string token;
    TokenPlace place = TokenPlace::address;
};

struct TokenSearch {
    std::size_t max_references = 20;  // looked at from the newest on
    std::size_t max_found = 10;       // different tokens
    std::size_t max_addresses = 200;  // of one field
};

/// The tokens of a message that this seal recognises, each once, the most telling first: in the plus part of To, Cc,
/// Delivered-To, X-Delivered-To, X-Original-To, Envelope-To, X-Envelope-To and X-Forwarded-To; in the Message-IDs of
/// In-Reply-To and References; and, only if none of these has one, behind "ref: " in the text (a quoted footer).
std::vector<FoundToken> find_tokens(const message::Message& message, const TokenSeal& seal,
                                    const TokenSearch& search = {});

/// "SEALED.17@example.org": Message-ID of a notification, without angle brackets.
std::string notification_id(const TokenSeal& seal, std::string_view token, std::int64_t comment_id,
                            std::string_view domain);

/// The token in the Message-ID of one of our own notifications, or nullopt.
std::optional<std::string> token_of_id(const TokenSeal& seal, std::string_view message_id);

}  // namespace restante::reply
