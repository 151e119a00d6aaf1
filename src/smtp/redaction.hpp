#pragma once
// What may be written down of a line a client sent.
#include <string>
#include <string_view>

namespace restante::smtp {

/// The line as a log may show it: known commands with arguments that can be no password; of everything else, such as a
/// password sent as a command, only the length. in_auth: it answers a SASL challenge.
std::string redacted(std::string_view line, bool in_auth);

/// The same for a line of an answer: SASL challenges are left out.
std::string_view redacted_answer(std::string_view line);

}  // namespace restante::smtp
