#include "directory/mail_rules.hpp"
#include "directory/test_fixture.hpp"

namespace restante::directory {
namespace {
using Ids = std::vector<std::int64_t>;

class RulesTest : public DirectoryFixture {
protected:
    Result<void> forward(const std::string& from, const std::vector<std::string>& to, bool keep = true) {
        return directory_->set_forwarding(from, {to, keep}, {"test"});
    }
};

TEST_F(RulesTest, AForwardIsFollowedWithOrWithoutACopy) {
    const auto bob = add("bob"), eve = add("eve");
    ASSERT_TRUE(forward("bob", {"eve@example.org"}));
    EXPECT_EQ(accounts_of("bob@example.org"), (Ids{bob, eve}));
    ASSERT_TRUE(forward("bob", {"eve"}, false));
    reopen();
    EXPECT_EQ(accounts_of("bob@example.org"), Ids{eve});
    const Login bobs{Login::Kind::account, bob, tenant_, "bob", "name"},
        eves{Login::Kind::account, eve, tenant_, "eve", "name"};
    EXPECT_TRUE(directory_->may_send_as(bobs, {"bob", "example.org"}));
    EXPECT_FALSE(directory_->may_send_as(eves, {"bob", "example.org"})) << "to get somebody's mail is not to be them";
    ASSERT_TRUE(directory_->delete_account("eve", {}));
    EXPECT_EQ(accounts_of("bob@example.org"), Ids{bob}) << "kept rather than lost";
    ASSERT_TRUE(forward("bob", {}));
    EXPECT_EQ(accounts_of("bob@example.org"), Ids{bob});
}

TEST_F(RulesTest, AForwardInACircleIsRefusedAndShown) {
    add("bob"), add("eve");
    ASSERT_TRUE(forward("bob", {"eve@example.org"}));
    const auto loop = forward("eve", {"bob@example.org"});
    ASSERT_FALSE(loop);
    EXPECT_NE(loop.error().detail.find("eve -> bob@example.org -> bob -> eve@example.org -> eve"), std::string::npos)
        << loop.error().detail;
    ASSERT_TRUE(alias("all@example.org", {"bob", "eve"}));
    EXPECT_FALSE(forward("eve", {"all@example.org"}));
    EXPECT_FALSE(forward("bob", {"/dev/null"}));
    EXPECT_EQ(forward("bob", {"x@elsewhere.example"}).error().kind, ErrorKind::unsupported);
}

TEST_F(RulesTest, WhoMaySendMailOutsideIsLive) {
    const auto bob = add("bob");
    ASSERT_TRUE(directory_->set_tenant_rules("boss", {{}, true}, {"test"}));
    ASSERT_TRUE(forward("bob", {"x@elsewhere.example"}, false));
    ASSERT_TRUE(alias("out@example.org", {"y@elsewhere.example"}));
    EXPECT_EQ(route("bob@example.org")->remote, std::vector<std::string>{"x@elsewhere.example"});
    ASSERT_TRUE(directory_->set_tenant_rules("boss", {{}, false}, {"test"}));
    EXPECT_EQ(accounts_of("bob@example.org"), Ids{bob}) << "kept, as it may not be sent";
    EXPECT_EQ(route("out@example.org").error().kind, ErrorKind::unsupported);
    ASSERT_TRUE(directory_->set_tenant_rules("boss", {}, {"test"}));
    EXPECT_FALSE(directory_->may_leave(tenant_));
}

TEST_F(RulesTest, TheNearestQuotaCounts) {
    const auto bob = add("bob"), eve = add("eve", "example.net");
    EXPECT_TRUE(route("bob@example.org")->limited.empty());
    ASSERT_TRUE(directory_->set_tenant_rules("boss", {Quota{300, 0}, {}}, {"test"}));
    ASSERT_TRUE(directory_->set_domain_quota("example.org", Quota{200, 5}, {"test"}));
    reopen();
    EXPECT_EQ(directory_->quota_of(bob)->quota, (Quota{200, 5}));
    EXPECT_EQ(directory_->quota_of(eve)->origin, EffectiveQuota::Origin::tenant);
    ASSERT_TRUE(directory_->set_account_quota("bob", Quota{0, 0}, {"test"}));
    EXPECT_TRUE(route("bob@example.org")->limited.empty()) << "none for this account";
    ASSERT_TRUE(directory_->set_account_quota("bob", std::nullopt, {"test"}));
    ASSERT_EQ(route("bob@example.org")->limited.size(), 1U);
    EXPECT_EQ(route("bob@example.org")->limited[0].quota.messages, 5U);
    ASSERT_TRUE(directory_->set_domain_quota("example.org", std::nullopt, {"test"}));
    ASSERT_TRUE(directory_->set_tenant_rules("boss", {}, {"test"}));
    EXPECT_FALSE(directory_->quota_of(bob)->quota.limits());
}

TEST_F(RulesTest, AnAutomaticReplyIsKeptAndChecked) {
    const auto bob = add("bob");
    AutoReply reply;
    reply.body = "Gone\nfishing: für immer";
    reply.until = clock_.now();
    ASSERT_TRUE(directory_->set_auto_reply("bob", reply, {"test"}));
    EXPECT_EQ(route("bob@example.org")->answering, Ids{bob});
    reopen();
    EXPECT_EQ(*directory_->account("bob")->auto_reply, reply);
    EXPECT_FALSE(reply.active(clock_.now()));
    reply.subject = "Hello\r\nBcc: x@y.example";
    EXPECT_EQ(directory_->set_auto_reply("bob", reply, {}).error().kind, ErrorKind::invalid);
    reply.subject = "ok";
    reply.from = clock_.now();
    EXPECT_EQ(directory_->set_auto_reply("bob", reply, {}).error().kind, ErrorKind::invalid)
        << "it ends before it begins";
    ASSERT_TRUE(directory_->set_auto_reply("bob", std::nullopt, {"test"}));
    EXPECT_TRUE(route("bob@example.org")->answering.empty());
}

}  // namespace
}  // namespace restante::directory
