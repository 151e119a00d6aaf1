#pragma once
// Bytes in the charsets that mail really uses, as UTF-8 (over ICU). Pure functions, thread-safe.
#include <string>
#include <string_view>

namespace restante::message {

struct Utf8Text {
    std::string text;
    bool guessed = false;  // the declared charset was unknown or did not fit, another one was taken
};

/// Reads bytes in the declared charset; if that is unknown or does not fit, as UTF-8, else as windows-1252. Never
/// fails. Labels are read as mail means them: gb2312 as GB 18030, ks_c_5601-1987 as windows-949, iso-8859-1 as
/// windows-1252; without a declaration ISO-2022-JP is recognised by its escape sequences. The result is valid UTF-8.
Utf8Text to_utf8(std::string_view bytes, std::string_view declared);

/// Valid UTF-8 without control characters: NUL, ESC, C1, DEL and stray CR are removed; CRLF becomes LF; tab and LF
/// stay.
std::string clean_text(std::string_view utf8);

/// For one-line values: as clean_text, but every control character and line end becomes a blank, runs of blanks
/// collapse and the ends are trimmed. What comes out can never start a new header line.
std::string clean_line(std::string_view utf8);

}  // namespace restante::message
