#include "relay/route.hpp"

#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include "base/text.hpp"

namespace restante::relay {
namespace {
using Type = net::DnsQuestion::Type;
using Status = net::DnsAnswer::Status;

NoWay temporary(const std::string& what, const net::DnsAnswer& answer) {
    return {false, "4.4.3",
            "the name server does not tell " + what + (answer.detail.empty() ? "" : ": " + answer.detail)};
}

/// Balances load among hosts that are equally good (RFC 5321 5.1).
void shuffle(std::vector<net::MailExchanger>& list) {
    static thread_local std::mt19937 random{std::random_device{}()};
    std::shuffle(list.begin(), list.end(), random);
}

MailHosts choose(std::vector<net::MailExchanger> list, const std::string& domain, const std::string& own_name) {
    MailHosts out;
    if (std::all_of(list.begin(), list.end(), [](const auto& mx) { return mx.host.empty(); })) {
        out.none = NoWay{true, "5.1.10", domain + " takes no mail (null MX)"};  // RFC 7505 4.1
        return out;
    }
    std::erase_if(list, [](const auto& mx) { return mx.host.empty(); });
    const auto own = std::find_if(list.begin(), list.end(), [&](const auto& mx) { return iequals(mx.host, own_name); });
    if (own != list.end())
        std::erase_if(list, [least = own->preference](const auto& mx) { return mx.preference >= least; });
    if (list.empty()) {
        out.none =
            NoWay{true, "5.4.6", "mail for " + domain + " is to come to this server, which does not take it: a loop"};
        return out;
    }
    shuffle(list);
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.preference < b.preference; });
    for (const auto& mx : list)
        if (std::find(out.hosts.begin(), out.hosts.end(), mx.host) == out.hosts.end()) out.hosts.push_back(mx.host);
    return out;
}

std::optional<net::Address> literal_address(const std::string& host, std::uint16_t port) {
    std::string_view inside = std::string_view(host).substr(1, host.size() - 2);
    if (istarts_with(inside, "IPv6:")) inside.remove_prefix(5);
    return net::Address::parse_ip(inside, port);
}
}  // namespace

std::string to_dns_name(const std::string& domain) {
    if (std::all_of(domain.begin(), domain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return domain;
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(
        uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, &status),
        &uidna_close);
    std::array<char, 512> buffer;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    const auto length = uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<std::int32_t>(domain.size()),
                                               buffer.data(), buffer.size(), &info, &status);
    if (U_FAILURE(status) != 0 || info.errors != 0) return "";
    return std::string(buffer.data(), static_cast<std::size_t>(length));
}

net::Task<MailHosts> find_hosts(net::Resolver& resolver, std::string domain, std::string own_name) {
    MailHosts out;
    if (domain.starts_with('[')) {
        out.hosts = {std::move(domain)};
        co_return out;
    }
    const std::string name = to_dns_name(domain);
    if (name.empty()) {
        out.none = NoWay{true, "5.1.2", domain + " is no domain name"};
        co_return out;
    }
    net::DnsQuestion question{Type::mx, name};
    const net::DnsAnswer answer = co_await resolver.ask(std::move(question));
    if (answer.status == Status::servfail) {
        out.none = temporary("where mail for " + domain + " goes", answer);
    } else if (answer.status == Status::nxdomain) {
        out.none = NoWay{true, "5.1.2", "the domain " + domain + " does not exist"};
    } else if (answer.status == Status::nodata) {
        out.hosts = {name};  // implicit MX
    } else {
        out = choose(answer.exchangers, domain, own_name);
    }
    out.authenticated = answer.authenticated;
    co_return out;
}

net::Task<HostAddresses> find_addresses(net::Resolver& resolver, std::string host, std::uint16_t port, bool ipv6_first,
                                        std::function<bool(const net::Address&)> deny) {
    HostAddresses out;
    std::vector<net::Address> found;
    if (host.starts_with('[')) {
        if (const auto literal = literal_address(host, port)) found.push_back(*literal);
    } else {
        out.authenticated = true;
        std::array<Type, 2> types{Type::a, Type::aaaa};
        if (ipv6_first) std::swap(types[0], types[1]);
        for (const Type type : types) {
            net::DnsQuestion question{type, host};
            const net::DnsAnswer answer = co_await resolver.ask(std::move(question));
            if (answer.status == Status::servfail) out.none = temporary("the address of " + host, answer);
            out.authenticated = out.authenticated && answer.authenticated;
            for (const auto& address : answer.addresses)
                if (auto with_port = net::Address::parse_ip(address.ip(), port)) found.push_back(*with_port);
            if (answer.status == Status::nxdomain) break;
        }
    }
    if (!found.empty()) {
        out.none.reset();
        std::erase_if(found, deny);
        if (found.empty())
            out.none = NoWay{true, "5.4.4", "the address of " + host + " is not one mail may be sent to"};
    } else if (!out.none) {
        out.none = NoWay{true, "5.4.4", host + " has no address"};
    }
    out.addresses = std::move(found);
    co_return out;
}

}  // namespace restante::relay
