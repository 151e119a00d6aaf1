#pragma once
// What a person typed, apart from what their mail program put around it. Pure; time linear in the text.
#include <string>
#include <string_view>
#include <vector>

#include "message/message.hpp"

namespace restante::reply {

struct TrimOptions {
    bool enabled = true;             // false: the whole text is visible
    bool sent_from_lines = true;     // "Sent from my iPhone" and what follows it counts as signature
    bool loose_signatures = true;    // besides "-- ": "--", a line of underscores, "-Name" at the end
    std::size_t max_lines = 20'000;  // longer texts are not trimmed
};

struct Trimmed {
    std::string visible;  // never empty unless the text is: if everything would be cut, nothing is
    std::string trimmed;  // what was cut, in order; empty: nothing. Together with visible it is every line of the text
};

/// Cuts the signature from a line that is exactly "-- ", quoted lines at both ends with their attribution ("On ...
/// wrote:" in many languages, wrapped over lines or not), embedded messages from their header block or their
/// "-----Original Message-----" line on. Text between quoted lines is an answer in place: then the quotes around it
/// stay. `regions` are what the sender's HTML marked (message::Message::regions).
Trimmed trim_reply(std::string_view text, const std::vector<message::TextRegion>& regions = {},
                   const TrimOptions& options = {});

}  // namespace restante::reply
