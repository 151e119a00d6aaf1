#include "fetch/connections.hpp"

#include "fetch/fetch_fixture.hpp"
#include "fetch/settings.hpp"

namespace restante::fetch {
namespace {

using ConnectionsTest = FetchFixture;

TEST_F(ConnectionsTest, AreKeptWithoutTheirPasswordInClear) {
    const auto id = create(settings());
    const auto listed = connections_->list().value();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].settings.password, "");
    EXPECT_EQ(connections_->password(id).value(), "sw0rdfish");
    const auto stored = database_->read([](db::Session& s) { return s.text("SELECT password FROM fetch_connection"); });
    EXPECT_EQ(stored->value_or("").find("sw0rdfish"), std::string::npos);
    EXPECT_GT(stored->value_or("").size(), 40U);
    const auto rows = directory_->audit(100).value();
    for (const auto& row : rows) EXPECT_EQ(row.detail.find("sw0rdfish"), std::string::npos);
    // Another key, and a box moved to another row.
    const auto other =
        Connections::open(*database_, *directory_, ids_, clock_, std::string(32, 'x'), fetch_options_).value();
    EXPECT_EQ(other->password(id).error().kind, ErrorKind::corrupt);
    Settings second = settings();
    second.name = "Second";
    const auto second_id = create(second);
    ASSERT_TRUE(database_->write([](db::Session& s) {
        return s.execute("UPDATE fetch_connection SET password=(SELECT MIN(password) FROM fetch_connection)");
    }));
    EXPECT_NE(connections_->password(id).has_value(), connections_->password(second_id).has_value());
    EXPECT_FALSE(Connections::open(*database_, *directory_, ids_, clock_, "short", fetch_options_));
}

TEST_F(ConnectionsTest, ThePortFollowsTheModeOnlyOnCreation) {  // S3.12, S1.9, S1.10
    Settings s = settings();
    s.port = 0;
    s.tls = TlsMode::implicit;
    const auto id = create(s);
    EXPECT_EQ(connections_->find(id)->settings.port, 995);
    s.tls = TlsMode::stls;
    EXPECT_EQ(connections_->update(id, s, {}).error().kind, ErrorKind::invalid)
        << "995 stays, and it speaks TLS at once";
    s.port = 2110;
    EXPECT_EQ(connections_->update(id, s, {})->settings.port, 2110);
    s.port = 0;
    s.tls = TlsMode::implicit;
    EXPECT_EQ(connections_->update(id, s, {})->settings.port, 2110);
    s.name = "Clear";
    s.tls = TlsMode::none;
    EXPECT_EQ(connections_->create(s, {})->settings.port, 110);
    s.port = 995;
    EXPECT_EQ(connections_->create(s, {}).error().kind, ErrorKind::invalid);
}

TEST_F(ConnectionsTest, NamesAreUniqueWithoutRegardToCase) {  // S3.6
    const auto id = create(settings());
    Settings s = settings();
    s.name = "  reply MAILBOX ";
    const auto twice = connections_->create(s, {});
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().kind, ErrorKind::already_exists);
    EXPECT_NE(twice.error().detail.find("choose another name"), std::string::npos);
    EXPECT_EQ(connections_->find_by_name("REPLY mailbox")->id, id);
    EXPECT_EQ(connections_->find_by_name("nothing").error().kind, ErrorKind::not_found);
    EXPECT_TRUE(connections_->update(id, s, {})) << "its own name";
}

