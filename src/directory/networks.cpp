#include "directory/networks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/text.hpp"

namespace restante::directory {
namespace {
struct Network {
    int family = AF_INET;
    std::array<unsigned char, 16> bytes{};
    std::size_t bits = 0;  // of the prefix
};

std::size_t width_of(const Network& network) { return network.family == AF_INET ? 32 : 128; }

std::optional<Network> parse_address(std::string_view text) {
    constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    const std::string copy(text.substr(0, INET6_ADDRSTRLEN));
    Network out;
    if (copy.size() != text.size() || copy.find('\0') != std::string::npos) return std::nullopt;
    if (inet_pton(AF_INET, copy.c_str(), out.bytes.data()) == 1) {
        out.bits = 32;
        return out;
    }
    if (inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) != 1) return std::nullopt;
    out.family = AF_INET6;
    out.bits = 128;
    if (std::memcmp(out.bytes.data(), kMapped.data(), kMapped.size()) == 0) {
        std::copy(out.bytes.begin() + 12, out.bytes.end(), out.bytes.begin());
        std::fill(out.bytes.begin() + 4, out.bytes.end(), static_cast<unsigned char>(0));
        out.family = AF_INET;
        out.bits = 32;
    }
    return out;
}

void clear_behind(Network& network, std::size_t bits) {
    for (std::size_t i = bits; i < width_of(network); ++i)
        network.bytes[i / 8] = static_cast<unsigned char>(network.bytes[i / 8] & ~(0x80U >> (i % 8)));
}

std::optional<Network> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    auto network = parse_address(text.substr(0, slash));
    if (!network || slash == std::string_view::npos) return network;
    const auto bits = parse_u64(text.substr(slash + 1));
    if (!bits || *bits > width_of(*network)) return std::nullopt;
    network->bits = *bits;
    clear_behind(*network, network->bits);
    return network;
}
}  // namespace

Result<std::string> checked_network(std::string_view text) {
    const std::string_view trimmed = trim(text);
    const auto network = parse_network(trimmed);
    if (!network)
        return fail(ErrorKind::invalid,
                    "\"" + escape_for_log(text, 80) + "\" is not a network: write an IP address, or as 192.0.2.0/24");
    std::array<char, INET6_ADDRSTRLEN> shown{};
    inet_ntop(network->family, network->bytes.data(), shown.data(), shown.size());
    std::string out = shown.data();
    if (network->bits != width_of(*network)) out += '/' + std::to_string(network->bits);
    return out;
}

std::optional<std::size_t> bits_in_common(std::string_view address, const std::vector<std::string>& networks) {
    if (networks.empty()) return 0;
    const auto client = parse_address(address.substr(0, address.find('%')));
    if (!client) return std::nullopt;
    std::optional<std::size_t> most;
    for (const std::string& text : networks) {
        const auto network = parse_network(text);
        if (!network || network->family != client->family) continue;
        Network masked = *client;
        clear_behind(masked, network->bits);
        if (masked.bytes == network->bytes) most = std::max(most.value_or(0), 128 - width_of(*network) + network->bits);
    }
    return most;
}

bool is_in_networks(std::string_view address, const std::vector<std::string>& networks) {
    return !networks.empty() && bits_in_common(address, networks).has_value();
}

}  // namespace restante::directory
