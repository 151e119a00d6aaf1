#include "net/zone.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace restante::net {
namespace {

using Type = DnsQuestion::Type;
using Status = DnsAnswer::Status;

const char* const kZone = R"(
# a domain with mail
example.org        MX    10 mx.example.org
example.org        MX    20 MX2.Example.Org.
example.org        TXT   v=spf1 mx -all
mx.example.org     A     192.0.2.1
mx.example.org     AAAA  2001:db8::1
www.example.org    CNAME mx.example.org
loop.example.org   CNAME loop.example.org
quiet.example.org  MX    0 .
broken.example.org SERVFAIL
half.example.org   SERVFAIL TXT
half.example.org   A     192.0.2.2
_25._tcp.mx.example.org TLSA 3 1 1 00ff10
_25._tcp.mx.example.org SECURE
1.2.0.192.in-addr.arpa PTR mx.example.org
)";

DnsAnswer ask_zone(Type type, const char* name) {
    static const Zone zone(kZone);
    return zone.answer({type, name});
}

TEST(Zone, GivesRecordsOfTheTypeAskedFor) {
    const DnsAnswer mx = ask_zone(Type::mx, "EXAMPLE.org.");
    ASSERT_EQ(mx.status, Status::ok);
    EXPECT_EQ(mx.exchangers, (std::vector<MailExchanger>{{10, "mx.example.org"}, {20, "mx2.example.org"}}));
    EXPECT_TRUE(mx.texts.empty());
    EXPECT_EQ(ask_zone(Type::txt, "example.org").texts, std::vector<std::string>{"v=spf1 mx -all"});
    EXPECT_EQ(ask_zone(Type::a, "mx.example.org").addresses, std::vector{*Address::parse_ip("192.0.2.1")});
    EXPECT_EQ(ask_zone(Type::aaaa, "www.example.org").addresses, std::vector{*Address::parse_ip("2001:db8::1")});
    EXPECT_EQ(ask_zone(Type::ptr, "1.2.0.192.in-addr.arpa").names, std::vector<std::string>{"mx.example.org"});
    EXPECT_EQ(ask_zone(Type::mx, "quiet.example.org").exchangers, (std::vector<MailExchanger>{{0, ""}}));
}

TEST(Zone, TellsWhatIsMissingApart) {
    EXPECT_EQ(ask_zone(Type::aaaa, "example.org").status, Status::nodata);
    EXPECT_EQ(ask_zone(Type::txt, "org").status, Status::nodata);
    EXPECT_EQ(ask_zone(Type::a, "none.example.org").status, Status::nxdomain);
    EXPECT_EQ(ask_zone(Type::a, "a..example.org").status, Status::nxdomain);
    EXPECT_EQ(ask_zone(Type::a, "broken.example.org").status, Status::servfail);
    EXPECT_EQ(ask_zone(Type::txt, "half.example.org").status, Status::servfail);
    EXPECT_EQ(ask_zone(Type::a, "half.example.org").status, Status::ok);
    EXPECT_EQ(ask_zone(Type::a, "loop.example.org").status, Status::servfail);
}

TEST(Zone, KnowsWhatIsAuthenticated) {
    const DnsAnswer tlsa = ask_zone(Type::tlsa, "_25._tcp.mx.example.org");
    EXPECT_TRUE(tlsa.authenticated);
    EXPECT_EQ(tlsa.tlsa, (std::vector<TlsaRecord>{{3, 1, 1, std::string("\x00\xff\x10", 3)}}));
    EXPECT_FALSE(ask_zone(Type::mx, "example.org").authenticated);
}

TEST(Zone, RefusesNonsense) {
    EXPECT_THROW(Zone("example.org A nowhere"), std::invalid_argument);
    EXPECT_THROW(Zone("example.org SRV 1 2 3"), std::invalid_argument);
}

TEST(Dns, NamesOfAddresses) {
    EXPECT_EQ(reverse_name(*Address::parse_ip("192.0.2.1")), "1.2.0.192.in-addr.arpa");
    EXPECT_EQ(reverse_name(*Address::parse_ip("2001:db8::567:89ab")),
              "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    EXPECT_EQ(reverse_name(Address::unix_socket("/run/x")), "");
}

}  // namespace
}  // namespace restante::net
