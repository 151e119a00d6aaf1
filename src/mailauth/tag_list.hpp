#pragma once
// Lists of tags as DKIM, ARC and DMARC write them: "v=1; a=rsa-sha256; ..." (RFC 6376 3.2). Pure.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace restante::mailauth {

/// Borrows the text.
class TagList {
public:
    /// invalid: no tag list, or a name twice. White space, folds included, is taken around names and values.
    static Result<TagList> parse(std::string_view text);

    /// The value without white space around it; nullopt if there is no such tag. Names have their case.
    std::optional<std::string_view> find(std::string_view name) const;
    std::string_view find_or(std::string_view name, std::string_view otherwise) const {
        return find(name).value_or(otherwise);
    }
    /// The same without white space inside: base64 and lists are folded at will.
    std::string compact(std::string_view name) const;
    /// "v" of "v=1; ...": RFC 6376 3.6.1 wants it first. Empty for an empty list.
    std::string_view first_name() const { return tags_.empty() ? std::string_view() : tags_.front().name; }

private:
    struct Tag {
        std::string_view name, value;
    };
    std::vector<Tag> tags_;
};

/// The text without what stands between "name=" and the next ';': what a signature signs of itself (RFC 6376 3.5, b=).
std::string without_tag_value(std::string_view text, std::string_view name);

/// "a : b" -> {"a", "b"}: entries of a colon-separated list without white space around them.
std::vector<std::string_view> colon_list(std::string_view text);

std::string without_white_space(std::string_view text);

}  // namespace restante::mailauth
