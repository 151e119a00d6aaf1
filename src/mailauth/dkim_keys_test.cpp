// D1: keys made and rotated.
#include "mailauth/dkim_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "mailauth/key_record.hpp"

namespace restante::mailauth {
namespace {

using State = DkimKey::State;

class DkimKeysTest : public testing::Test {
protected:
    void SetUp() override {
        char folder[] = "/tmp/dkim-keys-XXXXXX";
        folder_ = ::mkdtemp(folder);
        open();
    }
    void TearDown() override {
        keys.reset();
        database_.reset();
        std::filesystem::remove_all(folder_);
    }
    void open(const std::string& key = std::string(32, 'k')) {
        keys.reset();
        database_.reset();
        db::Database::Options options;
        options.sqlite.path = folder_ + "/test.db";
        database_ = std::move(*db::Database::open(options));
        const auto audit = [this](db::Session&, const std::string& actor, const std::string& action,
                                  const std::string& object, const std::string& detail) -> Result<void> {
            audited += actor + " " + action + " " + object + " " + detail + "\n";
            return {};
        };
        opened = DkimKeys::open({*database_, ids_, clock, audit}, key);
        if (opened) keys = std::move(*opened);
    }
    std::size_t count(State state) {
        const auto all = keys->list("ours.test").value();
        return static_cast<std::size_t>(std::ranges::count(all, state, &DkimKey::state));
    }

    ManualClock clock{Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / 28}}};
    std::unique_ptr<DkimKeys> keys;
    Result<std::unique_ptr<DkimKeys>> opened = fail(Error{});
    std::string audited;

private:
    std::string folder_;
    IdSource ids_{clock};
    std::unique_ptr<db::Database> database_;
};

TEST_F(DkimKeysTest, D1AreMadeShownActivatedAndRotated) {
    const auto made = keys->add("ours.test", "root").value();
    ASSERT_EQ(made.size(), 2U);
    EXPECT_EQ(made[1].record_name, "rsa-20261128._domainkey.ours.test");
    EXPECT_EQ(made[1].bits, 2048);
    EXPECT_EQ(made[0].selector, "ed-20261128");
    EXPECT_TRUE(parse_key_record(made[0].record));
    EXPECT_EQ(keys->active("ours.test"), nullptr) << "signed before the record is shown";
    EXPECT_EQ(keys->add("ours.test", "root").error().kind, ErrorKind::already_exists);
    EXPECT_EQ(keys->rotate("ours.test", "root").error().kind, ErrorKind::busy);

    ASSERT_TRUE(keys->activate("ours.test", "root"));
    const auto signing = keys->active("ours.test");
    ASSERT_EQ(signing->size(), 2U);
    EXPECT_EQ(write_key_record(signing->front().key), made[1].record);
    EXPECT_EQ(keys->activate("ours.test", "root").error().kind, ErrorKind::not_found);

    ASSERT_TRUE(keys->rotate("ours.test", "anna"));
    EXPECT_EQ(keys->active("ours.test")->front().selector, signing->front().selector)
        << "the old keys sign on while the new ones are pending";
    EXPECT_EQ(count(State::pending), 2U);
    ASSERT_TRUE(keys->activate("ours.test", "anna", {"rsa-20261128-2"}));
    EXPECT_EQ(count(State::pending), 1U);
    EXPECT_EQ(count(State::active), 2U);
    EXPECT_EQ(count(State::retired), 1U);
    EXPECT_NE(audited.find("anna dkim.activate ours.test rsa-20261128-2\n"), std::string::npos);
}

TEST_F(DkimKeysTest, D1SurviveARestartEncrypted) {
    ASSERT_TRUE(keys->add("ours.test", "root"));
    ASSERT_TRUE(keys->activate("ours.test", "root"));
    open();
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->active("ours.test")->size(), 2U);
    open(std::string(32, 'x'));
    EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
}

TEST_F(DkimKeysTest, D1AreRemovedOneByOneOrAll) {
    ASSERT_TRUE(keys->add("ours.test", "root"));
    ASSERT_TRUE(keys->activate("ours.test", "root"));
    EXPECT_EQ(keys->remove("ours.test", "none", "root").error().kind, ErrorKind::not_found);
    ASSERT_TRUE(keys->remove("ours.test", "ed-20261128", "root"));
    EXPECT_EQ(keys->active("ours.test")->size(), 1U);
    ASSERT_TRUE(keys->remove("ours.test", "", "root"));
    EXPECT_EQ(keys->active("ours.test"), nullptr);
    EXPECT_EQ(keys->rotate("ours.test", "root").error().kind, ErrorKind::not_found);
    EXPECT_TRUE(keys->list("").value().empty());
}

}  // namespace
}  // namespace restante::mailauth
