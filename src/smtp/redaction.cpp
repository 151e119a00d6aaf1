#include "smtp/redaction.hpp"

#include <algorithm>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace restante::smtp {
namespace {
std::string auth(std::string_view rest) {
    const std::string_view text = trim(rest);
    const std::string_view name = text.substr(0, text.find(' '));
    if (name.empty()) return "AUTH";
    std::string out = "AUTH " + shown_mechanism(name);
    if (text.size() > name.size()) out += ' ' + hidden("SASL data", text.size() - name.size());
    return out;
}

/// A path in angle brackets and the parameters behind it; AUTH= names a mailbox (RFC 4954 5).
std::string path(std::string_view keyword, std::string_view rest, std::string_view word) {
    const std::string_view text = trim(rest);
    const std::size_t open = text.find('<');
    const std::size_t close = text.rfind('>');
    const bool shaped = istarts_with(text, word) && open != std::string_view::npos && close != std::string_view::npos &&
                        open < close && trim(text.substr(word.size(), open - word.size())).empty();
    if (!shaped) return std::string(keyword) + ' ' + hidden("arguments", rest.size());
    std::string out = std::string(keyword) + ' ' + std::string(word) + std::string(text.substr(open, close + 1 - open));
    for (const std::string_view parameter : split(trim(text.substr(close + 1)), ' ')) {
        if (parameter.empty()) continue;
        const std::string_view name = parameter.substr(0, parameter.find('='));
        bool shown = false;
        for (const std::string_view known : {"SIZE", "BODY", "SMTPUTF8", "RET", "NOTIFY"})
            shown = shown || iequals(name, known);
        out += ' ' + (shown ? std::string(parameter) : hidden("parameter", parameter.size()));
    }
    return out;
}

}  // namespace

std::string redacted(std::string_view line, bool in_auth) {
    if (in_auth) return line == "*" ? "*" : hidden("SASL data", line.size());
    const std::size_t blank = std::min(line.find(' '), line.size());
    std::string keyword;
    for (const char c : line.substr(0, std::min<std::size_t>(blank, 9)))
        keyword += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const std::string_view rest = line.substr(blank);
    const std::string_view argument = trim(rest);
    if (keyword == "AUTH") return auth(rest);
    if (keyword == "MAIL") return path(keyword, rest, "FROM:");
    if (keyword == "RCPT") return path(keyword, rest, "TO:");
    if (keyword == "EHLO" || keyword == "HELO" || keyword == "LHLO") {
        const bool name = argument.find(' ') == std::string_view::npos && argument.size() <= 255;
        return keyword + ' ' + (name ? std::string(argument) : hidden("arguments", rest.size()));
    }
    if (keyword == "BDAT") {
        const bool counted =
            argument.find_first_not_of("0123456789 LASTlast") == std::string_view::npos && argument.size() < 26;
        return keyword + ' ' + (counted ? std::string(argument) : hidden("arguments", rest.size()));
    }
    for (const std::string_view plain : {"DATA", "RSET", "NOOP", "QUIT", "STARTTLS", "HELP", "VRFY", "EXPN"})
        if (keyword == plain) return keyword + (argument.empty() ? "" : ' ' + hidden("arguments", rest.size()));
    return hidden("unknown command", line.size());
}

std::string_view redacted_answer(std::string_view line) { return line.starts_with("334 ") ? "334 <SASL data>" : line; }

}  // namespace restante::smtp
