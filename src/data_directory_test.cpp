#include "data_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace restante {
namespace {
namespace fs = std::filesystem;

class DataDirectoryTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "restante-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
    }
    void TearDown() override { fs::remove_all(root_); }
    static unsigned mode_of(const std::string& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
        return status.st_mode & 0777U;
    }
    std::string root_;
};

TEST_F(DataDirectoryTest, IsMadePrivate) {
    const auto made = DataDirectory::open(root_ + "/a/b/data");
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_EQ(mode_of(root_ + "/a/b/data"), 0700U);
}

TEST_F(DataDirectoryTest, SecondOneIsRefusedWhileTheFirstLives) {
    {
        const auto first = DataDirectory::open(root_ + "/data");
        ASSERT_TRUE(first);
        const auto second = DataDirectory::open(root_ + "/data");
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::busy);
        EXPECT_NE(second.error().detail.find(std::to_string(::getpid())), std::string::npos) << second.error().detail;
    }
    EXPECT_TRUE(DataDirectory::open(root_ + "/data"));
}

TEST_F(DataDirectoryTest, SecretIsMadeOnceAndKept) {
    auto data = DataDirectory::open(root_ + "/data");
    ASSERT_TRUE(data);
    const auto made = data->secret("key", 32);
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_EQ(made->size(), 32U);
    EXPECT_EQ(mode_of(data->file("key")), 0600U);
    EXPECT_EQ(data->secret("key", 32).value(), *made);
    EXPECT_NE(data->secret("other", 32).value(), *made);
    EXPECT_EQ(data->secret("key", 16).error().kind, ErrorKind::invalid);
}

TEST_F(DataDirectoryTest, FilesInTheWayAreNamed) {
    ASSERT_TRUE(write_private_file(root_ + "/file", "x"));
    const auto not_a_folder = DataDirectory::open(root_ + "/file");
    ASSERT_FALSE(not_a_folder);
    EXPECT_NE(not_a_folder.error().detail.find("/file is not a directory"), std::string::npos) << not_a_folder.error().detail;
    EXPECT_EQ(DataDirectory::open_existing(root_ + "/absent").error().kind, ErrorKind::not_found);
}

TEST_F(DataDirectoryTest, ReadFileKeepsItsLimit) {
    ASSERT_TRUE(write_private_file(root_ + "/file", std::string(1000, 'x')));
    EXPECT_EQ(read_file(root_ + "/file", 1000).value().size(), 1000U);
    EXPECT_EQ(read_file(root_ + "/file", 999).error().kind, ErrorKind::too_large);
    EXPECT_EQ(read_file(root_ + "/absent").error().kind, ErrorKind::not_found);
}
}  // namespace
}  // namespace restante
