#include "mailauth/tag_list.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::mailauth {
namespace {

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_tag_name(std::string_view name) {
    const auto is_alpha = [](char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; };
    return !name.empty() && is_alpha(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_alpha(c) || (c >= '0' && c <= '9') || c == '_'; });
}

/// Visible octets with white space between them; UTF-8 is let pass (RFC 8616).
bool is_tag_value(std::string_view value) {
    return std::ranges::all_of(value, [](char c) { return is_white(c) || static_cast<unsigned char>(c) > 0x20; });
}

}  // namespace

Result<TagList> TagList::parse(std::string_view text) {
    TagList out;
    auto specs = split(text, ';');
    if (specs.size() > 1 && trim(specs.back()).empty()) specs.pop_back();  // one ';' may stand at the end
    for (const std::string_view spec : specs) {
        const std::size_t sign = spec.find('=');
        if (sign == std::string_view::npos) return fail(ErrorKind::invalid, "a tag without a value");
        const std::string_view name = trim(spec.substr(0, sign)), value = trim(spec.substr(sign + 1));
        if (!is_tag_name(name) || !is_tag_value(value)) return fail(ErrorKind::invalid, "a tag is malformed");
        if (out.find(name)) return fail(ErrorKind::invalid, "tag " + std::string(name) + " stands twice");
        out.tags_.push_back({name, value});
    }
    return out;
}

std::optional<std::string_view> TagList::find(std::string_view name) const {
    const auto found = std::ranges::find(tags_, name, &Tag::name);
    if (found == tags_.end()) return std::nullopt;
    return found->value;
}

std::string TagList::compact(std::string_view name) const { return without_white_space(find_or(name, "")); }

std::string without_tag_value(std::string_view text, std::string_view name) {
    std::string out;
    for (const std::string_view spec : split(text, ';')) {
        const std::size_t sign = spec.find('=');
        const bool wanted = sign != std::string_view::npos && trim(spec.substr(0, sign)) == name;
        out.append(wanted ? spec.substr(0, sign + 1) : spec).append(";");
    }
    out.pop_back();
    return out;
}

std::vector<std::string_view> colon_list(std::string_view text) {
    auto out = split(text, ':');
    for (std::string_view& entry : out) entry = trim(entry);
    return out;
}

std::string without_white_space(std::string_view text) {
    std::string out;
    std::ranges::remove_copy_if(text, std::back_inserter(out), is_white);
    return out;
}

}  // namespace restante::mailauth
