#include "base/text.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"

namespace restante {
namespace {

TEST(Text, Base64RoundTripsEveryLength) {
    for (std::size_t n = 0; n < 50; ++n) {
        const std::string bytes = random_bytes(n);
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    }
}

TEST(Text, Base64RefusesWhatIsNotCanonical) {
    EXPECT_EQ(base64_decode("AGE="), std::string("\0a", 2));
    for (const char* bad : {"A", "AA=", "AB==", "A===", "====", "AA==AA==", "AA\n=", "AAB=", "A A="})
        EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Text, EscapesWhatCouldForgeALogLine) {
    EXPECT_EQ(escape_for_log("a\r\nb\x1b[31m"), "a\\x0d\\x0ab\\x1b[31m");
    EXPECT_EQ(escape_for_log("\xff\xc2\x9b"), "\\xff\\xc2\\x9b");
    EXPECT_EQ(escape_for_log("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(escape_for_log("aaaaaa", 3), "aaa...");
}

TEST(Text, ParsesNumbersWhole) {
    EXPECT_EQ(parse_u64("18446744073709551615"), 18446744073709551615ULL);
    for (const char* bad : {"", "-1", "+1", " 1", "1 ", "18446744073709551616", "0x1"}) EXPECT_FALSE(parse_u64(bad));
}

TEST(Text, Utf8IsCheckedStrictly) {
    EXPECT_TRUE(is_valid_utf8("\xf0\x9f\x98\x80"));
    for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82"})
        EXPECT_FALSE(is_valid_utf8(bad));
}

TEST(Text, SplitsAndTrims) {
    EXPECT_EQ(split("a,b,,c", ',').size(), 4U);
    EXPECT_EQ(split("", ',').size(), 1U);
    EXPECT_EQ(trim(" \t a b\r\n"), "a b");
    EXPECT_EQ(base32_lower("foobar"), "mzxw6ytboi");
    EXPECT_EQ(to_hex(sha256("abc")).substr(0, 16), "ba7816bf8f01cfea");
}

TEST(Ids, IncreaseEvenWhenTheClockGoesBack) {
    ManualClock clock(from_micros(1'800'000'000'000'000));
    IdSource ids(clock, 7);
    std::int64_t last = ids.next();
    EXPECT_EQ(time_of_id(last), clock.now());
    for (int i = 0; i < 100; ++i) {
        clock.advance(std::chrono::microseconds(i % 3 == 0 ? -1'000'000 : 1));
        const std::int64_t id = ids.next();
        EXPECT_GT(id, last);
        EXPECT_EQ(id & 0xFF, 7);
        last = id;
    }
    IdSource restarted(clock, 7);
    restarted.advance_past(last);
    EXPECT_GT(restarted.next(), last);
}

TEST(Clock, WritesRfcDates) {
    const Timestamp t = from_micros(1'795'298'625'123'456);
    EXPECT_EQ(to_rfc3339(t), "2026-11-21T22:03:45.123456Z");
    EXPECT_EQ(to_rfc5322(t), "Sat, 21 Nov 2026 22:03:45 +0000");
}

}  // namespace
}  // namespace restante
