#pragma once
// A domain's aliases as one text: "alias destination" a line (S5.19, S5.20). Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace restante::directory {

struct Alias;

struct LineFault {
    std::size_t line = 0;  // from 1; 0: not about one line
    std::string detail;
};

/// One alias of the text: where it leads, and the line of each destination.
struct AliasLines {
    std::string address;  // key
    std::vector<std::string> destinations;
    std::vector<std::size_t> lines;
};

struct AliasText {
    std::vector<AliasLines> aliases;  // in the order of their first lines
    std::vector<LineFault> faults;
};

/// An alias is a local part or a full address of `domain`, "@" the catch-all; one or more destinations follow, with
/// blanks or commas between them; several lines of one alias add up. '#' starts a line that is a remark. Double quotes
/// hold blanks together.
AliasText parse_alias_text(std::string_view text, std::string_view domain);

/// One destination a line, in the order of addresses; without aliases that are managed.
std::string write_alias_text(std::vector<Alias> aliases);

}  // namespace restante::directory
