#include "net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace restante::net {
namespace {

struct Network {
    std::array<unsigned char, 16> prefix;
    unsigned bits;
};

bool inside(const char* bytes, const Network& net) {
    for (unsigned i = 0; i < net.bits; ++i) {
        const unsigned mask = 0x80u >> (i % 8);
        if ((static_cast<unsigned char>(bytes[i / 8]) & mask) != (net.prefix[i / 8] & mask)) return false;
    }
    return true;
}

template <std::size_t N>
bool inside_any(const char* bytes, const std::array<Network, N>& nets) {
    return std::any_of(nets.begin(), nets.end(), [&](const Network& net) { return inside(bytes, net); });
}

// IANA special-purpose address registries (RFC 6890 and updates), as far as they are no public unicast.
constexpr std::array<Network, 15> kInternal4{{{{0}, 8},
                                              {{10}, 8},
                                              {{100, 64}, 10},
                                              {{127}, 8},
                                              {{169, 254}, 16},
                                              {{172, 16}, 12},
                                              {{192, 0, 0}, 24},
                                              {{192, 0, 2}, 24},
                                              {{192, 88, 99}, 24},
                                              {{192, 168}, 16},
                                              {{198, 18}, 15},
                                              {{198, 51, 100}, 24},
                                              {{203, 0, 113}, 24},
                                              {{224}, 4},
                                              {{240}, 4}}};
constexpr std::array<Network, 11> kInternal6{{{{}, 8},                         // ::, ::1, ::1.2.3.4
                                              {{0x00, 0x64, 0xff, 0x9b}, 32},  // NAT64
                                              {{0x01, 0x00}, 64},              // discard
                                              {{0x20, 0x01, 0x00, 0x00}, 23},  // Teredo and protocols
                                              {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
                                              {{0x20, 0x02}, 16},              // 6to4
                                              {{0x3f, 0xff}, 20},              // documentation
                                              {{0xfc}, 7},                     // unique local
                                              {{0xfe, 0x80}, 10},              // link-local
                                              {{0xfe, 0xc0}, 10},              // site-local
                                              {{0xff}, 8}}};                   // multicast

}  // namespace

Address Address::from(const sockaddr* address, std::size_t length) {
    Address out;
    if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
        const auto* in = reinterpret_cast<const sockaddr_in*>(address);
        out.family_ = Family::ipv4;
        out.port_ = ntohs(in->sin_port);
        std::memcpy(out.bytes_.data(), &in->sin_addr, 4);
    } else if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
        const auto* in = reinterpret_cast<const sockaddr_in6*>(address);
        const bool mapped = IN6_IS_ADDR_V4MAPPED(&in->sin6_addr);
        out.family_ = mapped ? Family::ipv4 : Family::ipv6;
        out.port_ = ntohs(in->sin6_port);
        std::memcpy(out.bytes_.data(), in->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    } else if (address->sa_family == AF_UNIX) {
        const std::size_t offset = offsetof(sockaddr_un, sun_path);
        const auto* un = reinterpret_cast<const sockaddr_un*>(address);
        const std::size_t room = length > offset ? length - offset : 0;
        return unix_socket(std::string(un->sun_path, ::strnlen(un->sun_path, room)));
    }
    return out;
}

std::optional<Address> Address::parse_ip(std::string_view text, std::uint16_t port) {
    const std::string plain(text.substr(0, text.find('%')));
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (::inet_pton(AF_INET, plain.c_str(), &v4.sin_addr) == 1)
        return from(reinterpret_cast<sockaddr*>(&v4), sizeof v4);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, plain.c_str(), &v6.sin6_addr) == 1)
        return from(reinterpret_cast<sockaddr*>(&v6), sizeof v6);
    return std::nullopt;
}

Address Address::from_ip_bytes(std::string_view bytes) {
    Address out;
    if (bytes.size() == 4) out.family_ = Family::ipv4;
    if (bytes.size() == 16) out.family_ = Family::ipv6;
    if (out.family_ != Family::none) bytes.copy(out.bytes_.data(), out.bytes_.size());
    return out;
}

Address Address::unix_socket(std::string path) {
    Address out;
    out.family_ = Family::unix_path;
    out.path_ = std::move(path);
    return out;
}

std::string Address::ip() const {
    if (family_ == Family::unix_path) return "unix";
    if (family_ == Family::none) return "unknown";
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(family_ == Family::ipv4 ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
    return text;
}

std::string Address::ip_literal() const { return family_ == Family::ipv6 ? "[IPv6:" + ip() + "]" : "[" + ip() + "]"; }

std::string Address::to_string() const {
    if (family_ == Family::unix_path) return "unix:" + path_;
    const std::string host = family_ == Family::ipv6 ? "[" + ip() + "]" : ip();
    return host + ":" + std::to_string(port_);
}

std::string_view Address::ip_bytes() const {
    const std::size_t length = family_ == Family::ipv4 ? 4 : family_ == Family::ipv6 ? 16 : 0;
    return {bytes_.data(), length};
}

bool Address::is_loopback() const {
    if (family_ == Family::unix_path) return true;
    if (family_ == Family::ipv4) return bytes_[0] == 127;
    static constexpr Network kLoopback{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};
    return family_ == Family::ipv6 && inside(bytes_.data(), kLoopback);
}

bool Address::is_internal() const {
    if (family_ == Family::ipv4) return inside_any(bytes_.data(), kInternal4);
    if (family_ == Family::ipv6) return inside_any(bytes_.data(), kInternal6);
    return true;
}

}  // namespace restante::net
