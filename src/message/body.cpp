#include "message/body.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "message/charset.hpp"
#include "message/encoding.hpp"

namespace restante::message {
namespace {
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

bool is_leaf_text(const MimePart& part) { return part.type.value == "text/plain" || part.type.value == "text/html"; }

/// The outermost multipart/alternative a part is in, or itself: parts of one slot show the same thing.
std::size_t slot_of(const std::vector<MimePart>& parts, std::size_t index) {
    std::size_t slot = index;
    for (std::size_t i = index; i != parts[i].parent;) {
        i = parts[i].parent;
        if (parts[i].type.value == "multipart/alternative") slot = i;
    }
    return slot;
}

class BodyReader {
public:
    BodyReader(Message& message, std::string_view bytes, const std::vector<MimePart>& parts, const Limits& limits)
        : message_(message), bytes_(bytes), parts_(parts), limits_(limits) {}

    void run() {
        std::size_t slot = kNone;
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            const MimePart& part = parts_[i];
            if (part.type.is_multipart()) continue;
            if (is_body_text(part)) {
                if (slot_of(parts_, i) != slot) flush();
                slot = slot_of(parts_, i);
                (part.type.value == "text/html" ? html_ : plain_).push_back(&part);
            } else {
                add_attachment(part);
            }
        }
        flush();
    }

private:
    bool is_body_text(const MimePart& part) const {
        if (!is_leaf_text(part) || part.disposition.value == "attachment") return false;
        return part.file_name().empty() || part.depth == 0;
    }

    void flush() {
        std::string text;
        for (const MimePart* part : plain_) text += plain_text(*part);
        if (!trim(text).empty())
            append(text, {}, false);
        else
            for (const MimePart* part : html_) add_html(*part);
        plain_.clear();
        html_.clear();
    }

    std::string decoded(const MimePart& part, std::size_t most) {
        const std::string bytes = decode_transfer_encoding(part.body, part.encoding, most);
        if (bytes.size() >= most) message_.oddities.add(Oddity::text_cut);
        Utf8Text text = to_utf8(bytes, part.type.parameter("charset"));
        if (text.guessed && !part.type.parameter("charset").empty()) message_.oddities.add(Oddity::unknown_charset);
        return std::move(text.text);
    }

    std::string plain_text(const MimePart& part) {
        std::string text = clean_text(decoded(part, limits_.max_text_bytes));
        if (iequals(part.type.parameter("format"), "flowed"))
            text = unflow(text, iequals(part.type.parameter("delsp"), "yes"));
        if (!text.empty() && text.back() != '\n') text += '\n';
        return text;
    }

    void add_html(const MimePart& part) {
        HtmlOptions options;
        options.max_text_bytes = limits_.max_text_bytes;
        HtmlText html = html_to_text(clean_text(decoded(part, limits_.max_html_bytes)), options);
        append(html.text, html.regions, true);
    }

    void append(const std::string& text, const std::vector<TextRegion>& regions, bool from_html) {
        if (trim(text).empty()) return;
        if (message_.text.size() + text.size() > 2 * limits_.max_text_bytes) {
            message_.oddities.add(Oddity::text_cut);
            return;
        }
        if (!message_.text.empty()) message_.text += '\n';
        const std::size_t offset = message_.text.size();
        message_.text += text;
        message_.text_from_html = message_.text_from_html || from_html;
        for (const TextRegion& region : regions)
            message_.regions.push_back({region.begin + offset, region.end + offset, region.kind});
    }

    void add_attachment(const MimePart& part) {
        if (message_.attachments.size() >= limits_.max_attachments) {
            message_.oddities.add(Oddity::too_many_attachments);
            return;
        }
        Attachment attachment;
        attachment.name = safe_file_name(part.file_name());
        if (attachment.name.empty()) attachment.name = "attachment-" + std::to_string(message_.attachments.size() + 1);
        attachment.type = part.type.value;
        attachment.inline_part = part.disposition.value == "inline";
        attachment.offset = static_cast<std::size_t>(part.body.data() - bytes_.data());
        attachment.length = part.body.size();
        attachment.encoding = part.encoding;
        attachment.size = decode_transfer_encoding(part.body, part.encoding, part.body.size()).size();
        message_.attachments.push_back(std::move(attachment));
    }

    Message& message_;
    std::string_view bytes_;
    const std::vector<MimePart>& parts_;
    const Limits& limits_;
    std::vector<const MimePart*> plain_, html_;
};

std::size_t quote_depth(std::string_view line) { return std::min(line.find_first_not_of('>'), line.size()); }
}  // namespace

std::string unflow(std::string_view text, bool delete_space) {
    std::string out;
    std::size_t open_depth = kNone;  // quote depth of a line that waits for its continuation
    for (std::string_view line : split(text, '\n')) {
        const std::size_t depth = quote_depth(line);
        std::string_view content = line.substr(depth);
        if (content.substr(0, 1) == " ") content.remove_prefix(1);  // space-stuffing, RFC 3676 4.4
        const bool signature = content == "-- ";
        const bool joined = open_depth == depth && !signature;
        if (!joined) {
            if (open_depth != kNone) out += '\n';
            out.append(depth, '>');
            if (depth > 0) out += ' ';
        }
        const bool soft = content.size() > 1 && content.back() == ' ' && !signature;
        if (soft && delete_space) content.remove_suffix(1);
        out += content;
        open_depth = soft ? depth : kNone;
        if (!soft) out += '\n';
    }
    // split() saw one line more than there are line ends.
    if (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
}

void read_body(Message& message, std::string_view bytes, const std::vector<MimePart>& parts, const Limits& limits) {
    BodyReader(message, bytes, parts, limits).run();
}

}  // namespace restante::message
