#include "sasl/scram_keys.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace restante::sasl {
namespace {

std::string from64(std::string_view text) { return base64_decode(text).value(); }

// Salt, rounds and password of the examples; the keys reproduce the server signatures printed there.
TEST(ScramKeys, AreThoseOfTheExamples) {  // RFC 5802 5, RFC 7677 3
    const ScramKeys one = make_scram_keys(ScramHash::sha1, "pencil", from64("QSXCR+Q6sek8bf92"), 4096);
    EXPECT_EQ(base64_encode(one.stored_key), "6dlGYMOdZcOPutkcNY8U2g7vK9Y=");
    EXPECT_EQ(base64_encode(one.server_key), "D+CSWLOshSulAsxiupA+qs2/fTE=");
    EXPECT_EQ(one.iterations, 4096U);
    const ScramKeys two = make_scram_keys(ScramHash::sha256, "pencil", from64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    EXPECT_EQ(base64_encode(two.stored_key), "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=");
    EXPECT_EQ(base64_encode(two.server_key), "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

TEST(ScramKeys, PasswordsThatLookAlikeAreAlike) {  // RFC 4013 3
    EXPECT_EQ(prepared_password("I\xC2\xADX"), "IX");
    EXPECT_EQ(prepared_password("\xE2\x85\xA8"), "IX");
    EXPECT_EQ(prepared_password("\xC2\xAA"), "a");
    EXPECT_EQ(prepared_password("USER"), "USER");
    EXPECT_EQ(prepared_password(""), "");
    EXPECT_EQ(base64_encode(make_scram_keys(ScramHash::sha256, "\xE2\x85\xA8", "0123456789abcdef", 4096).stored_key),
              "w8BKFJL+iPDCA6QJz7ppAW4jPKiyJ62aIffAhgWQ2KU=");
}

TEST(ScramKeys, AnUnpreparablePasswordIsTakenAsItIs) {
    const std::string mixed = "\xD8\xA7"  "1";  // RFC 4013 3: right to left, ends with a digit
    EXPECT_EQ(prepared_password(mixed), mixed);
    EXPECT_EQ(prepared_password("\xff\xfe"), "\xff\xfe");
    EXPECT_EQ(make_scram_keys(ScramHash::sha1, mixed, "salt", 4096).stored_key.size(), 20U);
}

}  // namespace
}  // namespace restante::sasl
