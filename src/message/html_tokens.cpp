#include "message/html_tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/text.hpp"

namespace restante::message {
namespace {
constexpr std::size_t kMaxAttributes = 32;
constexpr std::size_t kMaxValue = 4096;
constexpr std::size_t kMaxName = 32;

// The names of U+00A0 to U+00FF in order (HTML 4.01 24.2).
constexpr std::string_view kLatin1 =
    "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute "
    "micro "
    "para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil "
    "Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave "
    "Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml "
    "igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute "
    "thorn yuml";

struct Entity {
    std::string_view name;
    std::uint32_t code;
};
constexpr std::array kEntities{
    Entity{"amp", '&'},       Entity{"lt", '<'},        Entity{"gt", '>'},        Entity{"quot", '"'},
    Entity{"apos", '\''},     Entity{"OElig", 0x152},   Entity{"oelig", 0x153},   Entity{"Scaron", 0x160},
    Entity{"scaron", 0x161},  Entity{"Yuml", 0x178},    Entity{"fnof", 0x192},    Entity{"circ", 0x2C6},
    Entity{"tilde", 0x2DC},   Entity{"ensp", 0x2002},   Entity{"emsp", 0x2003},   Entity{"thinsp", 0x2009},
    Entity{"zwnj", 0x200C},   Entity{"zwj", 0x200D},    Entity{"ndash", 0x2013},  Entity{"mdash", 0x2014},
    Entity{"lsquo", 0x2018},  Entity{"rsquo", 0x2019},  Entity{"sbquo", 0x201A},  Entity{"ldquo", 0x201C},
    Entity{"rdquo", 0x201D},  Entity{"bdquo", 0x201E},  Entity{"dagger", 0x2020}, Entity{"Dagger", 0x2021},
    Entity{"bull", 0x2022},   Entity{"hellip", 0x2026}, Entity{"permil", 0x2030}, Entity{"prime", 0x2032},
    Entity{"lsaquo", 0x2039}, Entity{"rsaquo", 0x203A}, Entity{"euro", 0x20AC},   Entity{"trade", 0x2122},
    Entity{"larr", 0x2190},   Entity{"uarr", 0x2191},   Entity{"rarr", 0x2192},   Entity{"darr", 0x2193},
    Entity{"harr", 0x2194},   Entity{"rArr", 0x21D2},   Entity{"minus", 0x2212},  Entity{"infin", 0x221E},
    Entity{"asymp", 0x2248},  Entity{"ne", 0x2260},     Entity{"le", 0x2264},     Entity{"ge", 0x2265},
    Entity{"sum", 0x2211},    Entity{"radic", 0x221A},  Entity{"alpha", 0x3B1},   Entity{"beta", 0x3B2},
    Entity{"gamma", 0x3B3},   Entity{"delta", 0x3B4},   Entity{"epsilon", 0x3B5}, Entity{"lambda", 0x3BB},
    Entity{"mu", 0x3BC},      Entity{"pi", 0x3C0},      Entity{"sigma", 0x3C3},   Entity{"tau", 0x3C4},
    Entity{"omega", 0x3C9},   Entity{"Delta", 0x394},   Entity{"Sigma", 0x3A3},   Entity{"Omega", 0x3A9},
    Entity{"hearts", 0x2665}, Entity{"check", 0x2713},  Entity{"commat", '@'},    Entity{"colon", ':'},
    Entity{"NewLine", '\n'},  Entity{"Tab", '\t'},      Entity{"period", '.'},    Entity{"sol", '/'},
};

// &#128; to &#159; mean windows-1252 in practice (HTML 13.2.5.80).
constexpr std::array<std::uint32_t, 32> kC1{0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
                                            0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
                                            0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                            0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

std::uint32_t named(std::string_view name) {
    for (const Entity& entity : kEntities)
        if (entity.name == name) return entity.code;
    std::uint32_t code = 0xA0;
    for (const std::string_view latin : split(kLatin1, ' ')) {
        if (latin == name) return code;
        ++code;
    }
    return 0;
}

std::uint32_t numbered(std::string_view digits) {
    const bool hex = !digits.empty() && ascii_lower(digits[0]) == 'x';
    if (hex) digits.remove_prefix(1);
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (digits.empty() || end != digits.data() + digits.size()) return 0;
    if (error != std::errc{} || code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return 0xFFFD;
    return code >= 0x80 && code < 0xA0 ? kC1[code - 0x80] : code;
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | code >> 6U);
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | code >> 12U);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | code >> 18U);
        tail(12);
        tail(6);
        tail(0);
    }
}

bool is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }
bool is_html_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool ends_name(char c) { return is_html_space(c) || c == '/' || c == '>'; }
}  // namespace

