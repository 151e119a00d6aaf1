#include "live_settings.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "directory/directory.hpp"

namespace restante {
namespace {
using testing::HasSubstr;

class LiveSettingsTest : public testing::Test {
protected:
    LiveSettingsTest() {
        std::string pattern = testing::TempDir() + "restante-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        database_ = db::Database::open({.sqlite = {.path = folder_ + "/x.db"}}).value();
        directory_ = directory::Directory::open(*database_, ids_, clock_, null_log(), {}).value();
        start();
    }
    ~LiveSettingsTest() override { std::filesystem::remove_all(folder_); }

    /// As a start of the server.
    void start() {
        settings_ = std::make_unique<LiveSettings>(config_, ServiceSettings::open(*database_, ids_, clock_).value(), null_log());
        settings_->add("guessing", [this](const Config& config) -> Result<> {
            if (config.guessing.network_failures == 13) return fail(ErrorKind::invalid, "not thirteen");
            held_ = config.guessing;
            return {};
        });
        ASSERT_TRUE(settings_->open());
    }
    admin::ServiceProperty shown(const std::string& name) {
        const auto section = settings_->one("guessing").value();
        for (const auto& property : section.properties)
            if (property.name == name) return property;
        ADD_FAILURE() << name;
        return {};
    }
    std::string last_audit() {
        return database_
            ->read([](db::Session& session) {
                return session.text("SELECT actor || ' ' || action || ' ' || object || ' ' || detail FROM audit ORDER BY id DESC LIMIT 1");
            })
            .value()
            .value_or("");
    }

    std::string folder_;
    ManualClock clock_{from_micros(1'790'000'000'000'000)};
    IdSource ids_{clock_};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<directory::Directory> directory_;
    Config config_;
    login::GuardOptions held_{};
    std::unique_ptr<LiveSettings> settings_;
};

TEST_F(LiveSettingsTest, HoldAtOnceAndAfterARestart) {
    ASSERT_TRUE(settings_->set("guessing", "wait-max", "7s", "boss"));
    EXPECT_EQ(held_.wait_max, std::chrono::seconds(7));
    EXPECT_THAT(last_audit(), HasSubstr("boss service.set [guessing] wait_max: "));
    EXPECT_THAT(last_audit(), HasSubstr(" -> 7s"));
    held_ = {};
    start();
    EXPECT_EQ(held_.wait_max, std::chrono::seconds(7));
    const auto property = shown("wait_max");
    EXPECT_TRUE(property.set);
    EXPECT_EQ(property.set_by, "boss");
    EXPECT_NE(property.in_file, "7s");
}

TEST_F(LiveSettingsTest, StandOverTheFileUntilTheyAreReset) {
    ASSERT_TRUE(settings_->set("guessing", "wait_max", "7s", "boss"));
    Config next = config_;
    next.guessing.wait_max = std::chrono::seconds(20);
    next.guessing.alert_failures = 77;
    settings_->reload(next);
    EXPECT_EQ(held_.wait_max, std::chrono::seconds(7));
    EXPECT_EQ(held_.alert_failures, 77U);
    ASSERT_TRUE(settings_->reset("guessing", "wait_max", "boss"));
    EXPECT_EQ(held_.wait_max, std::chrono::seconds(20));
    EXPECT_FALSE(shown("wait_max").set);
    EXPECT_THAT(last_audit(), HasSubstr("boss service.reset [guessing] wait_max"));
}

TEST_F(LiveSettingsTest, RefuseWhatCannotHold) {
    EXPECT_EQ(settings_->set("guesing", "wait_max", "7s", "boss").error().detail,
              "there are no settings named guesing; did you mean guessing?");
    EXPECT_EQ(settings_->set("guessing", "wait_mix", "7s", "boss").error().detail,
              "[guessing] has no property wait_mix; did you mean wait_max?");
    EXPECT_EQ(settings_->set("guessing", "wait_max", "7 parsecs", "boss").error().kind, ErrorKind::invalid);
    EXPECT_EQ(settings_->set("guessing", "network_failures", "13", "boss").error().detail, "not thirteen");
    EXPECT_FALSE(shown("network_failures").set);
    EXPECT_NE(shown("network_failures").value, "13");
}

TEST_F(LiveSettingsTest, StartWithoutWhatCannotHoldAnyMore) {
    ASSERT_TRUE(settings_->set("guessing", "wait_max", "7s", "boss"));
    config_.guessing.network_failures = 13;
    start();
    EXPECT_EQ(settings_->all().size(), 1U);
}

}  // namespace
}  // namespace restante
