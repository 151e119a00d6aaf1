#include "pop3/redaction.hpp"

#include <algorithm>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace restante::pop3 {
namespace {
std::string_view first_word(std::string_view& rest) {
    const std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
    const std::size_t end = std::min(rest.find(' ', begin), rest.size());
    const std::string_view word = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    return word;
}

bool is_number(std::string_view word) {
    return !word.empty() && word.size() <= 20 && word.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Up to two numbers; nothing else can be what LIST, TOP and the like were given.
std::string numbers(std::string_view keyword, std::string_view rest) {
    std::string out(keyword);
    const std::size_t octets = rest.size();
    for (int i = 0; i < 2; ++i) {
        const std::string_view word = first_word(rest);
        if (word.empty()) return out;
        if (!is_number(word)) break;
        (out += ' ') += word;
    }
    return trim(rest).empty() && out.size() > keyword.size() ? out
                                                             : std::string(keyword) + ' ' + hidden("arguments", octets);
}

std::string one_name(std::string_view keyword, std::string_view rest) {
    std::string out(keyword);
    const std::string_view name = first_word(rest);
    if (!name.empty()) (out += ' ') += name;
    // `USER name password` is a way to get it wrong.
    if (!trim(rest).empty()) out += ' ' + hidden("more", rest.size());
    return out;
}

std::string auth(std::string_view rest) {
    std::string out = "AUTH";
    const std::string_view name = first_word(rest);
    if (name.empty()) return out;
    out += ' ' + shown_mechanism(name);
    if (!trim(rest).empty()) out += ' ' + hidden("SASL data", rest.size());
    return out;
}

}  // namespace

std::string redacted(std::string_view line, State state) {
    if (state == State::sasl) return line == "*" ? "*" : hidden("SASL data", line.size());
    const std::size_t blank = std::min(line.find(' '), line.size());
    std::string keyword;
    for (const char c : line.substr(0, std::min<std::size_t>(blank, 8)))
        keyword += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (blank > 8) keyword.clear();
    const std::string_view rest = line.substr(blank);
    if (keyword == "PASS") return "PASS " + hidden("password", rest.empty() ? 0 : rest.size() - 1);
    if (keyword == "AUTH") return auth(rest);
    if (keyword == "USER") return one_name(keyword, rest);
    if (keyword == "APOP") return one_name(keyword, rest);
    for (const std::string_view plain : {"CAPA", "STLS", "STAT", "RSET", "NOOP", "QUIT", "UTF8", "LAST"})
        if (keyword == plain) return keyword + (trim(rest).empty() ? "" : ' ' + hidden("arguments", rest.size()));
    for (const std::string_view counted : {"LIST", "UIDL", "TOP", "RETR", "DELE"})
        if (keyword == counted) return numbers(keyword, rest);
    if (keyword == "LANG") {  // RFC 5646 2.1: a tag, or *
        const std::string_view tag = trim(rest);
        const bool short_tag = tag.size() <= 8 && tag.find(' ') == std::string_view::npos;
        return short_tag ? keyword + std::string(rest) : keyword + ' ' + hidden("arguments", rest.size());
    }
    return hidden("unknown command", line.size());
}

std::string_view redacted_answer(std::string_view line) { return line.starts_with("+ ") ? "+ <SASL data>" : line; }

}  // namespace restante::pop3