std::string_view HtmlToken::attribute(std::string_view key) const {
    for (const auto& [name_, value] : attributes)
        if (name_ == key) return value;
    return {};
}

std::string resolve_references(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '&') {
            out += text[i];
            continue;
        }
        std::size_t end = i + 1;
        while (end < text.size() && end - i <= 10 &&
               (is_letter(text[end]) || text[end] == '#' || (text[end] >= '0' && text[end] <= '9')))
            ++end;
        const std::string_view name = text.substr(i + 1, end - i - 1);
        const std::uint32_t code = name.empty() ? 0 : name[0] == '#' ? numbered(name.substr(1)) : named(name);
        if (code == 0) {
            out += '&';
            continue;
        }
        append_utf8(out, code);
        i = end < text.size() && text[end] == ';' ? end : end - 1;
    }
    return out;
}

std::optional<HtmlToken> HtmlReader::next() {
    while (at_ < html_.size()) {
        if (html_[at_] != '<') return read_text();
        const char after = at_ + 1 < html_.size() ? html_[at_ + 1] : '\0';
        const bool end_tag = after == '/' && at_ + 2 < html_.size() && is_letter(html_[at_ + 2]);
        if (after == '!' || after == '?' || (after == '/' && !end_tag)) {
            skip_markup();
        } else if (is_letter(after) || end_tag) {
            if (auto tag = read_tag()) return tag;
        } else {
            return read_text();
        }
    }
    return std::nullopt;
}

HtmlToken HtmlReader::read_text() {
    // The first byte may be a '<' that opens no tag.
    const std::size_t end = std::min(html_.find('<', at_ + 1), html_.size());
    HtmlToken token;
    token.text = resolve_references(html_.substr(at_, end - at_));
    at_ = end;
    return token;
}

std::optional<HtmlToken> HtmlReader::read_tag() {
    HtmlToken token;
    const bool end_tag = html_[at_ + 1] == '/';
    token.kind = end_tag ? HtmlToken::Kind::end : HtmlToken::Kind::start;
    at_ += end_tag ? 2 : 1;
    const std::size_t start = at_;
    while (at_ < html_.size() && !ends_name(html_[at_])) ++at_;
    token.name = to_lower(html_.substr(start, std::min(at_ - start, kMaxName)));
    read_attributes(token);
    const bool skipped = token.name == "script" || token.name == "style" || token.name == "title";
    if (!end_tag && skipped) {
        skip_element(token.name);
        return std::nullopt;
    }
    return token;
}

void HtmlReader::read_attributes(HtmlToken& token) {
    while (at_ < html_.size()) {
        skip_blanks();
        if (at_ >= html_.size()) return;
        if (html_[at_] == '>') {
            ++at_;
            return;
        }
        if (html_[at_] == '/') {
            ++at_;
            continue;
        }
        const std::size_t start = at_++;
        while (at_ < html_.size() && !ends_name(html_[at_]) && html_[at_] != '=') ++at_;
        std::string name = to_lower(html_.substr(start, std::min(at_ - start, kMaxName)));
        skip_blanks();
        std::string value;
        if (at_ < html_.size() && html_[at_] == '=') {
            ++at_;
            value = read_attribute_value();
        }
        if (token.attributes.size() < kMaxAttributes) token.attributes.emplace_back(std::move(name), std::move(value));
    }
}

std::string HtmlReader::read_attribute_value() {
    skip_blanks();
    if (at_ >= html_.size()) return {};
    const char quote = html_[at_];
    std::size_t start = at_;
    std::size_t end = 0;
    if (quote == '"' || quote == '\'') {
        ++start;
        end = std::min(html_.find(quote, start), html_.size());
        at_ = std::min(end + 1, html_.size());
    } else {
        end = start;
        while (end < html_.size() && !is_html_space(html_[end]) && html_[end] != '>') ++end;
        at_ = end;
    }
    return resolve_references(html_.substr(start, std::min(end - start, kMaxValue)));
}

void HtmlReader::skip_markup() {
    if (html_.substr(at_, 4) == "<!--" && !no_comment_end_) {
        const std::size_t end = html_.find("-->", at_ + 2);
        if (end != std::string_view::npos) {
            at_ = end + 3;
            return;
        }
        no_comment_end_ = true;
    }
    const std::size_t end = html_.find('>', at_);
    at_ = end == std::string_view::npos ? html_.size() : end + 1;
}

void HtmlReader::skip_element(std::string_view name) {
    for (;;) {
        at_ = html_.find("</", at_);
        if (at_ == std::string_view::npos) {
            at_ = html_.size();
            return;
        }
        if (iequals(html_.substr(at_ + 2, name.size()), name)) return;
        at_ += 2;
    }
}

void HtmlReader::skip_blanks() {
    while (at_ < html_.size() && is_html_space(html_[at_])) ++at_;
}

}  // namespace restante::message
