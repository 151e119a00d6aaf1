#pragma once
// POP3 commands: what a line says, and which command is legal when (one table, command.cpp).
#include <cstdint>
#include <optional>
#include <string_view>

namespace restante::pop3 {

enum class Verb : std::uint8_t {
    user,
    pass,
    auth,
    apop,
    stls,
    capa,
    stat,
    list,
    uidl,
    top,
    retr,
    dele,
    rset,
    noop,
    quit,
    utf8,
    lang
};

/// RFC 1939 3, split where what may be said differs. update lasts from QUIT until the removal is done.
enum class State : std::uint8_t { authorization, user_given, sasl, transaction, update, closed };

/// What follows the keyword.
enum class Arguments : std::uint8_t { none, text, optional_text, number, optional_number, number_and_lines };

struct Rule {
    Verb verb;
    std::uint32_t keyword;  // four bytes, upper case
    std::uint8_t states;    // bit per State
    Arguments arguments;
};

struct Command {
    Verb verb = Verb::noop;
    std::string_view text;  // argument as sent (Arguments::text)
    bool has_number = false;
    std::uint64_t number = 0;  // message number, not yet checked against the maildrop
    std::uint64_t lines = 0;   // TOP
};

enum class Fault : std::uint8_t { none, unknown, syntax, wrong_state };

/// line without its line end. On Fault::none command is filled in; its views point into line.
/// RFC 1939 3: keyword without case, arguments after one blank; blanks at the end of numbers are forgiven.
Fault parse_command(std::string_view line, State state, Command& command);

}  // namespace restante::pop3
