#pragma once
// Where mail for a domain goes: from a domain to hosts, from a host to addresses (RFC 5321 5.1, RFC 7505).
#include <functional>
#include <string>
#include <vector>

#include "net/resolver.hpp"
#include "relay/types.hpp"

namespace restante::relay {

/// Why there is no way, in the words of RFC 3463.
struct NoWay {
    bool permanent = false;
    std::string status;  // "5.1.2"
    std::string text;
};

struct MailHosts {
    std::vector<std::string> hosts;  // in the order to try: by preference, equal ones at random; literals in brackets
    bool authenticated = false;      // by DNSSEC: that these are the hosts
    std::optional<NoWay> none;       // hosts is empty then
};

/// own_name: this server, as other servers' MX records call it. Every host whose preference is not better than its own
/// is left out, so that mail does not run in circles (RFC 5321 5.1).
net::Task<MailHosts> find_hosts(net::Resolver& resolver, std::string domain, std::string own_name);

struct HostAddresses {
    std::vector<net::Address> addresses;  // with the port, in the order to try
    bool authenticated = false;
    std::optional<NoWay> none;
};

/// `host` may be a literal, "[192.0.2.1]" or "[IPv6:2001:db8::1]". Addresses for which `deny` is true are left out.
net::Task<HostAddresses> find_addresses(net::Resolver& resolver, std::string host, std::uint16_t port, bool ipv6_first,
                                        std::function<bool(const net::Address&)> deny);

/// "bücher.example" -> "xn--bcher-kva.example" (RFC 5891). Empty: it cannot be a name in the DNS.
std::string to_dns_name(const std::string& domain);

}  // namespace restante::relay
