#pragma once
// Expansion of macros (RFC 7208 7). Internal to the SPF check.
#include <functional>
#include <optional>
#include <string>

#include "mailauth/spf.hpp"
#include "mailauth/spf_record.hpp"

namespace restante::mailauth {

/// What macros are about. validated_name: of %{p}; nullopt while answers are missing.
struct SpfMacroContext {
    const SpfQuery& query;
    std::string_view domain;  // of the record: %{d}
    std::function<std::optional<std::string>()> validated_name;
};

/// text: checked by is_spf_macro_string. nullopt: answers are missing.
std::optional<std::string> expand_spf_macros(std::string_view text, const SpfMacroContext& context);

/// The same for a domain-spec: over 253 octets, labels are dropped from the left (RFC 7208 7.3).
std::optional<std::string> expand_spf_domain(std::string_view spec, const SpfMacroContext& context);

}  // namespace restante::mailauth
