#include "pop3/command.hpp"

#include <array>
#include <charconv>

namespace restante::pop3 {
namespace {
constexpr std::uint32_t pack(std::string_view word) {
    std::uint32_t out = 0;
    for (const char c : word) {
        const bool lower = c >= 'a' && c <= 'z';
        out = out << 8U | static_cast<unsigned char>(lower ? c - 32 : c);
    }
    return out;
}

constexpr std::uint8_t in(State state) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(state)); }
constexpr std::uint8_t before = in(State::authorization) | in(State::user_given);
constexpr std::uint8_t after = in(State::transaction);

// RFC 1939 4, 5, 7; RFC 2449 5 (CAPA); RFC 2595 4 (STLS); RFC 5034 4 (AUTH);
// RFC 6856 2, 3 (UTF8, LANG). LAST and XTND are gone for good.
constexpr std::array rules{
    Rule{Verb::user, pack("USER"), before, Arguments::text},
    Rule{Verb::pass, pack("PASS"), in(State::user_given), Arguments::text},
    Rule{Verb::auth, pack("AUTH"), before, Arguments::optional_text},
    Rule{Verb::apop, pack("APOP"), before, Arguments::text},
    Rule{Verb::stls, pack("STLS"), before, Arguments::none},
    Rule{Verb::capa, pack("CAPA"), before | after, Arguments::none},
    Rule{Verb::stat, pack("STAT"), after, Arguments::none},
    Rule{Verb::list, pack("LIST"), after, Arguments::optional_number},
    Rule{Verb::uidl, pack("UIDL"), after, Arguments::optional_number},
    Rule{Verb::top, pack("TOP"), after, Arguments::number_and_lines},
    Rule{Verb::retr, pack("RETR"), after, Arguments::number},
    Rule{Verb::dele, pack("DELE"), after, Arguments::number},
    Rule{Verb::rset, pack("RSET"), after, Arguments::none},
    Rule{Verb::noop, pack("NOOP"), after, Arguments::none},
    Rule{Verb::quit, pack("QUIT"), before | after, Arguments::none},
    Rule{Verb::utf8, pack("UTF8"), before, Arguments::none},
    Rule{Verb::lang, pack("LANG"), before | after, Arguments::optional_text},
};

const Rule* find_rule(std::string_view keyword) {
    if (keyword.size() < 3 || keyword.size() > 4) return nullptr;
    const std::uint32_t packed = pack(keyword);
    for (const Rule& rule : rules)
        if (rule.keyword == packed) return &rule;
    return nullptr;
}

void skip_blanks(std::string_view& s) {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
}

bool take_number(std::string_view& s, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (s.empty() || error != std::errc{}) return false;
    s.remove_prefix(static_cast<std::size_t>(end - s.data()));
    return s.empty() || s.front() == ' ';
}

bool take_numbers(std::string_view rest, Arguments arguments, Command& command) {
    skip_blanks(rest);
    if (rest.empty()) return arguments == Arguments::optional_number;
    if (!take_number(rest, command.number)) return false;
    command.has_number = true;
    skip_blanks(rest);
    if (arguments == Arguments::number_and_lines) {
        if (!take_number(rest, command.lines)) return false;
        skip_blanks(rest);
    }
    return rest.empty();
}

bool take_arguments(std::string_view rest, Arguments arguments, Command& command) {
    if (!rest.empty()) rest.remove_prefix(1);  // the blank after the keyword
    switch (arguments) {
        case Arguments::none:
            skip_blanks(rest);
            return rest.empty();
        case Arguments::text:
        case Arguments::optional_text:
            command.text = rest;
            return !rest.empty() || arguments == Arguments::optional_text;
        default:
            return take_numbers(rest, arguments, command);
    }
}
}  // namespace

Fault parse_command(std::string_view line, State state, Command& command) {
    constexpr std::string_view forbidden("\0\r", 2);  // NUL, and a CR that ends no line
    if (line.find_first_of(forbidden) != std::string_view::npos) return Fault::syntax;
    const std::string_view keyword = line.substr(0, line.find(' '));
    const Rule* rule = find_rule(keyword);
    if (rule == nullptr) return Fault::unknown;
    if ((rule->states & in(state)) == 0) return Fault::wrong_state;
    command = {};
    command.verb = rule->verb;
    return take_arguments(line.substr(keyword.size()), rule->arguments, command) ? Fault::none : Fault::syntax;
}

}  // namespace restante::pop3
