#pragma once
// The text of an SPF record (RFC 7208 4.5, 4.6.1, 12). Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace restante::mailauth {

struct SpfDirective {
    enum class Kind : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };
    char qualifier = '+';  // one of + - ~ ?
    Kind kind = Kind::all;
    std::string domain;   // the domain-spec, macros not expanded; empty: the current domain
    std::string network;  // ip4, ip6: 4 or 16 octets
    std::uint8_t prefix4 = 32, prefix6 = 128;
    std::string text;  // as written, for people
};

struct SpfRecord {
    std::vector<SpfDirective> directives;
    std::optional<std::string> redirect, explanation;  // domain-specs
};

/// "v=spf1", alone or before a blank, in any case: the others are not SPF records.
bool is_spf_record(std::string_view text);

/// Of a text for which is_spf_record holds. invalid: says which term is wrong (a permerror).
Result<SpfRecord> parse_spf_record(std::string_view text);

/// One macro: "%{d2r-}".
struct SpfMacro {
    char letter = 's';      // lower case
    bool escaped = false;   // the letter was in upper case: escaped as in a URL
    std::size_t parts = 0;  // of the right-hand ones; 0: all
    bool reversed = false;
    std::string delimiters = ".";
};

/// The macro at the start of text (behind "%{"), with its length including the closing brace; nullopt if it is none.
/// The letters c, r and t are for explanations only.
std::optional<std::pair<SpfMacro, std::size_t>> parse_spf_macro(std::string_view text, bool in_explanation);

/// True if every '%' starts a valid macro or escape and every octet is visible (with blanks in an explanation).
bool is_spf_macro_string(std::string_view text, bool in_explanation);

}  // namespace restante::mailauth
