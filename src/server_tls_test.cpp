#include "server_tls.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "data_directory.hpp"

namespace restante {
namespace {
class ServerTlsTest : public testing::Test {
protected:
    Result<std::shared_ptr<const net::TlsServerContext>> load() {
        if (auto made = make_missing_certificate(config_, "mail.test"); !made) return fail(made.error());
        Certificates certificates(null_log(), clock_, least_tls(config_.tls));
        if (auto put = certificates.put(default_certificate(config_)); !put) return fail(put.error());
        return certificates.context("");
    }
    SystemClock clock_;
    void SetUp() override {
        std::string pattern = testing::TempDir() + "restante-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        config_.server.data_directory = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(config_.server.data_directory); }
    Config config_;
};

TEST_F(ServerTlsTest, FirstStartMakesACertificateAndKeepsIt) {
    const auto first = load();
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_NE(std::ranges::find((*first)->names(), "mail.test"), (*first)->names().end());
    const auto second = load();
    ASSERT_TRUE(second);
    EXPECT_EQ((*second)->fingerprint(), (*first)->fingerprint());
}

TEST_F(ServerTlsTest, AHalfMadePairIsMadeAgain) {
    ASSERT_TRUE(load());
    std::filesystem::remove(config_.server.data_directory + "/tls/certificate.pem");
    EXPECT_TRUE(load());
}

TEST_F(ServerTlsTest, ConfiguredFilesAreNamedWhenTheyAreWrong) {
    config_.tls.certificate = config_.server.data_directory + "/mine.pem";
    config_.tls.key = config_.tls.certificate;
    const auto missing = load();
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().detail.find("mine.pem"), std::string::npos) << missing.error().detail;
    ASSERT_TRUE(write_private_file(config_.tls.certificate, "nonsense"));
    EXPECT_FALSE(load());
}
}  // namespace
}  // namespace restante
