#include "filter/features.hpp"

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <span>

#include "base/text.hpp"
#include "filter/links.hpp"
#include "filter/words.hpp"

namespace restante::filter {
namespace {

// Each kind has a share of its own, so that none can be padded until there is no room for the text.
constexpr std::size_t kMostWords = 1'000;  // of the text; each makes up to two features
constexpr std::size_t kMostFieldWords = 50;
constexpr std::size_t kMostMailboxes = 5;  // of a field
constexpr std::size_t kMostHosts = 50;
constexpr std::size_t kMostAttachments = 20;

// Whose presence says what wrote the mail. What relays and this server add is not among them.
constexpr std::array<std::string_view, 14> kTellingFields{
    "list-id",  "list-unsubscribe", "precedence",    "x-priority",   "importance",     "in-reply-to",  "references",
    "reply-to", "sender",           "organization",  "errors-to",    "x-originating-ip", "auto-submitted", "feedback-id"};

constexpr Feature kBasis = 0xcbf29ce484222325U;

Feature hashed(Feature hash, std::string_view text) {  // FNV-1a, 64 bits
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    return hash;
}

class Features {
public:
    explicit Features(bool with_texts) : with_texts_(with_texts) { known_.reserve(kMostWords); }

    /// One feature, in up to three pieces.
    void add(std::string_view first, std::string_view second = {}, std::string_view third = {}) {
        if (out_.size() >= kMostFeatures) return;
        const Feature feature = hashed(hashed(hashed(kBasis, first), second), third);
        if (!known_.insert(feature).second) return;
        out_.push_back({feature, {}});
        if (with_texts_) out_.back().text.append(first).append(second).append(third);
    }
    void add_words(std::string_view prefix, std::string_view text) {
        for (const std::string& word : words_of(text, kMostFieldWords)) add(prefix, word);
    }
    /// Words and pairs of neighbours: "wire", "wire transfer".
    void add_prose(std::string_view text) {
        std::string before;
        for (std::string& word : words_of(text, kMostWords)) {
            add(word);
            if (!before.empty()) add(before, " ", word);
            before = std::move(word);
        }
    }
    std::vector<FeatureText> finish() { return std::move(out_); }

private:
    const bool with_texts_;
    std::vector<FeatureText> out_;
    boost::unordered_flat_set<Feature> known_;
};

template <class T>
std::span<const T> first(const std::vector<T>& all, std::size_t most) {
    return std::span(all).first(std::min(all.size(), most));
}

std::string extension_of(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos || name.size() - dot > 10 ? "" : to_lower(name.substr(dot + 1));
}

}  // namespace

Feature feature_of(std::string_view text) { return hashed(kBasis, text); }

std::vector<FeatureText> features_of(const message::Message& message, bool with_texts) {
    Features out(with_texts);
    out.add_words("subject:", message.subject);
    for (const message::Mailbox& mailbox : first(message.from, kMostMailboxes)) {
        out.add_words("from:", mailbox.display_name);
        out.add("from:", to_lower(mailbox.address.domain));
        out.add("from:", to_lower(mailbox.address.local_part) + "@", to_lower(mailbox.address.domain));
    }
    for (const message::Mailbox& mailbox : first(message.reply_to, kMostMailboxes)) out.add("reply-to:", to_lower(mailbox.address.domain));
    for (const char* name : {"X-Mailer", "User-Agent"})
        if (const message::Field* field = message.find(name)) out.add_words("mailer:", field->decoded());
    for (const std::string_view name : kTellingFields)
        if (message.find(name) != nullptr) out.add("field:", name);
    if (message.text_from_html) out.add("html");
    for (const std::string& host : link_hosts(message.text, kMostHosts)) {
        out.add("host:", host);
        out.add("host:", registered_part(host));
    }
    for (const message::Attachment& attachment : first(message.attachments, kMostAttachments)) {
        out.add("attached:", to_lower(attachment.type));
        if (const std::string extension = extension_of(attachment.name); !extension.empty()) out.add("attached:", extension);
    }
    out.add_prose(message.text);
    return out.finish();
}

}  // namespace restante::filter
