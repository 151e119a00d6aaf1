#pragma once
// For the module's tests: a directory in a temporary folder, with cheap hashes and a clock that stands still.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "directory/directory.hpp"

namespace restante::directory {

class DirectoryFixture : public testing::Test {
protected:
    DirectoryFixture() {
        std::string name = (std::filesystem::temp_directory_path() / "restante-directory-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        options_.argon2_memory_kib = 64;
        options_.argon2_passes = 1;
        options_.scram_iterations = 4096;
        options_.role_aliases = false;
        options_.allow_remote_destinations = false;
        options_.secret_key = std::string(32, 'k');
        reopen();
        const auto tenant = directory_->create_tenant("boss", "correct-horse", true, {"test"});
        EXPECT_TRUE(tenant) << tenant.error().detail;
        tenant_ = tenant->id;
        EXPECT_TRUE(directory_->create_domain(tenant_, "example.org", {"test"}));
        EXPECT_TRUE(directory_->create_domain(tenant_, "example.net", {"test"}));
    }
    ~DirectoryFixture() override { std::filesystem::remove_all(folder_); }

    /// As after a restart.
    void reopen() {
        directory_.reset();
        database_.reset();
        db::Database::Options options;
        options.sqlite.path = folder_ / "x.db";
        auto database = db::Database::open(options);
        ASSERT_TRUE(database) << database.error().detail;
        database_ = std::move(*database);
        auto opened = Directory::open(*database_, ids_, clock_, null_log(), options_);
        ASSERT_TRUE(opened) << opened.error().detail;
        directory_ = std::move(*opened);
    }

    std::int64_t add(const std::string& name, const std::string& domain = "example.org") {
        auto made = directory_->create_account({name, domain, "", "s3cret-" + name, ""}, {"test"});
        EXPECT_TRUE(made) << made.error().detail;
        return made ? made->id : 0;
    }
    Result<Alias> alias(const std::string& address, const std::vector<std::string>& destinations) {
        return directory_->set_alias(address, destinations, {"test"});
    }
    Result<Route> route(const std::string& address) {
        auto parsed = message::Address::parse(address);
        EXPECT_TRUE(parsed) << address;
        return directory_->route(*parsed);
    }
    std::vector<std::int64_t> accounts_of(const std::string& address) {
        auto found = route(address);
        EXPECT_TRUE(found) << found.error().detail;
        return found ? found->accounts : std::vector<std::int64_t>{};
    }

    std::filesystem::path folder_;
    ManualClock clock_{Timestamp{std::chrono::seconds(1'800'000'000)}};
    IdSource ids_{clock_};
    Options options_;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<Directory> directory_;
    std::int64_t tenant_ = 0;
};

}  // namespace restante::directory
