#pragma once
// Values as a person writes them in the configuration file: "10m", "50MiB", "127.0.0.1:110". Pure.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace restante {

/// "90s", "10m", "1h30m", "250ms", "5d". A unit is required, zero may stand alone ("0"). At most 100 years.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest spelling parse_duration reads back: "1h30m".
std::string write_duration(std::chrono::milliseconds value);

/// "50MiB", "512 KiB", "4096" (bytes), "1GB" (10^9).
Result<std::int64_t> parse_size(std::string_view text);
/// The largest binary unit that divides evenly: "50MiB".
std::string write_size(std::int64_t bytes);

struct Endpoint {
    std::string address;  // IP address without brackets; "*": every address of both families
    std::uint16_t port = 0;
    bool operator==(const Endpoint&) const = default;
};

/// "127.0.0.1:110", "[::1]:110", "*:110". The address must be numeric; port 0 lets the system choose.
Result<Endpoint> parse_endpoint(std::string_view text);
std::string write_endpoint(const Endpoint& endpoint);

/// Of `names`, the one a person most likely meant (edit distance with transpositions); empty if none is near.
std::string nearest_name(std::string_view word, const std::vector<std::string>& names);

}  // namespace restante
