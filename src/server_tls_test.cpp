#include "server_tls.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "data_directory.hpp"

namespace restante {
namespace {
class ServerTlsTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "restante-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        config_.server.data_directory = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(config_.server.data_directory); }
    Config config_;
};

TEST_F(ServerTlsTest, FirstStartMakesACertificateAndKeepsIt) {
    const auto first = load_server_tls(config_, "mail.test");
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_NE(std::ranges::find((*first)->names(), "mail.test"), (*first)->names().end());
    const auto second = load_server_tls(config_, "mail.test");
    ASSERT_TRUE(second);
    EXPECT_EQ((*second)->fingerprint(), (*first)->fingerprint());
}

TEST_F(ServerTlsTest, AHalfMadePairIsMadeAgain) {
    ASSERT_TRUE(load_server_tls(config_, "mail.test"));
    std::filesystem::remove(config_.server.data_directory + "/tls/certificate.pem");
    EXPECT_TRUE(load_server_tls(config_, "mail.test"));
}

TEST_F(ServerTlsTest, ConfiguredFilesAreNamedWhenTheyAreWrong) {
    config_.tls.certificate = config_.server.data_directory + "/mine.pem";
    config_.tls.key = config_.tls.certificate;
    const auto missing = load_server_tls(config_, "mail.test");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().detail.find("mine.pem"), std::string::npos) << missing.error().detail;
    ASSERT_TRUE(write_private_file(config_.tls.certificate, "nonsense"));
    EXPECT_FALSE(load_server_tls(config_, "mail.test"));
}
}  // namespace
}  // namespace restante
