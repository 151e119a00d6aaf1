#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "store/file_system.hpp"

namespace restante::store {
namespace {

using testing::UnorderedElementsAre;

class PosixFileSystemTest : public testing::Test {
protected:
    PosixFileSystemTest() {
        char name[] = "/tmp/restante-files-XXXXXX";
        directory_ = mkdtemp(name);
    }
    ~PosixFileSystemTest() override { std::filesystem::remove_all(directory_); }
    std::string path(const std::string& name) const { return directory_ + "/" + name; }

    std::string directory_;
    std::unique_ptr<FileSystem> files_ = posix_file_system();
};

TEST_F(PosixFileSystemTest, WritesMorePiecesThanOneCallTakes) {
    auto file = *files_->open(path("a"), OpenMode::create);
    std::string text;
    std::vector<std::string> parts;
    for (int i = 0; i < 3'000; ++i) parts.push_back(std::to_string(i) + (i % 5 == 0 ? "" : ","));
    std::vector<iovec> pieces;
    for (std::string& part : parts) {
        text += part;
        pieces.push_back({part.data(), part.size()});
    }
    ASSERT_TRUE(file->write(7, pieces));
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(*file->size(), text.size() + 7);
    std::string back(text.size() + 100, '?');
    std::vector<iovec> into;
    for (std::size_t at = 0; at < back.size(); at += 11)
        into.push_back({back.data() + at, std::min<std::size_t>(11, back.size() - at)});
    EXPECT_EQ(*file->read(7, into), text.size());
    EXPECT_EQ(back.substr(0, text.size()), text);
}

TEST_F(PosixFileSystemTest, ReadsShortAtTheEndOnly) {
    auto file = *files_->open(path("a"), OpenMode::create);
    ASSERT_TRUE(file->write(0, "hello"));
    char room[10];
    EXPECT_EQ(*file->read(3, std::span(room)), 2U);
    EXPECT_EQ(*file->read(9, std::span(room)), 0U);
    ASSERT_TRUE(file->truncate(2));
    EXPECT_EQ(*file->size(), 2U);
    const iovec all{room, 10};
    // A short answer could be either the end or the end of what is cached.
    EXPECT_EQ(file->read_cached(0, std::span(&all, 1)).error().kind, ErrorKind::busy);
}

TEST_F(PosixFileSystemTest, NamesItsErrors) {
    EXPECT_EQ(files_->open(path("none"), OpenMode::read).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(files_->open(path("a"), OpenMode::create));
    EXPECT_EQ(files_->open(path("a"), OpenMode::create).error().kind, ErrorKind::already_exists);
    EXPECT_EQ(files_->remove(path("none")).error().kind, ErrorKind::not_found);
    EXPECT_EQ(files_->list(path("none")).error().kind, ErrorKind::not_found);
    EXPECT_TRUE(files_->make_directory(directory_)) << "there already";
    std::filesystem::create_symlink("/etc/passwd", path("link"));
    EXPECT_FALSE(files_->open(path("link"), OpenMode::read)) << "a store follows no symbolic links";
}

TEST_F(PosixFileSystemTest, ListsRenamesLinksAndRemoves) {
    ASSERT_TRUE(files_->open(path("a"), OpenMode::create));
    ASSERT_TRUE(files_->open(path("b"), OpenMode::create));
    ASSERT_TRUE(files_->make_directory(path("folder")));
    EXPECT_THAT(*files_->list(directory_), UnorderedElementsAre("a", "b"));
    ASSERT_TRUE(files_->rename(path("a"), path("b")));
    ASSERT_TRUE(files_->link(path("b"), path("c")));
    EXPECT_THAT(*files_->list(directory_), UnorderedElementsAre("b", "c"));
    ASSERT_TRUE(files_->remove(path("b")));
    ASSERT_TRUE(files_->sync_directory(directory_));
    EXPECT_GT(*files_->free_bytes(directory_), 0U);
}

}  // namespace
}  // namespace restante::store
