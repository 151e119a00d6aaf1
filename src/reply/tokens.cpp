#include "reply/tokens.hpp"

#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::reply {
namespace {
constexpr std::size_t kMarkBytes = 10;
constexpr std::string_view kFooterMark = "ref: ";
constexpr std::array<std::string_view, 8> kAddressFields{
    "To", "Cc", "Delivered-To", "X-Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To"};

bool is_base32(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

class Search {
public:
    Search(const message::Message& message, const TokenSeal& seal, const TokenSearch& search)
        : message_(message), seal_(seal), search_(search) {}

    std::vector<FoundToken> run() {
        message::Limits limits;
        limits.max_addresses = search_.max_addresses;
        for (const std::string_view field : kAddressFields)
            for (const message::Mailbox& mailbox : message_.mailboxes(field, limits)) {
                const message::PlusParts parts = message::split_plus(mailbox.address.local_part);
                if (parts.detail) add(seal_.open(*parts.detail), TokenPlace::address);
            }
        for (const std::string& id : message_.in_reply_to) add(token_of_id(seal_, id), TokenPlace::in_reply_to);
        std::size_t looked = 0;
        for (auto id = message_.references.rbegin();
             id != message_.references.rend() && looked < search_.max_references; ++id, ++looked)
            add(token_of_id(seal_, *id), TokenPlace::references);
        if (found_.empty()) search_body();
        return std::move(found_);
    }

private:
    void search_body() {
        const std::string_view text = message_.text;
        for (std::size_t at = text.find(kFooterMark); at != std::string_view::npos; at = text.find(kFooterMark, at + 1))
            add(seal_.open(text.substr(at + kFooterMark.size(), TokenSeal::kSealedLength)), TokenPlace::body);
    }

    void add(std::optional<std::string> token, TokenPlace place) {
        if (!token || found_.size() >= search_.max_found) return;
        const bool known =
            std::any_of(found_.begin(), found_.end(), [&](const FoundToken& f) { return f.token == *token; });
        if (!known) found_.push_back({std::move(*token), place});
    }

    const message::Message& message_;
    const TokenSeal& seal_;
    const TokenSearch& search_;
    std::vector<FoundToken> found_;
};
}  // namespace

std::string TokenSeal::mark(std::string_view token) const {
    return base32_lower(hmac_sha256(key_, "reply-token:" + std::string(token)).substr(0, kMarkBytes));
}

std::string TokenSeal::seal(std::string_view token) const { return std::string(token) + mark(token); }

std::optional<std::string> TokenSeal::open(std::string_view sealed) const {
    if (sealed.size() != kSealedLength) return std::nullopt;
    const std::string lower = to_lower(sealed);
    if (!is_base32(lower)) return std::nullopt;
    std::string token = lower.substr(0, kTokenLength);
    if (!constant_time_equal(mark(token), std::string_view(lower).substr(kTokenLength))) return std::nullopt;
    return token;
}

std::string notification_id(const TokenSeal& seal, std::string_view token, std::int64_t comment_id,
                            std::string_view domain) {
    return seal.seal(token) + '.' + std::to_string(comment_id) + '@' + std::string(domain);
}

std::optional<std::string> token_of_id(const TokenSeal& seal, std::string_view message_id) {
    const std::size_t end = message_id.find_first_of(".@");
    return end == std::string_view::npos ? std::nullopt : seal.open(message_id.substr(0, end));
}

std::vector<FoundToken> find_tokens(const message::Message& message, const TokenSeal& seal, const TokenSearch& search) {
    return Search(message, seal, search).run();
}

}  // namespace restante::reply
