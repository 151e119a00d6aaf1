#include "directory/password.hpp"

#include <gtest/gtest.h>

#include "directory/legacy_hash.hpp"

namespace restante::directory {
namespace {

// All of the same password, made with Python's hashlib and OpenSSL's, libcrypt's and Dovecot's own tools.
constexpr std::string_view kPassword = "tr0ub4dor&3";
const std::string kHashes[] = {
    "{SHA}KBOXsfeICt4PU1MKVdmvAhC5rXs=",
    "{sha1}KBOXsfeICt4PU1MKVdmvAhC5rXs=",
    "{SSHA}OTjbXfy9uZJy3EJbCBFUjaCgUrABAv8A",
    "{PLAIN-MD5}ca0c2ce42fd3bf7f1e5d554263b2dc9e",
    "{LDAP-MD5}ygws5C/Tv38eXVVCY7Lcng==",
    "{SMD5}Mzh3i2kgCwo++p/HPJjtmQEC/wA=",
    "{PBKDF2}$1$abcdefghijklmnop$5000$50bfeafa01f16a83181766b526e30afbab1523b3",
    "{PBKDF2}$1$nmQeJ..t6sslMnXI$5000$36065341365ebdfd9ffaa0a12379ad472c6232ac",
    "{SSHA}PmNoxkplBDx5qwzneQTjUuivBvAJwKd4",
    "{ARGON2I}$argon2i$v=19$m=32768,t=3,p=1$lhuNUhaKXGhJ2+sxlEOvrg$fTov89OJxcJ7mBV0qdTInNcDu6bvgJsHa8tMF4xB13o",
    "{MD5-CRYPT}$1$abcdefgh$Yv1DXQvAyoa7tq0T6m1D/.",
    "{MD5}$1$abcdefgh$Yv1DXQvAyoa7tq0T6m1D/.",
    "{SHA256}iCoqP9tmWpGt57IaiJQ7ZsdNF48ILd8LKC1gT1HYveQ=",
    "{sha256.hex}882a2a3fdb665a91ade7b21a88943b66c74d178f082ddf0b282d604f51d8bde4",
    "{SHA512}b4vBG/J7I+kFaFXLmboUWmluj7UK7MAhXsVLo4ODFKFYs1WetSIC+I9Ld+7BQYNxWxQFuVnSXuCanpCMDeZu3w==",
    "{SSHA256}ngAU3lfr38+hgDUCW+ouC+NE5oZ4QqEkM8q6c8zn03sBAv8A",
    "{SSHA512}Z3pDVf1dYXCrHIn1oxBJarIfBPzpiNZWyy6IpeylnBVzy0hFJzhd4AxY1eklkZM8rcz7/NyvKiJqYtf9rta4QwEC/wA=",
    "{SSHA256.HEX}9E0014DE57EBDFCFA18035025BEA2E0BE344E6867842A12433CABA73CCE7D37B0102FF00",
    "{SHA512-CRYPT}$6$abcdefgh$.jmCRlh0Tq70vFbeg2pLx9UK3DYFplAs2OkHnpkXTixQGMXitGITdXk3Zgf0EJgtrf1IGKksTz6.LLCywaJZU.",
    "{SHA256-CRYPT}$5$abcdefgh$ZSabQM3/6ja8QSIdDloV10K7Bk1rfrv0cZWHFSNsni/",
    "{BLF-CRYPT}$2b$04$FlDPBUQJR0lFF2Bn8AC.quprzgrGJsbmKgFDFS7/VtNnkFetPs/yK",
    "{CRYPT}$6$abcdefgh$.jmCRlh0Tq70vFbeg2pLx9UK3DYFplAs2OkHnpkXTixQGMXitGITdXk3Zgf0EJgtrf1IGKksTz6.LLCywaJZU.",
};

TEST(Password, HashesOfOtherServersAreCheckedByScheme) {
    PasswordHasher checker(64, 1, 2);
    for (const std::string& hash : kHashes) {
        EXPECT_TRUE(check_imported_hash(hash)) << hash;
        EXPECT_TRUE(checker.verify(hash, kPassword)) << hash;
        EXPECT_FALSE(checker.verify(hash, "tr0ub4dor&4")) << hash;
        EXPECT_FALSE(checker.verify(hash, "")) << hash;
        EXPECT_FALSE(checker.verify(hash, std::string(kPassword) + std::string("\0x", 2))) << hash;
    }
}

TEST(Password, AWrongDigestNeverMatches) {
    for (std::string hash : kHashes) {
        const std::size_t at = hash.size() - 8;
        hash[at] = hash[at] == 'b' ? 'c' : 'b';
        EXPECT_FALSE(legacy_hash_matches(hash, kPassword)) << hash;
    }
}

TEST(Password, RefusesUnknownAndExcessiveHashes) {
    const std::string argon = "$c2FsdHNhbHRzYWx0c2E$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";
    const std::string bad[] = {"",
                               "plain",
                               "{MD5}abc",
                               "{}",
                               "{SHA256}",
                               "{SHA256}short",
                               "{SHA256}!!!",
                               "{SSHA256}AAAA",
                               "{SHA256.HEX}zz",
                               "{SHA512-CRYPT}",
                               "{SHA512-CRYPT}$1$abc$def",
                               "{MD5-CRYPT}$6$abcdefgh$x",
                               "{BLF-CRYPT}$1$abcdefgh$Yv1DXQvAyoa7tq0T6m1D/.",
                               "{MD5-CRYPT}$1$abc$short",
                               "{PBKDF2}$1$salt$0$50bfeafa01f16a83181766b526e30afbab1523b3",
                               "{PBKDF2}$1$salt$99999999$50bfeafa01f16a83181766b526e30afbab1523b3",
                               "{PBKDF2}$2$salt$5000$50bfeafa01f16a83181766b526e30afbab1523b3",
                               "{PBKDF2}$1$salt$5000$50bf",
                               "{ARGON2I}$argon2id$v=19$m=64,t=1,p=1" + argon,
                               "{ARGON2I}$argon2i$v=19$m=99999999,t=1,p=1" + argon,
                               "{CRYPT}ab01234567890",
                               "{SHA512-CRYPT}$6$rounds=999999999$abcdefgh$x",
                               "{BLF-CRYPT}$2b$31$" + std::string(53, 'a'),
                               "{BLF-CRYPT}$2b$04$short",
                               "{ARGON2ID}",
                               "{ARGON2ID}$argon2id$",
                               "{ARGON2ID}$argon2i$v=19$m=64,t=1,p=1" + argon,
                               "{ARGON2ID}$argon2id$v=19$m=99999999,t=1,p=1" + argon,
                               "{ARGON2ID}$argon2id$v=19$m=64,t=9999,p=1" + argon};
    for (const std::string& hash : bad) {
        const auto answer = check_imported_hash(hash);
        ASSERT_FALSE(answer) << hash;
        EXPECT_EQ(answer.error().detail.find(hash.size() > 20 ? hash.substr(12) : "\x01"), std::string::npos);
        EXPECT_FALSE(legacy_hash_matches(hash, kPassword)) << hash;
    }
    EXPECT_TRUE(check_imported_hash("{ARGON2ID}$argon2id$v=19$m=64,t=1,p=1" + argon));
}

TEST(Password, OwnHashesAreSaltedArgon2id) {
    PasswordHasher own(64, 2, 1);
    const auto one = own.hash("correct horse").value(), two = own.hash("correct horse").value();
    EXPECT_NE(one, two);
    EXPECT_TRUE(one.starts_with("{ARGON2ID}$argon2id$v=19$m=64,t=2,p=1$"));
    EXPECT_TRUE(own.verify(one, "correct horse"));
    EXPECT_FALSE(own.verify(one, "correct horsf"));
    EXPECT_TRUE(check_imported_hash(one));
}

TEST(Password, PolicyCountsCharactersNotOctets) {
    EXPECT_FALSE(check_password_policy("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", "x", 6));
    EXPECT_TRUE(
        check_password_policy("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f"
                              "12",
                              "x", 6));
    EXPECT_FALSE(check_password_policy(std::string(513, 'x'), "x", 6));
    EXPECT_FALSE(check_password_policy("treborxx", "xxrobert", 6)) << "the name backwards";
}

}  // namespace
}  // namespace restante::directory
