#pragma once
// HTML mail as plain text: paragraphs, lists, tables and links kept, quoted text marked with "> ".
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace restante::message {

/// A stretch [begin, end) of the text that a mail program marked in its HTML.
struct TextRegion {
    enum class Kind : std::uint8_t {
        quote,      // the quoted message (gmail_quote, blockquote type=cite, moz-cite-prefix, ...)
        signature,  // gmail_signature, moz-signature, ...
        rest,       // the head of an embedded message: it and everything behind it is quoted
    };
    std::size_t begin = 0;
    std::size_t end = 0;
    Kind kind = Kind::quote;

    bool operator==(const TextRegion&) const = default;
};

struct HtmlText {
    std::string text;                 // UTF-8, LF lines, no more than one empty line in a row, ends in LF unless empty
    std::vector<TextRegion> regions;  // by begin; at most 1,000
};

struct HtmlOptions {
    bool link_targets = true;  // `text <https://...>` where the target says more than the text
    std::size_t max_text_bytes = 1024 * 1024;
};

/// `html` is UTF-8. Linear time; elements nested deeper than 200 are read without their meaning.
HtmlText html_to_text(std::string_view html, const HtmlOptions& options = {});

}  // namespace restante::message
