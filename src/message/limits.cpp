#include "message/limits.hpp"

#include <array>

namespace restante::message {
namespace {
constexpr std::array kNames{"no_header",       "malformed_field",     "nul_in_header",      "bare_cr_in_header",
                            "too_many_fields", "field_too_long",      "several_from",       "several_content_type",
                            "bad_address",     "nested_groups",       "too_many_addresses", "too_deep",
                            "too_many_parts",  "no_boundary",         "unclosed_multipart", "unknown_charset",
                            "text_cut",        "too_many_attachments"};
static_assert(kNames.size() == static_cast<std::size_t>(Oddity::too_many_attachments) + 1);
}  // namespace

std::vector<std::string> Oddities::names() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (has(static_cast<Oddity>(i))) out.emplace_back(kNames[i]);
    return out;
}

}  // namespace restante::message