TEST_F(ConnectionsTest, RefusesWhatCannotWork) {
    const auto refused = [&](auto change) {
        Settings s = settings();
        change(s);
        const auto made = connections_->create(s, {});
        return made ? "accepted" : std::string(to_string(made.error().kind));
    };
    EXPECT_EQ(refused([](Settings& s) { s.name = ""; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.address = "unix:/run/x.sock"; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.address = "http://x"; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.user = ""; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.user = "a\r\nDELE 1"; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.password = ""; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.password = "a\nb"; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.interval_minutes = 4; }), "invalid") << "S1.12";
    EXPECT_EQ(refused([](Settings& s) { s.timeout_seconds = 0; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.tls = TlsMode::stls, s.pinned_sha256 = "abc"; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.ca_pem = "-----BEGIN CERTIFICATE-----"; }), "invalid") << "without TLS";
    EXPECT_EQ(refused([](Settings& s) { s.purpose = Purpose::maildrop; }), "invalid");
    EXPECT_EQ(refused([](Settings& s) { s.purpose = Purpose::maildrop, s.account = "nobody"; }), "not_found");
    EXPECT_EQ(refused([](Settings& s) { s.interval_minutes = 5, s.address = "[::1]"; }), "accepted");
    const std::string pin = "AA:bb:" + std::string(60, '0');
    EXPECT_EQ(checked_settings(
                  [&] {
                      Settings s = settings();
                      s.tls = TlsMode::stls;
                      s.pinned_sha256 = pin;
                      return s;
                  }(),
                  {})
                  ->pinned_sha256,
              "aabb" + std::string(60, '0'));
}

TEST_F(ConnectionsTest, AChangeKeepsThePasswordAndLeavesAnAuditRow) {
    const auto id = create(settings());
    Settings s = settings();
    s.password.clear();
    s.interval_minutes = 60;
    ASSERT_TRUE(connections_->update(id, s, {"carol"}));
    EXPECT_EQ(connections_->password(id).value(), "sw0rdfish");
    s.password = "new-one";
    ASSERT_TRUE(connections_->update(id, s, {"carol"}));
    EXPECT_EQ(connections_->password(id).value(), "new-one");
    const auto rows = directory_->audit(2).value();
    EXPECT_EQ(rows[1].actor, "carol");
    EXPECT_EQ(rows[1].detail, "interval: 30 -> 60");
    EXPECT_EQ(rows[0].detail, "password");
    ASSERT_TRUE(connections_->remove(id, {"carol"}));
    EXPECT_EQ(connections_->find(id).error().kind, ErrorKind::not_found);
    EXPECT_EQ(connections_->remove(id, {}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(directory_->audit(1)->front().action, "connection.delete");
}

TEST_F(ConnectionsTest, WhatAPollFindsOutIsWorthNothingAfterAChange) {
    const auto id = create(settings());
    const auto before = connections_->find(id).value();
    Settings s = settings();
    s.user = "other";
    ASSERT_TRUE(connections_->update(id, s, {}));
    const std::vector<SeenMail> mails{{"a", 1, "", "received", "", 0, clock_.now(), false}};
    EXPECT_EQ(connections_->remember(before, mails).error().kind, ErrorKind::cancelled);
    EXPECT_EQ(connections_->set_health(before, {}).error().kind, ErrorKind::cancelled);
    EXPECT_TRUE(connections_->seen(id)->empty());
}

TEST_F(ConnectionsTest, WhatIsGoneFromTheServerIsForgottenAfterAWhile) {
    const auto id = create(settings());
    const auto connection = connections_->find(id).value();
    const std::vector<SeenMail> old{{"kept", 1, "", "received", "", 0, clock_.now(), false},
                                    {"gone", 1, "", "received", "", 0, clock_.now(), true}};
    ASSERT_TRUE(connections_->remember(connection, old));
    clock_.advance(std::chrono::hours(24));
    const std::vector<SeenMail> newer{{"new", 1, "", "received", "", 0, clock_.now(), false}};
    ASSERT_TRUE(connections_->remember(connection, newer));
    const std::vector<std::string> there{"kept"};
    ASSERT_TRUE(connections_->forget(connection, clock_.now(), there));
    const auto left = connections_->seen(id).value();
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0].uidl, "kept");
    EXPECT_EQ(left[1].uidl, "new");
}

}  // namespace
}  // namespace restante::fetch
