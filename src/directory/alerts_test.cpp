#include "directory/alerts.hpp"

#include <gmock/gmock.h>

#include "directory/test_fixture.hpp"

namespace restante::directory {
namespace {

using testing::SizeIs;

class AlertsTest : public DirectoryFixture {
protected:
    AlertsTest() : alerts_(*database_, ids_, clock_) { EXPECT_TRUE(database_->migrate(Alerts::migrations())); }
    Alerts alerts_;
};

TEST_F(AlertsTest, AreKeptUntilSeenTo) {
    const auto first = *alerts_.raise("pop3.mass_deletion", "bob", "Bob deleted 300 of 400 messages");
    const auto second = *alerts_.raise("pop3.mass_deletion", "eve", "...");
    auto listed = *alerts_.list(0, 10, false);
    ASSERT_THAT(listed, SizeIs(2));
    EXPECT_EQ(listed[0].id, second) << "the newest comes first";
    EXPECT_EQ(listed[1].account, "bob");
    EXPECT_EQ(listed[1].detail, "Bob deleted 300 of 400 messages");
    EXPECT_FALSE(listed[1].settled_at);
    ASSERT_THAT(*alerts_.list(second, 10, false), SizeIs(1));

    EXPECT_EQ(alerts_.settle(first, "admin")->settled_by, "admin");
    EXPECT_EQ(directory_->audit(1)->front().action, "alert.settle");
    EXPECT_EQ(alerts_.settle(first, "admin").error().kind, ErrorKind::not_found);
    EXPECT_THAT(*alerts_.list(0, 10, false), SizeIs(1));
    listed = *alerts_.list(0, 10, true);
    ASSERT_THAT(listed, SizeIs(2));
    EXPECT_TRUE(listed[1].settled_at);
}

}  // namespace
}  // namespace restante::directory
