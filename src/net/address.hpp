#pragma once
// The address of a peer or of a listening socket.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace restante::net {

/// An IPv4 or IPv6 address with a port, or a unix socket. IPv4-mapped IPv6 (::ffff:1.2.3.4) is held as IPv4. Plain
/// value.
class Address {
public:
    enum class Family : std::uint8_t { none, ipv4, ipv6, unix_path };

    Address() = default;
    /// From the kernel. An unknown family gives Family::none.
    static Address from(const sockaddr* address, std::size_t length);
    /// A literal without brackets: "127.0.0.1", "2001:db8::1", "fe80::1%eth0" (zone is dropped). nullopt if it is none.
    static std::optional<Address> parse_ip(std::string_view text, std::uint16_t port = 0);
    /// 4 or 16 bytes in network order; other lengths give Family::none.
    static Address from_ip_bytes(std::string_view bytes);
    static Address unix_socket(std::string path);

    Family family() const { return family_; }
    std::uint16_t port() const { return port_; }
    /// "127.0.0.1", "2001:db8::1"; "unix" for a unix socket.
    std::string ip() const;
    /// RFC 5321 4.1.3: "[127.0.0.1]", "[IPv6:2001:db8::1]".
    std::string ip_literal() const;
    /// "127.0.0.1:25", "[::1]:25", "unix:/run/x.sock".
    std::string to_string() const;
    /// 4 or 16 bytes in network order, empty for a unix socket: the key for limits and look-ups.
    std::string_view ip_bytes() const;
    const std::string& unix_path() const { return path_; }

    bool is_loopback() const;  // 127/8, ::1, unix
    /// Anything that is not a public unicast address: loopback, private (RFC 1918, 4193), link-local, carrier NAT (RFC
    /// 6598), multicast, unspecified, broadcast, documentation, and the forms that embed IPv4 (6to4, NAT64). For
    /// forbidding connections into the own network.
    bool is_internal() const;

    bool operator==(const Address&) const = default;

private:
    Family family_ = Family::none;
    std::uint16_t port_ = 0;
    std::array<char, 16> bytes_{};
    std::string path_;
};

}  // namespace restante::net
