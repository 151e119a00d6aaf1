#include "directory/networks.hpp"

#include <gtest/gtest.h>

namespace restante::directory {
namespace {

TEST(Networks, AreStoredInOneForm) {
    EXPECT_EQ(checked_network(" 192.0.2.77/24 ").value(), "192.0.2.0/24");
    EXPECT_EQ(checked_network("192.0.2.77/32").value(), "192.0.2.77");
    EXPECT_EQ(checked_network("2001:DB8:0::1/33").value(), "2001:db8::/33");
    EXPECT_EQ(checked_network("0.0.0.0/0").value(), "0.0.0.0/0");
    EXPECT_EQ(checked_network("::1").value(), "::1");
    for (const char* bad : {"", "/", "192.0.2.0/33", "192.0.2/24", "::/129", "a/8", "192.0.2.0/", "192.0.2.0/-1",
                            "192.0.2.0/8/8", "host.example"})
        EXPECT_EQ(checked_network(bad).error().kind, ErrorKind::invalid) << bad;
    EXPECT_FALSE(checked_network(std::string("10.0.0.1\0", 9)));
}

TEST(Networks, HoldTheirAddresses) {
    const std::vector<std::string> list{"192.0.2.0/25", "2001:db8::/33", "198.51.100.7"};
    for (const char* in : {"192.0.2.0", "192.0.2.127", "::ffff:192.0.2.1", "2001:db8:7fff::1", "198.51.100.7"})
        EXPECT_TRUE(is_in_networks(in, list)) << in;
    for (const char* out : {"192.0.2.128", "2001:db8:8000::", "198.51.100.8", "unix", "", "::"})
        EXPECT_FALSE(is_in_networks(out, list)) << out;
    EXPECT_TRUE(is_in_networks("203.0.113.9", {"0.0.0.0/0"}));
    EXPECT_FALSE(is_in_networks("::1", {"0.0.0.0/0"}));
    EXPECT_TRUE(is_in_networks("fe80::1%eth0", {"fe80::/10"}));
}

TEST(Networks, TellHowCloseTheyFit) {
    EXPECT_EQ(bits_in_common("192.0.2.7", {}), 0U);
    EXPECT_EQ(bits_in_common("192.0.2.7", {"192.0.0.0/16", "192.0.2.0/24", "192.0.2.0/28"}), 96U + 28U);
    EXPECT_EQ(bits_in_common("2001:db8::1", {"::/0"}), 0U);
    EXPECT_FALSE(bits_in_common("192.0.2.7", {"::/0", "198.51.100.0/24"}));
    EXPECT_FALSE(bits_in_common("unix", {"0.0.0.0/0"}));
}

}  // namespace
}  // namespace restante::directory
