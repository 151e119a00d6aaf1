#include "config_values.hpp"

#include <gtest/gtest.h>

namespace restante {
namespace {
using std::chrono::milliseconds;

TEST(Duration, ReadsWhatItWrites) {
    for (const std::int64_t ms : {0LL, 1LL, 250LL, 90'000LL, 5'400'000LL, 86'400'000LL, 90'061'001LL}) {
        const auto back = parse_duration(write_duration(milliseconds{ms}));
        ASSERT_TRUE(back) << ms;
        EXPECT_EQ(back->count(), ms);
    }
    EXPECT_EQ(write_duration(milliseconds{5'400'000}), "1h30m");
}

TEST(Duration, RefusesMissingUnitsAndOverflow) {
    for (const char* bad : {"", "10", "m", "10 minutes", "-5s", "1.5h", "10m5", "99999999999999999999d", "40000d", "5M"})
        EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Size, ReadsWhatItWrites) {
    for (const std::int64_t bytes : {0LL, 1LL, 1023LL, 1024LL, 50LL << 20, 3LL << 40, 1000LL}) {
        const auto back = parse_size(write_size(bytes));
        ASSERT_TRUE(back) << bytes;
        EXPECT_EQ(*back, bytes);
    }
    EXPECT_EQ(write_size(50 << 20), "50MiB");
    EXPECT_EQ(parse_size("1GB").value(), 1'000'000'000);
    EXPECT_EQ(parse_size("512 KiB").value(), 512 * 1024);
}

TEST(Size, RefusesNonsenseAndOverflow) {
    for (const char* bad : {"", "MiB", "-1", "1.5MiB", "10mb", "9999999999GiB", "0x10"}) EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(EndpointText, TakesNumericAddressesOnly) {
    EXPECT_EQ(parse_endpoint("127.0.0.1:110").value(), (Endpoint{"127.0.0.1", 110}));
    EXPECT_EQ(parse_endpoint("[::1]:995").value(), (Endpoint{"::1", 995}));
    EXPECT_EQ(parse_endpoint("*:25").value(), (Endpoint{"*", 25}));
    EXPECT_EQ(write_endpoint({"::1", 995}), "[::1]:995");
    EXPECT_EQ(write_endpoint({"0.0.0.0", 0}), "0.0.0.0:0");
    for (const char* bad : {"", "110", ":110", "localhost:110", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:110", "[127.0.0.1]:1",
                            "[::1]110", "[*]:1", "256.0.0.1:1"})
        EXPECT_FALSE(parse_endpoint(bad)) << bad;
}

TEST(NearestName, FindsSlipsButNotStrangers) {
    const std::vector<std::string> names{"listen", "listen_tls", "max_message_size", "idle_timeout"};
    EXPECT_EQ(nearest_name("lisen", names), "listen");
    EXPECT_EQ(nearest_name("lsiten", names), "listen");
    EXPECT_EQ(nearest_name("listen-tls", names), "listen_tls");
    EXPECT_EQ(nearest_name("max_mesage_size", names), "max_message_size");
    EXPECT_EQ(nearest_name("colour", names), "");
    EXPECT_EQ(nearest_name(std::string(100'000, 'x'), names), "");
}
}  // namespace
}  // namespace restante
