#pragma once
// Which elements mail programs use for quoted messages and signatures. Facts about those programs, in one place.
#include <optional>

#include "message/html_text.hpp"
#include "message/html_tokens.hpp"

namespace restante::message {

/// What a start tag announces, if anything.
std::optional<TextRegion::Kind> region_of(const HtmlToken& tag);

}  // namespace restante::message
