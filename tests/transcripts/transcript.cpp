#include "transcript.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/text.hpp"

namespace restante::transcripts {
namespace {
/// "{...}" at the start of s, brackets counted; the length with both brackets, or 0.
std::size_t braced(std::string_view s) {
    if (s.empty() || s[0] != '{') return 0;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s[i] == '{') ++depth;
        if (s[i] == '}' && --depth == 0) return i + 1;
    }
    return 0;
}

int hex_value(std::string_view two) {
    if (two.size() != 2) return -1;
    int value = 0;
    for (const char c : two) {
        const std::size_t digit = std::string_view("0123456789abcdef").find(ascii_lower(c));
        if (digit == std::string_view::npos) return -1;
        value = value * 16 + static_cast<int>(digit);
    }
    return value;
}

/// The escape that s starts with (after the backslash): appends its meaning, returns its length, 0 if it is none.
std::size_t take_escape(std::string_view s, std::string& out) {
    constexpr std::string_view names = "rnt0\\", bytes("\r\n\t\0\\", 5);
    if (s.empty()) return 0;
    if (const std::size_t at = names.find(s[0]); at != std::string_view::npos) return out += bytes[at], 1;
    if (s[0] == 'x') {
        const int value = hex_value(s.substr(1, 2));
        if (value < 0) return 0;
        return out += static_cast<char>(value), 3;
    }
    const std::size_t open = s.find('{');
    const std::size_t length = open == std::string_view::npos ? 0 : braced(s.substr(open));
    if (length == 0) return 0;
    const auto inner = unescape(s.substr(open + 1, length - 2));
    if (!inner) return 0;
    if (s.substr(0, open) == "b64") return out += base64_encode(*inner), open + length;
    const auto times = s[0] == '*' ? parse_u64(s.substr(1, open - 1)) : std::nullopt;
    if (!times || *times > 100'000'000) return 0;
    for (std::uint64_t i = 0; i < *times; ++i) out += *inner;
    return open + length;
}

/// `C: text`, `S~ text`.
Result<std::optional<Action>> parse_say(std::string_view line) {
    if (line.size() < 2 || (line[0] != 'C' && line[0] != 'S') || (line[1] != ':' && line[1] != '~'))
        return std::optional<Action>{};
    const Side side = line[0] == 'C' ? Side::client : Side::server;
    std::string_view rest = line.substr(2);
    if (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
    if (line[1] == ':' && rest == "<...>") return std::optional<Action>{AnyLines{side}};
    auto text = unescape(rest);
    if (!text) return fail(std::move(text.error()));
    return std::optional<Action>{Say{side, std::move(*text), line[1] == '~'}};
}

std::optional<Action> parse_word(std::string_view line) {
    if (line == "TLS") return Tls{};
    if (line == "CLOSE") return Close{};
    if (line == "DROP") return Drop{};
    if (line.substr(0, 7) == "CHECK: ") return Check{std::string(line.substr(7))};
    return std::nullopt;
}

Result<void> parse_line(std::string_view line, std::size_t number, Transcript& out) {
    auto say = parse_say(line);
    if (!say) return fail(std::move(say.error()));
    if (!*say) *say = parse_word(line);
    if (*say) return out.lines.push_back({number, std::move(**say)}), Result<void>{};
    const std::size_t colon = line.find(':');
    if (!out.lines.empty() || colon == std::string_view::npos) return fail(ErrorKind::invalid, "not understood");
    auto value = unescape(trim(line.substr(colon + 1)));
    if (!value) return fail(std::move(value.error()));
    out.options.emplace_back(line.substr(0, colon), std::move(*value));
    return {};
}
}  // namespace

std::string Transcript::option(std::string_view key, std::string_view otherwise) const {
    const auto values = all(key);
    return values.empty() ? std::string(otherwise) : values.back();
}

std::vector<std::string> Transcript::all(std::string_view key) const {
    std::vector<std::string> out;
    for (const auto& [name, value] : options)
        if (name == key) out.push_back(value);
    return out;
}

std::size_t Transcript::number(std::string_view key, std::size_t otherwise) const {
    const std::string text = option(key, std::to_string(otherwise));
    const auto value = parse_u64(text);
    if (!value) throw std::invalid_argument("option " + std::string(key) + " is no number: " + text);
    return *value;
}

Result<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '\\') {
            out += text[i++];
            continue;
        }
        const std::size_t length = take_escape(text.substr(i + 1), out);
        if (length == 0) return fail(ErrorKind::invalid, "bad escape at \"" + std::string(text.substr(i, 20)) + '"');
        i += 1 + length;
    }
    return out;
}

Result<Transcript> parse(std::string_view text) {
    Transcript out;
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (number == 1) {
            if (line.substr(0, 2) != "# ")
                return fail(ErrorKind::invalid, "line 1: must be a comment that says what is proved");
            out.proves = line.substr(2);
        }
        if (line.empty() || line[0] == '#') continue;
        if (auto done = parse_line(line, number, out); !done)
            return fail(ErrorKind::invalid, "line " + std::to_string(number) + ": " + done.error().detail);
    }
    if (out.lines.empty()) return fail(ErrorKind::invalid, "no conversation");
    return out;
}

bool matches(std::string_view pattern, std::string_view line) {
    constexpr std::string_view any = "<*>";
    const std::size_t first = pattern.find(any);
    if (first == std::string_view::npos) return pattern == line;
    if (line.substr(0, first) != pattern.substr(0, first)) return false;
    pattern.remove_prefix(first + any.size());
    line.remove_prefix(first);
    for (;;) {  // each middle piece at its first place, the last one at the end
        const std::size_t next = pattern.find(any);
        const std::string_view piece = pattern.substr(0, next);
        if (next == std::string_view::npos)
            return line.size() >= piece.size() && line.substr(line.size() - piece.size()) == piece;
        const std::size_t at = line.find(piece);
        if (at == std::string_view::npos) return false;
        line.remove_prefix(at + piece.size());
        pattern.remove_prefix(next + any.size());
    }
}

}  // namespace restante::transcripts
