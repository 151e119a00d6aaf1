#include "message/compose.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "message/charset.hpp"
#include "message/encoding.hpp"

namespace restante::message {
namespace {
constexpr std::size_t kFold = 78;
constexpr std::size_t kMaxWord = 200;      // longer ASCII words are sent as encoded words, which can be folded
constexpr std::size_t kEncodedBytes = 42;  // give 56 base64 digits: "=?utf-8?B??=" with them stays under 75
constexpr std::size_t kMaxReferences = 20;

bool is_plain_ascii(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::size_t longest_word(std::string_view s) {
    std::size_t longest = 0;
    for (const std::string_view word : split(s, ' ')) longest = std::max(longest, word.size());
    return longest;
}

/// RFC 2047 5: encoded words one to a line, never cut inside a character.
std::vector<std::string> encoded_words(std::string_view utf8) {
    std::vector<std::string> words;
    while (!utf8.empty()) {
        std::size_t take = std::min(utf8.size(), kEncodedBytes);
        while (take < utf8.size() && take > 1 && (static_cast<unsigned char>(utf8[take]) & 0xC0U) == 0x80) --take;
        words.push_back("=?utf-8?B?" + base64_encode(utf8.substr(0, take)) + "?=");
        utf8.remove_prefix(take);
    }
    return words;
}

/// Collects pieces and starts a new line where the next would not fit.
class Folder {
public:
    explicit Folder(std::string_view name) : out_(std::string(name) + ':'), width_(out_.size()) {}

    void add(std::string_view piece) {
        if (!first_ && width_ + 1 + piece.size() > kFold) {
            out_ += "\r\n";
            width_ = 0;
        }
        out_ += ' ';
        out_ += piece;
        width_ += 1 + piece.size();
        first_ = false;
    }
    std::string finish() { return std::move(out_ += "\r\n"); }

private:
    std::string out_;
    std::size_t width_;
    bool first_ = true;
};

std::vector<std::string> words_of(std::string_view value) {
    const bool literal =
        is_plain_ascii(value) && value.find("=?") == std::string_view::npos && longest_word(value) <= kMaxWord;
    if (!literal) return encoded_words(value);
    std::vector<std::string> words;
    for (const std::string_view word : split(value, ' ')) words.emplace_back(word);
    return words;
}

/// A display name as atoms, quoted string or encoded words (RFC 5322 3.2.5): pieces between which a fold may stand.
std::vector<std::string> phrase(std::string_view name) {
    if (!is_plain_ascii(name) || name.find("=?") != std::string_view::npos || name.size() > kMaxWord)
        return encoded_words(name);
    if (name.find_first_of("()<>[]:;@\\,.\"") == std::string_view::npos) return {std::string(name)};
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return {out + '"'};
}

std::vector<std::string> pieces_of(const Mailbox& mailbox) {
    const std::string name = clean_line(mailbox.display_name);
    const std::string address = mailbox.address.to_string();
    if (name.empty()) return {address};
    std::vector<std::string> pieces = phrase(name);
    pieces.push_back('<' + address + '>');
    return pieces;
}

bool is_message_id(std::string_view id) {
    const bool visible =
        std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '<' && c != '>'; });
    return visible && id.size() <= 250 && id.find('@') != std::string_view::npos;
}

bool is_field_name(std::string_view name) {
    return !name.empty() && name.size() <= 76 &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127 && c != ':'; });
}

bool is_sendable(const Mailbox& mailbox) {
    const std::string text = mailbox.address.to_string();
    return !mailbox.address.domain.empty() && clean_line(text) == text && text.size() <= 400;
}

std::string format_ids(std::string_view name, const std::vector<std::string>& ids) {
    Folder folder(name);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const bool left_out = i > 0 && ids.size() - i >= kMaxReferences;
        if (!left_out) folder.add('<' + ids[i] + '>');
    }
    return folder.finish();
}

