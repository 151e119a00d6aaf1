#pragma once
// HTML as a stream of tags and text, in one pass with constant state: mail needs no document tree, and no input can
// make a stream grow or recurse (docs/decisions/html-to-text.md).
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace restante::message {

struct HtmlToken {
    enum class Kind { text, start, end };
    Kind kind = Kind::text;
    std::string name;                                             // of a tag, lower case
    std::string text;                                             // character references resolved
    std::vector<std::pair<std::string, std::string>> attributes;  // lower-case names, resolved values, at most 32

    std::string_view attribute(std::string_view key) const;
};

/// Comments, declarations and the content of script, style and title are skipped. `html` must outlive the reader.
class HtmlReader {
public:
    explicit HtmlReader(std::string_view html) : html_(html) {}
    std::optional<HtmlToken> next();

private:
    HtmlToken read_text();
    std::optional<HtmlToken> read_tag();
    void read_attributes(HtmlToken& token);
    std::string read_attribute_value();
    void skip_markup();
    void skip_element(std::string_view name);
    void skip_blanks();

    std::string_view html_;
    std::size_t at_ = 0;
    bool no_comment_end_ = false;  // remembered, so that "<!--" a million times costs one search
};

/// "&amp;", "&#233;", "&#xe9;", "&eacute;" to UTF-8; what is no reference stays as it is.
std::string resolve_references(std::string_view text);

}  // namespace restante::message
