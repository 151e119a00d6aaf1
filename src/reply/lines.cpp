#include "reply/lines.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "reply/phrases.hpp"

namespace restante::reply {
namespace {
constexpr std::size_t kMaxAttributionLines = 5;
constexpr std::size_t kMaxAttribution = 600;
constexpr std::size_t kMaxLooseSignature = 15;  // lines: what is longer is no signature

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// "> text", "  >> text"; "Bob> text" as some programs quote with initials.
bool is_quoted(std::string_view line) {
    const std::string_view s = trim(line);
    if (s.empty()) return false;
    if (s[0] == '>') return true;
    const std::size_t mark = s.substr(0, 4).find('>');
    return mark != std::string_view::npos && std::all_of(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(mark),
                                                         [](char c) { return (c >= 'A' && c <= 'Z'); });
}

class Labeler {
public:
    Labeler(std::string_view text, const std::vector<message::TextRegion>& regions, const TrimOptions& options)
        : options_(options) {
        std::size_t offset = 0;
        for (const std::string_view line : split(text, '\n')) {
            lines_.push_back({line, trim(line).empty() ? LineKind::blank
                                    : is_quoted(line)  ? LineKind::quote
                                                       : LineKind::text});
            plain_.push_back(plain_line(line));
            if (plain_.back().empty()) lines_.back().kind = LineKind::blank;
            offsets_.push_back(offset);
            offset += line.size() + 1;
        }
        apply_regions(regions);
    }

    std::vector<Line> run() {
        label_attributions();
        join_wrapped_quotes();
        label_embedded();
        label_signatures();
        return std::move(lines_);
    }

private:
    bool is(std::size_t i, LineKind kind) const { return i < lines_.size() && lines_[i].kind == kind; }

    std::size_t next_filled(std::size_t i) const {
        while (i < lines_.size() && lines_[i].kind == LineKind::blank) ++i;
        return i;
    }

    bool text_before(std::size_t i) const {
        return std::any_of(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(i),
                           [](const Line& l) { return l.kind == LineKind::text; });
    }

    void mark(std::size_t from, std::size_t to, LineKind kind) {
        for (std::size_t i = from; i < to && i < lines_.size(); ++i)
            if (lines_[i].kind != LineKind::blank) lines_[i].kind = kind;
    }

    void apply_regions(const std::vector<message::TextRegion>& regions) {
        using Kind = message::TextRegion::Kind;
        for (const message::TextRegion& region : regions) {
            const LineKind kind = region.kind == Kind::signature ? LineKind::signature
                                  : region.kind == Kind::quote   ? LineKind::quote
                                                                 : LineKind::rest;
            const auto first = std::lower_bound(offsets_.begin(), offsets_.end(), region.begin);
            for (auto it = first; it != offsets_.end() && *it < region.end; ++it) {
                const auto i = static_cast<std::size_t>(it - offsets_.begin());
                if (lines_[i].kind != LineKind::blank && lines_[i].kind != LineKind::rest) lines_[i].kind = kind;
            }
        }
    }

    /// The number of lines, ending with line i, that together say who wrote what follows; 0: none.
    std::size_t attribution_length(std::size_t i) const {
        const std::string& last = plain_[i];
        const bool zoho = last.size() > 8 && last.substr(last.size() - 3) == "---" && last.substr(0, 3) == "---";
        const bool gmt = last.size() < 100 && last.find(" gmt") != std::string::npos && has_date(last.substr(0, 12)) &&
                         lines_[i].text[0] >= '0' && lines_[i].text[0] <= '9';
        if (gmt && has_clock(last)) return 1;
        if (last.empty() || (last.back() != ':' && !zoho && !ends_with_wrote(last))) return 0;
        // "Ann wrote:" right above a quote says enough, even without a date.
        const std::size_t next = next_filled(i + 1);
        const bool above_quote = next <= i + 2 && is(next, LineKind::quote);
        std::string joined;
        std::size_t fallback = 0;
        for (std::size_t k = 0; k < kMaxAttributionLines && k <= i; ++k) {
            const std::string& line = plain_[i - k];
            if (line.empty() || joined.size() + line.size() > kMaxAttribution) break;
            if (k > 0 && lines_[i - k].kind != LineKind::text) break;
            joined = line + (joined.empty() ? "" : " ") + joined;
            if (!announces(joined) && !(above_quote && has_wrote(joined))) continue;
            if (starts_attribution(line)) return with_line_above(i - k) ? k + 2 : k + 1;
            const bool by_itself = k == 0 && (above_quote || has_date(joined));
            if (fallback == 0 && (by_itself || joined.find('@') != std::string::npos)) fallback = k + 1;
        }
        return fallback;
    }

    /// "On Nov 21, 2014," alone on its line, above "at 10:18, Ann wrote:".
    bool with_line_above(std::size_t i) const {
        if (i == 0 || lines_[i - 1].kind != LineKind::text) return false;
        const std::string& above = plain_[i - 1];
        return above.size() < 60 && above.back() == ',' && starts_attribution(above);
    }

    static bool ends_with_wrote(std::string_view line) {
        return line.size() > 20 && line.substr(line.size() - 6) == " wrote";
    }

    static bool has_clock(std::string_view line) {
        for (std::size_t i = 1; i + 2 < line.size(); ++i) {
            const auto digit = [&](std::size_t k) { return line[k] >= '0' && line[k] <= '9'; };
            if ((line[i] == ':' || line[i] == '.') && digit(i - 1) && digit(i + 1) && digit(i + 2)) return true;
        }
        return false;
    }