std::string entity(std::string_view type, std::string_view body) {
    std::string out = "Content-Type: " + std::string(type) + "; charset=utf-8\r\n";
    out += "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    out += encode_quoted_printable(clean_text(body));
    if (out.size() < 2 || out.substr(out.size() - 2) != "\r\n") out += "\r\n";
    return out;
}

std::string body_of(const Outgoing& outgoing) {
    if (outgoing.html.empty()) return entity("text/plain", outgoing.text);
    // "=_" cannot occur in quoted-printable, so the boundary cannot occur in a part.
    const std::string boundary =
        "=_" + to_hex(sha256(outgoing.message_id + outgoing.text + outgoing.html)).substr(0, 32);
    std::string out = "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
    out += "--" + boundary + "\r\n" + entity("text/plain", outgoing.text);
    out += "\r\n--" + boundary + "\r\n" + entity("text/html", outgoing.html);
    return out + "\r\n--" + boundary + "--\r\n";
}

Result<> check(const Outgoing& outgoing) {
    if (outgoing.to.empty()) return fail(ErrorKind::invalid, "the message has no recipient");
    std::vector<Mailbox> all{outgoing.from};
    all.insert(all.end(), outgoing.to.begin(), outgoing.to.end());
    all.insert(all.end(), outgoing.reply_to.begin(), outgoing.reply_to.end());
    for (const Mailbox& mailbox : all)
        if (!is_sendable(mailbox))
            return fail(ErrorKind::invalid,
                        "\"" + escape_for_log(mailbox.address.to_string(), 80) + "\" cannot stand in a header");
    std::vector<std::string> ids{outgoing.message_id};
    ids.insert(ids.end(), outgoing.in_reply_to.begin(), outgoing.in_reply_to.end());
    ids.insert(ids.end(), outgoing.references.begin(), outgoing.references.end());
    for (const std::string& id : ids)
        if (!is_message_id(id))
            return fail(ErrorKind::invalid, "\"" + escape_for_log(id, 80) + "\" is not a Message-ID");
    for (const auto& [name, value] : outgoing.extra)
        if (!is_field_name(name))
            return fail(ErrorKind::invalid, "\"" + escape_for_log(name, 80) + "\" is not a field name");
    return {};
}
}  // namespace

std::string format_field(std::string_view name, std::string_view value) {
    Folder folder(name);
    for (const std::string& word : words_of(clean_line(value))) folder.add(word);
    return folder.finish();
}

std::string format_mailboxes(std::string_view name, const std::vector<Mailbox>& mailboxes) {
    Folder folder(name);
    for (std::size_t i = 0; i < mailboxes.size(); ++i) {
        std::vector<std::string> pieces = pieces_of(mailboxes[i]);
        if (i + 1 < mailboxes.size()) pieces.back() += ',';
        for (const std::string& piece : pieces) folder.add(piece);
    }
    return folder.finish();
}

Result<std::string> compose(const Outgoing& outgoing) {
    if (auto checked = check(outgoing); !checked) return fail(std::move(checked.error()));
    std::string out = format_mailboxes("From", {outgoing.from}) + format_mailboxes("To", outgoing.to);
    if (!outgoing.reply_to.empty()) out += format_mailboxes("Reply-To", outgoing.reply_to);
    out += format_field("Subject", outgoing.subject);
    out += format_field("Date", to_rfc5322(outgoing.date));
    out += "Message-ID: <" + outgoing.message_id + ">\r\n";
    if (!outgoing.in_reply_to.empty()) out += format_ids("In-Reply-To", outgoing.in_reply_to);
    if (!outgoing.references.empty()) out += format_ids("References", outgoing.references);
    if (!outgoing.list_id.empty()) out += format_field("List-Id", outgoing.list_id);
    if (!outgoing.list_unsubscribe.empty()) out += format_field("List-Unsubscribe", outgoing.list_unsubscribe);
    if (outgoing.auto_submitted) out += "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n";
    for (const auto& [name, value] : outgoing.extra) out += format_field(name, value);
    return out + "MIME-Version: 1.0\r\n" + body_of(outgoing);
}

}  // namespace restante::message
