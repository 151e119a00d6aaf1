#pragma once
// MTA-STS: a domain says that its mail hosts have certificates that can be checked (RFC 8461). Pure.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace restante::relay {

struct StsPolicy {
    enum class Mode { none, testing, enforce };
    Mode mode = Mode::none;
    std::vector<std::string> hosts;  // lower case; "*.example.org" stands for one label
    std::chrono::seconds max_age{0};
    std::vector<std::string> lines;  // as it was published, for reports (RFC 8460 4.4)

    /// RFC 8461 4.1.
    bool allows(std::string_view host) const;
};

/// The id of the record at _mta-sts.<domain> (RFC 8461 3.1); none if there is no record, or more than one.
std::optional<std::string> sts_id(const std::vector<std::string>& texts);

/// RFC 8461 3.2. nullopt: malformed, which counts as none.
std::optional<StsPolicy> parse_sts_policy(std::string_view text);

}  // namespace restante::relay
