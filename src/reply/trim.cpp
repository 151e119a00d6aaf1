#include "reply/trim.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "reply/lines.hpp"

namespace restante::reply {
namespace {
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Span {
    std::size_t first = kNone;  // of the lines a person typed
    std::size_t last = kNone;
};

Span typed_span(const std::vector<Line>& lines) {
    Span span;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].kind != LineKind::text) continue;
        if (span.first == kNone) span.first = i;
        span.last = i;
    }
    return span;
}

bool has_quote_between(const std::vector<Line>& lines, const Span& span) {
    return std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(span.first),
                       lines.begin() + static_cast<std::ptrdiff_t>(span.last),
                       [](const Line& line) { return line.kind == LineKind::quote; });
}

/// With answers between quotes, what is quoted above the first answer belongs to it.
std::size_t first_kept(const std::vector<Line>& lines, const Span& span) {
    if (!has_quote_between(lines, span)) return span.first;
    const auto is_quote = [](const Line& line) { return line.kind == LineKind::quote; };
    const bool quoted_above =
        std::any_of(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(span.first), is_quote);
    return quoted_above ? 0 : span.first;
}

bool is_kept(const std::vector<Line>& lines, std::size_t i, std::size_t first, const Span& span) {
    if (i < first || i > span.last) return false;
    const LineKind kind = lines[i].kind;
    // The attribution above everything gives the quotes their author; between the answers it is noise.
    if (kind == LineKind::attribution) return i < span.first;
    return kind != LineKind::signature && kind != LineKind::rest;
}

std::string without_blank_ends(const std::vector<std::string_view>& lines) {
    std::size_t first = 0;
    std::size_t last = lines.size();
    while (first < last && trim(lines[first]).empty()) ++first;
    while (last > first && trim(lines[last - 1]).empty()) --last;
    std::string out;
    for (std::size_t i = first; i < last; ++i) {
        if (i > first) out += '\n';
        out += lines[i];
    }
    return out;
}
}  // namespace

Trimmed trim_reply(std::string_view text, const std::vector<message::TextRegion>& regions, const TrimOptions& options) {
    const auto line_count = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (!options.enabled || line_count > options.max_lines) return {without_blank_ends(split(text, '\n')), ""};
    const std::vector<Line> lines = label_lines(text, regions, options);
    const Span span = typed_span(lines);
    if (span.first == kNone) return {without_blank_ends(split(text, '\n')), ""};
    const std::size_t first = first_kept(lines, span);
    std::vector<std::string_view> visible;
    std::vector<std::string_view> trimmed;
    for (std::size_t i = 0; i < lines.size(); ++i)
        (is_kept(lines, i, first, span) ? visible : trimmed).push_back(lines[i].text);
    return {without_blank_ends(visible), without_blank_ends(trimmed)};
}

}  // namespace restante::reply
