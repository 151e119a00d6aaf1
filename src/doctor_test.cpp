#include "doctor.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "data_directory.hpp"
#include "db/database.hpp"
#include "directory/directory.hpp"
#include "net/tls_context.hpp"

namespace restante::doctor {
namespace {
namespace fs = std::filesystem;
constexpr std::uint64_t kGiB = 1ULL << 30;

class DoctorTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "restante-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
    }
    void TearDown() override { fs::remove_all(root_); }
    Finding certificate_for(const std::string& name, const std::string& host, std::chrono::days after) {
        const auto made = net::make_self_signed({name}, 100);
        EXPECT_TRUE(write_private_file(root_ + "/c", made->certificate_pem));
        EXPECT_TRUE(write_private_file(root_ + "/k", made->private_key_pem));
        return check_certificate(root_ + "/c", root_ + "/k", host, SystemClock().now() + after);
    }
    std::string root_;
};

TEST_F(DoctorTest, CertificateNamesAndExpiry) {
    using std::chrono::days;
    EXPECT_EQ(certificate_for("mail.test", "mail.test", days(1)).state, State::ok);
    EXPECT_EQ(certificate_for("*.test", "mail.test", days(1)).state, State::ok);
    EXPECT_EQ(certificate_for("*.test", "a.mail.test", days(1)).state, State::warn);
    EXPECT_EQ(certificate_for("other.test", "mail.test", days(1)).state, State::warn);
    const Finding soon = certificate_for("mail.test", "mail.test", days(95));
    EXPECT_EQ(soon.state, State::warn);
    EXPECT_NE(soon.found.find("expires in"), std::string::npos) << soon.found;
    EXPECT_EQ(certificate_for("mail.test", "mail.test", days(101)).state, State::fail);
    EXPECT_EQ(check_certificate(root_ + "/absent", root_ + "/absent", "mail.test", {}).state, State::ok);
}

TEST_F(DoctorTest, DamagedCertificateIsAFault) {
    ASSERT_TRUE(write_private_file(root_ + "/c", "not a certificate"));
    EXPECT_EQ(check_certificate(root_ + "/c", root_ + "/c", "mail.test", {}).state, State::fail);
}

TEST_F(DoctorTest, EveryDomainNeedsAPostmaster) {  // RFC 5321 4.5.1
    directory::Options options;
    options.argon2_memory_kib = 64;
    EXPECT_EQ(check_postmaster(root_ + "/absent.db", options).state, State::ok);
    const std::string path = root_ + "/x.db";
    db::Database::Options file;
    file.sqlite.path = path;
    auto database = db::Database::open(file).value();
    const SystemClock clock;
    IdSource ids(clock);
    auto directory = directory::Directory::open(*database, ids, clock, null_log(), options).value();
    const auto tenant = directory->create_tenant("boss", "correct-horse", true, {});
    ASSERT_TRUE(directory->create_domain(tenant->id, "example.org", {}));
    const Finding bare = check_postmaster(path, options);
    EXPECT_EQ(bare.state, State::warn);
    EXPECT_NE(bare.advice.find("restante alias set postmaster@example.org"), std::string::npos) << bare.advice;
    ASSERT_TRUE(directory->create_account({"bob", "example.org", "", "long-enough", ""}, {}));
    EXPECT_EQ(check_postmaster(path, options).state, State::ok) << "the first account of the domain gets it";
}

TEST_F(DoctorTest, FolderMustBePrivate) {
    EXPECT_EQ(check_folder(root_).state, State::ok);
    ASSERT_EQ(::chmod(root_.c_str(), 0755), 0);
    EXPECT_EQ(check_folder(root_).state, State::fail);
    EXPECT_EQ(check_folder(root_).advice, "chmod 700 " + root_);
    EXPECT_EQ(check_folder(root_ + "/absent").state, State::ok);
}

TEST(Doctor, DiskHasThreeStates) {
    EXPECT_EQ(check_disk(50 * kGiB, 100 * kGiB, "/").state, State::ok);
    EXPECT_EQ(check_disk(4 * kGiB, 100 * kGiB, "/").state, State::warn);
    EXPECT_EQ(check_disk(1 << 20, 100 * kGiB, "/").state, State::fail);
}

TEST(Doctor, PortInUseIsAFaultUnlessOurServerRuns) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
    ASSERT_EQ(::listen(fd, 1), 0);
    ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
    const std::string bind = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
    EXPECT_EQ(check_port("pop3", bind, false).state, State::fail);
    EXPECT_EQ(check_port("pop3", bind, true).state, State::ok);
    ::close(fd);
    EXPECT_EQ(check_port("pop3", bind, false).state, State::ok);
}

TEST(Doctor, HostNameNeedsADomain) {
    EXPECT_EQ(check_hostname("localhost").state, State::warn);
}
}  // namespace
}  // namespace restante::doctor
