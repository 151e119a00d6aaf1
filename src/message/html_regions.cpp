#include "message/html_regions.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace restante::message {
namespace {
using Kind = TextRegion::Kind;

struct Mark {
    std::string_view value;  // lower case; a whole class name or id
    Kind kind;
};

constexpr std::array kClasses{
    Mark{"gmail_quote", Kind::quote},
    Mark{"gmail_quote_container", Kind::quote},
    Mark{"gmail_attr", Kind::quote},
    Mark{"moz-cite-prefix", Kind::quote},
    Mark{"moz-email-headers-table", Kind::quote},
    Mark{"yahoo_quoted", Kind::quote},
    Mark{"yahooquotedtext", Kind::quote},
    Mark{"protonmail_quote", Kind::quote},
    Mark{"tutanota_quote", Kind::quote},
    Mark{"zmail_extra", Kind::quote},
    Mark{"zmail_extra_hr", Kind::quote},
    Mark{"nylas-quote", Kind::quote},
    Mark{"front-blockquote", Kind::quote},
    Mark{"hey_quote", Kind::quote},
    Mark{"cm_quote", Kind::quote},
    Mark{"freebirdforums_quote", Kind::quote},
    Mark{"sh-signature", Kind::signature},
    Mark{"gmail_signature", Kind::signature},
    Mark{"gmail_signature_prefix", Kind::signature},
    Mark{"moz-signature", Kind::signature},
    Mark{"nylas-signature", Kind::signature},
    Mark{"protonmail_signature_block", Kind::signature},
    Mark{"outlookmessageheader", Kind::rest},
};

constexpr std::array kIds{
    Mark{"divrplyfwdmsg", Kind::rest},
    Mark{"x_divrplyfwdmsg", Kind::rest},
    Mark{"appendonsend", Kind::rest},
    Mark{"x_appendonsend", Kind::rest},
    Mark{"mail-editor-reference-message-container", Kind::rest},
    Mark{"olk_src_body_section", Kind::quote},
    Mark{"mimo_reply_quote", Kind::quote},
    Mark{"isforwardcontent", Kind::quote},
    Mark{"isreplycontent", Kind::quote},
    Mark{"qt", Kind::quote},
    Mark{"reply139content", Kind::quote},
    Mark{"stopspelling", Kind::rest},
    Mark{"zwchr", Kind::rest},
    Mark{"signature", Kind::signature},
    Mark{"ms-outlook-mobile-signature", Kind::signature},
    Mark{"applemailsignature", Kind::signature},
};

template <std::size_t N>
std::optional<Kind> look_up(const std::array<Mark, N>& marks, std::string_view value) {
    const std::string lower = to_lower(value);
    const auto found = std::find_if(marks.begin(), marks.end(), [&](const Mark& m) { return m.value == lower; });
    return found == marks.end() ? std::nullopt : std::optional(found->kind);
}

std::string without_blanks(std::string_view s) {
    std::string out;
    for (const char c : to_lower(s))
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') out += c;
    return out;
}

/// Word and Outlook have no class for it: the block with From:, Sent: ... is a div with only its upper border drawn.
bool is_outlook_head(std::string_view style) {
    const std::string s = without_blanks(style);
    return s.find("border:none;border-top:solid") != std::string::npos && s.find("padding:3.0pt0") != std::string::npos;
}

/// `padding-left` and a coloured left border on a plain div is how some web mailers quote.
bool is_bordered_quote(const HtmlToken& tag) { return tag.name == "div" && iequals(tag.attribute("name"), "quote"); }
}  // namespace

std::optional<Kind> region_of(const HtmlToken& tag) {
    if (tag.attributes.empty()) return std::nullopt;
    if (tag.name == "blockquote" && (iequals(tag.attribute("type"), "cite") || !tag.attribute("cite").empty()))
        return Kind::quote;
    std::string classes(tag.attribute("class"));
    std::replace_if(
        classes.begin(), classes.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
    for (const std::string_view one : split(classes, ' '))
        if (const auto kind = look_up(kClasses, one)) return kind;
    if (const auto kind = look_up(kIds, tag.attribute("id"))) return kind;
    if (tag.attribute("data-marker") == "__QUOTED_TEXT__") return Kind::quote;
    if (tag.attribute("data-marker") == "__HEADERS__") return Kind::rest;
    if (tag.attribute("data-marker") == "__SIG_POST__" || tag.attribute("data-marker") == "__SIG_PRE__")
        return Kind::signature;
    if (tag.attribute("data-smartmail") == "gmail_signature") return Kind::signature;
    if (tag.name == "div" && is_outlook_head(tag.attribute("style"))) return Kind::rest;
    if (is_bordered_quote(tag)) return Kind::quote;
    return std::nullopt;
}

}  // namespace restante::message
