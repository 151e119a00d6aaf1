#pragma once
// What mail programs write around a reply, in the languages they speak. Every function takes a line from plain_line().
#include <string>
#include <string_view>

namespace restante::reply {

/// For comparing: trimmed, case folded, emphasis marks and invisible characters removed, blanks collapsed, wide colons
/// made narrow.
std::string plain_line(std::string_view line);

bool names_sender(std::string_view line);        // "from: ...", "von: ..."
bool names_header(std::string_view line);        // the same, or "sent: ...", "subject: ..."
bool is_original_marker(std::string_view line);  // "-----original message-----", "begin forwarded message:"
bool is_sent_from(std::string_view line);        // "sent from my iphone"
bool has_wrote(std::string_view line);           // "... wrote", "... schrieb ..."
bool starts_attribution(std::string_view line);  // "on mon, 5 may ...", "2026-01-05 10:00 ..."
bool has_date(std::string_view line);            // a year, a time of day, or a numeric date
bool is_rule(std::string_view line);             // "_____", "-----", "====="

}  // namespace restante::reply
