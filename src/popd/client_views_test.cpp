#include "popd/client_views.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace restante::popd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ClientViewsTest : public testing::Test {
protected:
    ClientViewsTest() {
        char name[] = "/tmp/restante-views-XXXXXX";
        folder_ = mkdtemp(name);
        db::Database::Options options;
        options.sqlite.path = folder_ / "x.db";
        database_ = std::move(*db::Database::open(options));
        EXPECT_TRUE(database_->migrate(ClientViews::migrations()));
    }
    ~ClientViewsTest() override {
        database_.reset();
        std::filesystem::remove_all(folder_);
    }
    std::filesystem::path folder_;
    std::unique_ptr<db::Database> database_;
};

TEST_F(ClientViewsTest, HideFromOneClientOnly) {
    ClientViews views(*database_);
    const std::vector<store::Entry> all = {{1}, {2}, {3}};
    const std::vector<store::MessageId> ids = {3, 1};
    ASSERT_TRUE(views.hide(7, "robot", ids));
    ASSERT_TRUE(views.hide(7, "robot", ids)) << "again changes nothing";
    EXPECT_THAT(*views.hidden(7, "robot", all), ElementsAre(1, 3));
    EXPECT_THAT(*views.hidden(7, "phone", all), IsEmpty());
    EXPECT_THAT(*views.hidden(8, "robot", all), IsEmpty());
    EXPECT_THAT(*views.hidden(7, "robot", std::span(all).subspan(1)), ElementsAre(3)) << "1 was deleted by another";
    EXPECT_THAT(*views.hidden(7, "robot", all), ElementsAre(3)) << "and is forgotten";
}

}  // namespace
}  // namespace restante::popd
