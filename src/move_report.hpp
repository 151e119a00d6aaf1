#pragma once
// What a move did, account by account: for a person, for a program, for a spreadsheet.
#include <string>
#include <vector>

#include "mover.hpp"

namespace restante::cli {

/// On standard output.
void show_move(const std::vector<MoveOutcome>& outcomes, bool as_json);
/// RFC 4180, one line an account.
Result<void> write_move_csv(const std::vector<MoveOutcome>& outcomes, const std::string& file);
/// One sentence.
std::string verdict(const MoveOutcome& outcome);

}  // namespace restante::cli
