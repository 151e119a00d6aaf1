#include "net/dns.hpp"

#include "base/text.hpp"

namespace restante::net {

const char* to_string(DnsQuestion::Type type) {
    switch (type) {
        case DnsQuestion::Type::a:
            return "A";
        case DnsQuestion::Type::aaaa:
            return "AAAA";
        case DnsQuestion::Type::mx:
            return "MX";
        case DnsQuestion::Type::txt:
            return "TXT";
        case DnsQuestion::Type::ptr:
            return "PTR";
        case DnsQuestion::Type::tlsa:
            return "TLSA";
    }
    return "?";
}

std::string reverse_name(const Address& address) {
    const std::string_view bytes = address.ip_bytes();
    std::string out;
    for (auto octet = bytes.rbegin(); octet != bytes.rend(); ++octet) {
        const auto value = static_cast<unsigned char>(*octet);
        if (bytes.size() == 4)
            out += std::to_string(value) + ".";
        else
            out.append({"0123456789abcdef"[value & 15], '.', "0123456789abcdef"[value >> 4], '.'});
    }
    if (!out.empty()) out += bytes.size() == 4 ? "in-addr.arpa" : "ip6.arpa";
    return out;
}

std::string canonical_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return to_lower(name);
}

}  // namespace restante::net
