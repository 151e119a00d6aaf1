#include "message/header.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "message/charset.hpp"
#include "message/encoding.hpp"

namespace restante::message {
namespace {
constexpr std::size_t kMaxMessageId = 250;
constexpr std::size_t kMaxCharsetLabel = 64;
constexpr std::size_t kMaxEncodedText = 1024;  // RFC 2047 2 allows 75; some senders do not count

/// One line without its end; advances `at` behind the end.
std::string_view next_line(std::string_view bytes, std::size_t& at) {
    const std::size_t start = at;
    const std::size_t end = bytes.find('\n', start);
    at = end == std::string_view::npos ? bytes.size() : end + 1;
    std::string_view line = bytes.substr(start, (end == std::string_view::npos ? bytes.size() : end) - start);
    if (!line.empty() && line.back() == '\r' && end != std::string_view::npos) line.remove_suffix(1);
    return line;
}

/// The field name of a line, or empty if the line starts no field. RFC 5322 2.2: 33-126 without colon; blanks before
/// the colon are obsolete syntax (4.5).
std::string_view field_name(std::string_view line) {
    const std::size_t colon = line.substr(0, 200).find(':');
    if (colon == std::string_view::npos || colon == 0) return {};
    std::string_view name = line.substr(0, colon);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
    const bool valid = std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127; });
    return valid ? name : std::string_view{};
}

void flag_bytes(std::string_view line, Oddities& oddities) {
    if (line.find('\0') != std::string_view::npos) oddities.add(Oddity::nul_in_header);
    if (line.find('\r') != std::string_view::npos) oddities.add(Oddity::bare_cr_in_header);
}

class Scanner {
public:
    Scanner(std::string_view bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

    HeaderSection run() {
        std::size_t at = 0;
        bool first = true;
        while (at < bytes_.size()) {
            const std::size_t start = at;
            const std::string_view line = next_line(bytes_, at);
            if (line.empty()) return finish(at);
            const bool over = start >= limits_.max_header_bytes;
            if (over) out_.oddities.add(Oddity::too_many_fields);
            if (first && line.substr(0, 5) == "From ") continue;  // the envelope line of an mbox file
            if (first && (line[0] == ' ' || line[0] == '\t' || field_name(line).empty())) {
                out_.oddities.add(Oddity::no_header);
                return finish(start);
            }
            first = false;
            take(line, over);
        }
        return finish(bytes_.size());
    }

private:
    void take(std::string_view line, bool over) {
        flag_bytes(line, out_.oddities);
        if (line[0] == ' ' || line[0] == '\t') {
            if (keeping_ && !over) append("\r\n", line);
            return;
        }
        const std::string_view name = field_name(line);
        if (name.empty()) {
            out_.oddities.add(Oddity::malformed_field);
            keeping_ = false;
            return;
        }
        keeping_ = !over && out_.fields.size() < limits_.max_fields;
        if (!keeping_) {
            out_.oddities.add(Oddity::too_many_fields);
            return;
        }
        out_.fields.push_back({std::string(name), {}});
        append("", line.substr(line.find(':') + 1));
    }

    void append(std::string_view before, std::string_view text) {
        std::string& raw = out_.fields.back().raw;
        const std::size_t used = raw.size() + before.size();
        if (used + text.size() > limits_.max_field_bytes) {
            out_.oddities.add(Oddity::field_too_long);
            keeping_ = false;
            if (used >= limits_.max_field_bytes) return;
            text = text.substr(0, limits_.max_field_bytes - used);
        }
        raw.append(before).append(text);
    }

    HeaderSection finish(std::size_t body_offset) {
        out_.body_offset = body_offset;
        return std::move(out_);
    }

    std::string_view bytes_;
    const Limits& limits_;
    HeaderSection out_;
    bool keeping_ = false;  // whether the current field, and so its folds, are kept
};

struct EncodedWord {
    std::string_view charset;
    char encoding = 0;
    std::string_view text;
    std::size_t length = 0;
};

/// The encoded word at the start of s; length 0 if there is none.
EncodedWord encoded_word(std::string_view s) {
    EncodedWord word;
    const std::size_t mark = s.substr(0, kMaxCharsetLabel + 2).find('?', 2);
    if (mark == std::string_view::npos || mark == 2 || mark + 2 >= s.size() || s[mark + 2] != '?') return word;
    word.charset = s.substr(2, mark - 2);
    word.charset = word.charset.substr(0, word.charset.find('*'));  // language tag, RFC 2231 5
    word.encoding = ascii_lower(s[mark + 1]);
    if (word.encoding != 'b' && word.encoding != 'q') return word;
    const std::size_t end = s.substr(0, mark + 3 + kMaxEncodedText).find("?=", mark + 3);
    if (end == std::string_view::npos) return word;
    // "?==41?=": the text may itself start with '='.
    word.text = s.substr(mark + 3, end - mark - 3);
    word.length = end + 2;
    return word;
}

/// Collects adjacent words of one charset, so that a character split between them is put together again.
class WordDecoder {
public:
    std::string run(std::string_view s) {
        std::size_t plain = 0;
        for (std::size_t i = 0; i < s.size();) {
            const EncodedWord word = s.substr(i, 2) == "=?" ? encoded_word(s.substr(i)) : EncodedWord{};
            if (word.length == 0) {
                ++i;
                continue;
            }
            add_plain(s.substr(plain, i - plain));
            add_word(word);
            i += word.length;
            plain = i;
        }
        add_plain(s.substr(plain));
        flush();
        return std::move(out_);
    }

private:
    void add_plain(std::string_view text) {
        // White space between two encoded words is no part of the text (RFC 2047 6.2); flush() sees a word only next.
        if (trim(text).empty()) {
            gap_ = text;
            if (bytes_.empty()) {
                out_ += text;
                gap_ = {};
            }
            return;
        }
        flush();
        out_ += to_utf8(text, {}).text;
    }

