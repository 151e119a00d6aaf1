#pragma once
// The lines of a reply and what each of them is.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "message/html_text.hpp"
#include "reply/trim.hpp"

namespace restante::reply {

enum class LineKind : std::uint8_t {
    text,  // typed by the person
    blank,
    quote,        // of an earlier message, line by line
    attribution,  // announces a quote: "On ... wrote:"
    signature,
    rest,  // starts, or is part of, an embedded message that goes on to the end
};

struct Line {
    std::string_view text;  // without its line end
    LineKind kind = LineKind::text;
};

/// Splits and labels. Views point into `text`.
std::vector<Line> label_lines(std::string_view text, const std::vector<message::TextRegion>& regions,
                              const TrimOptions& options);

}  // namespace restante::reply
