#pragma once
// What stands in a list's bounce address, so that only mail of ours that came back is counted. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace restante::mda {

class BounceTokens {
public:
    /// key: secret.
    explicit BounceTokens(std::string key) : key_(std::move(key)) {}

    /// member 0: a copy that went to several. 24 letters and digits.
    std::string make(std::int64_t list, std::int64_t member) const;
    /// The member; nullopt: not made here for this list.
    std::optional<std::int64_t> member_of(std::int64_t list, std::string_view token) const;

private:
    std::string mac(std::int64_t list, std::string_view member) const;
    const std::string key_;
};

}  // namespace restante::mda