    void add_word(const EncodedWord& word) {
        gap_ = {};
        if (!iequals(charset_, word.charset)) flush();
        charset_ = word.charset;
        bytes_ += word.encoding == 'b' ? decode_base64(word.text, word.text.size())
                                       : decode_quoted_printable(word.text, word.text.size(), true);
    }

    void flush() {
        if (!bytes_.empty()) out_ += to_utf8(bytes_, charset_).text;
        bytes_.clear();
        out_ += gap_;
        gap_ = {};
    }

    std::string out_, bytes_;
    std::string_view charset_, gap_;
};
}  // namespace

const Field* HeaderSection::find(std::string_view name) const {
    for (const Field& field : fields)
        if (iequals(field.name, name)) return &field;
    return nullptr;
}

HeaderSection scan_header(std::string_view bytes, const Limits& limits) { return Scanner(bytes, limits).run(); }

std::string Field::decoded() const { return decode_words(unfold(raw)); }

std::string unfold(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    for (const char c : raw) {
        if (c == '\n') continue;
        if (c == '\0')
            out += "\xEF\xBF\xBD";
        else
            out += c == '\r' || c == '\t' ? ' ' : c;
    }
    return std::string(trim(out));
}

std::string decode_words(std::string_view value) { return clean_line(WordDecoder().run(value)); }

std::vector<std::string> parse_message_ids(std::string_view raw, std::size_t most) {
    std::vector<std::string> ids;
    const std::string text = unfold(raw);
    for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
        const std::size_t end = text.find_first_of("<>", at + 1);
        if (end == std::string::npos) break;
        std::string id = text.substr(at + 1, end - at - 1);
        at = end;
        if (text[end] == '<') continue;
        std::erase(id, ' ');  // some senders fold inside the brackets
        if (!id.empty() && id.size() <= kMaxMessageId) ids.push_back(std::move(id));
    }
    if (ids.size() > most) {
        const auto first = ids.begin() + static_cast<std::ptrdiff_t>(most - most / 2);
        ids.erase(first, ids.end() - static_cast<std::ptrdiff_t>(most / 2));
    }
    return ids;
}

}  // namespace restante::message
