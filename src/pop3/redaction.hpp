#pragma once
// What may be written down of a line a client sent.
#include <string>
#include <string_view>

#include "pop3/command.hpp"

namespace restante::pop3 {

/// The line as a log may show it. What is shown is decided by what it is, not by what looks secret: known commands with
/// arguments that can be no password; of everything else, such as a password sent as a command, only the length. Of
/// PASS, APOP and AUTH the secret is left out, whatever state the session is in.
std::string redacted(std::string_view line, State state);

/// The same for the first line of an answer: SASL challenges are left out.
std::string_view redacted_answer(std::string_view line);

}  // namespace restante::pop3
