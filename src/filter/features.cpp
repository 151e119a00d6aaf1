#include "filter/features.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/text.hpp"
#include "filter/links.hpp"
#include "filter/words.hpp"

namespace restante::filter {
namespace {

constexpr std::size_t kMostWords = 1'000;  // of a text; each makes up to two features
constexpr std::size_t kMostFieldWords = 50;

// Whose presence says what wrote the mail. What relays and this server add is not among them.
constexpr std::array<std::string_view, 14> kTellingFields{
    "list-id",  "list-unsubscribe", "precedence",    "x-priority",   "importance",     "in-reply-to",  "references",
    "reply-to", "sender",           "organization",  "errors-to",    "x-originating-ip", "auto-submitted", "feedback-id"};

class Features {
public:
    void add(std::string text) {
        if (out_.size() >= kMostFeatures) return;
        const Feature feature = feature_of(text);
        if (known_.insert(feature).second) out_.push_back({feature, std::move(text)});
    }
    void add_words(const std::string& prefix, std::string_view text) {
        for (const std::string& word : words_of(text, kMostFieldWords)) add(prefix + word);
    }
    /// Words and pairs of neighbours: "wire", "wire transfer".
    void add_prose(std::string_view text) {
        std::string before;
        for (std::string& word : words_of(text, kMostWords)) {
            add(word);
            if (!before.empty()) add(before + ' ' + word);
            before = std::move(word);
        }
    }
    std::vector<FeatureText> finish() { return std::move(out_); }

private:
    std::vector<FeatureText> out_;
    std::unordered_set<Feature> known_;
};

std::string extension_of(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos || name.size() - dot > 10 ? "" : to_lower(name.substr(dot + 1));
}

}  // namespace

Feature feature_of(std::string_view text) {  // FNV-1a, 64 bits
    Feature hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    return hash;
}

std::vector<FeatureText> features_of(const message::Message& message) {
    Features out;
    out.add_words("subject:", message.subject);
    for (const message::Mailbox& mailbox : message.from) {
        out.add_words("from:", mailbox.display_name);
        out.add("from:" + to_lower(mailbox.address.domain));
        out.add("from:" + to_lower(mailbox.address.local_part) + "@" + to_lower(mailbox.address.domain));
    }
    for (const message::Mailbox& mailbox : message.reply_to) out.add("reply-to:" + to_lower(mailbox.address.domain));
    for (const char* name : {"X-Mailer", "User-Agent"})
        if (const message::Field* field = message.find(name)) out.add_words("mailer:", field->decoded());
    for (const std::string_view name : kTellingFields)
        if (message.find(name) != nullptr) out.add("field:" + std::string(name));
    if (message.text_from_html) out.add("html");
    for (const std::string& host : link_hosts(message.text)) {
        out.add("host:" + host);
        out.add("host:" + registered_part(host));
    }
    for (const message::Attachment& attachment : message.attachments) {
        out.add("attached:" + to_lower(attachment.type));
        if (const std::string extension = extension_of(attachment.name); !extension.empty()) out.add("attached:" + extension);
    }
    out.add_prose(message.text);
    return out.finish();
}

}  // namespace restante::filter