    /// Says that somebody wrote, with a date or an address; or gives date, time and `<address>:` without a verb.
    static bool announces(const std::string& joined) {
        const bool address = joined.find('@') != std::string::npos;
        if (has_wrote(joined)) return address || has_date(joined);
        return address && joined.size() > 2 && joined.substr(joined.size() - 2) == ">:" && has_date(joined) &&
               has_clock(joined);
    }

    void label_attributions() {
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            const bool broken_off = plain_[i] == ">:";  // the address was wrapped before its bracket
            if (lines_[i].kind != LineKind::text && !broken_off) continue;
            const std::size_t length = attribution_length(i);
            if (length == 0) continue;
            mark(i + 1 - length, i + 1, LineKind::attribution);
        }
    }

    /// A line or two without mark, close between quoted lines, was broken off the end of a quoted line.
    void join_wrapped_quotes() {
        for (std::size_t i = 1; i < lines_.size(); ++i) {
            if (!is(i, LineKind::text) || !is(i - 1, LineKind::quote) || trim(lines_[i - 1].text).size() < 40) continue;
            if (is(i + 1, LineKind::quote)) lines_[i].kind = LineKind::quote;
        }
    }

    /// Whether a block of header fields starts at i: at least three of them, one of them naming the sender.
    bool is_header_block(std::size_t i) const {
        if (!names_header(plain_[i])) return false;
        int headers = 0;
        int others = 0;
        bool sender = false;
        const std::size_t end = std::min(lines_.size(), i + 30);  // blank lines included
        for (std::size_t seen = 0; i < end && seen < 9; ++i) {
            if (plain_[i].empty()) continue;
            ++seen;
            if (names_header(plain_[i])) {
                ++headers;
                sender = sender || names_sender(plain_[i]);
            } else if (++others > (headers >= 3 ? 0 : 1)) {
                break;
            }
        }
        return sender && headers >= 3;
    }

    /// From the line that opens an embedded message on, all is its own, unless nothing stands before it.
    void label_embedded() {
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (lines_[i].kind == LineKind::rest) {
                embed_from(i);
                return;
            }
            const bool marker = is(i, LineKind::text) && (is_original_marker(plain_[i]) || is_header_block(i));
            const bool unquoted =
                is(i, LineKind::attribution) && !is(i + 1, LineKind::attribution) && is_embedded_after(i);
            if (!marker && !unquoted) continue;
            std::size_t start = i;
            while (unquoted && start > 0 && is(start - 1, LineKind::attribution)) --start;
            if (!text_before(rule_above(start))) continue;
            embed_from(rule_above(start));
            return;
        }
    }

    bool is_embedded_after(std::size_t i) const { return is(next_filled(i + 1), LineKind::text); }

    /// Up over blank lines and rules that belong to what starts at i.
    std::size_t rule_above(std::size_t i) const {
        std::size_t start = i;
        for (std::size_t k = i; k-- > 0;) {
            if (lines_[k].kind == LineKind::blank) continue;
            if (!is_rule(plain_[k])) break;
            start = k;
        }
        return start;
    }

    void embed_from(std::size_t start) {
        for (std::size_t i = start; i < lines_.size(); ++i) lines_[i].kind = LineKind::rest;
    }

    void label_signatures() {
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (lines_[i].kind == LineKind::rest) return;
            if (lines_[i].kind != LineKind::text || !opens_signature(i)) continue;
            const std::size_t end = signature_end(i);
            mark(i, end, LineKind::signature);
            i = end - 1;
        }
    }

    bool opens_signature(std::size_t i) const {
        if (lines_[i].text == "-- ") return true;
        if (options_.sent_from_lines && is_sent_from(plain_[i])) return true;
        if (!options_.loose_signatures || !text_before(i)) return false;
        const bool mark =
            plain_[i] == "--" || plain_[i] == "—" || plain_[i] == "–" || (is_rule(plain_[i]) && plain_[i][0] == '_');
        if (mark) return is_short_signature(i);
        return is_dash_name(i);
    }

    bool is_short_signature(std::size_t i) const {
        std::size_t filled = 0;
        for (; i < lines_.size() && filled <= kMaxLooseSignature; ++i) {
            if (lines_[i].kind == LineKind::text) ++filled;
            if (lines_[i].kind != LineKind::text && lines_[i].kind != LineKind::blank) break;
        }
        return filled <= kMaxLooseSignature;
    }

    /// "-Ann Lee" as the last line of the person's text.
    bool is_dash_name(std::size_t i) const {
        const std::string_view s = trim(lines_[i].text);
        if (s.size() < 3 || s.size() > 40 || s[0] != '-' || !is_upper(s[1])) return false;
        const auto words = split(s.substr(1), ' ');
        if (words.size() > 3) return false;
        for (const std::string_view word : words)
            if (word.empty() || !(is_upper(word[0]) || word[0] < 0)) return false;
        const std::size_t next = next_filled(i + 1);
        return next >= lines_.size() || lines_[next].kind != LineKind::text ||
               (plain_[next][0] == '_' && is_rule(plain_[next]));
    }

    /// A signature ends where a quote or an embedded message begins.
    std::size_t signature_end(std::size_t i) const {
        while (i < lines_.size() && (lines_[i].kind == LineKind::text || lines_[i].kind == LineKind::blank ||
                                     lines_[i].kind == LineKind::signature))
            ++i;
        return i;
    }

    const TrimOptions& options_;
    std::vector<Line> lines_;
    std::vector<std::string> plain_;
    std::vector<std::size_t> offsets_;
};
}  // namespace

std::vector<Line> label_lines(std::string_view text, const std::vector<message::TextRegion>& regions,
                              const TrimOptions& options) {
    return Labeler(text, regions, options).run();
}

}  // namespace restante::reply
