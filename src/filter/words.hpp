#pragma once
// Text as the words a person reads. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace restante::filter {

/// Runs of letters and digits, case folded (Unicode), each 2 to 40 characters; longer ones are no words and left out.
/// Scripts that are written without blanks give pairs of characters. utf8 may be any bytes. At most `most` of them.
std::vector<std::string> words_of(std::string_view utf8, std::size_t most);

}  // namespace restante::filter
