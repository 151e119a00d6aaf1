#include "directory/routing.hpp"

#include "directory/test_fixture.hpp"

namespace restante::directory {
namespace {

using Ids = std::vector<std::int64_t>;
using RoutingTest = DirectoryFixture;

TEST_F(RoutingTest, FollowsEveryKindOfDestination) {  // S5.19, S5.20, S5.21, S5.22
    const std::int64_t bob = add("bob"), eve = add("eve");
    ASSERT_TRUE(alias("a@example.org", {"bob"}));
    ASSERT_TRUE(alias("b@example.net", {" A@Example.org "}));
    ASSERT_TRUE(alias("c@example.org", {"b@example.net", "eve", "eve@example.org", "bob"}));
    ASSERT_TRUE(alias("d@example.org", {"/dev/null", "eve"}));
    EXPECT_EQ(accounts_of("A@EXAMPLE.ORG"), Ids{bob});
    EXPECT_EQ(accounts_of("b@example.net"), Ids{bob});
    EXPECT_EQ(accounts_of("c@example.org"), (Ids{bob, eve}));
    EXPECT_EQ(accounts_of("d@example.org"), Ids{eve});
    EXPECT_TRUE(route("d@example.org")->discard);
    EXPECT_EQ(route("e@example.org").error().kind, ErrorKind::not_found);
    EXPECT_EQ(route("bob@elsewhere.example").error().kind, ErrorKind::denied);
}

TEST_F(RoutingTest, ALoopIsRefusedAndShown) {  // S5.24
    add("bob");
    ASSERT_TRUE(alias("c@example.org", {"bob"}));
    ASSERT_TRUE(alias("b@example.org", {"c@example.org"}));
    ASSERT_TRUE(alias("a@example.org", {"b@example.org"}));
    const auto loop = alias("c@example.org", {"bob", "a@example.org"});
    ASSERT_FALSE(loop);
    EXPECT_EQ(loop.error().kind, ErrorKind::invalid);
    EXPECT_NE(loop.error().detail.find("c@example.org -> a@example.org -> b@example.org -> c@example.org"),
              std::string::npos)
        << loop.error().detail;
    EXPECT_FALSE(alias("x@example.org", {"x@example.org"}));
    EXPECT_FALSE(alias("@example.org", {"missing@example.org"})) << "it would lead to the catch-all itself";
    EXPECT_EQ(accounts_of("a@example.org").size(), 1U);
}

TEST_F(RoutingTest, EveryDestinationMustExist) {  // S5.24
    EXPECT_EQ(alias("a@example.org", {"bob"}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(alias("a@example.org", {"x@example.org"}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(alias("a@example.org", {}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(alias("a@example.org", {"boss"}).error().kind, ErrorKind::not_found) << "a master user has no maildrop";
    EXPECT_EQ(alias("a@elsewhere.example", {"/dev/null"}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(alias("a@example.org", {"/etc/passwd"}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(alias("a@example.org", {"b@example.org\r\nc"}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(alias("a", {"/dev/null"}).error().kind, ErrorKind::invalid);
}

TEST_F(RoutingTest, AnAliasInUseStays) {
    add("bob");
    ASSERT_TRUE(alias("a@example.org", {"bob"}));
    ASSERT_TRUE(alias("b@example.org", {"a+news@example.org"}));
    const auto refused = directory_->delete_alias("a@example.org", {});
    EXPECT_EQ(refused.error().kind, ErrorKind::busy);
    EXPECT_NE(refused.error().detail.find("b@example.org leads to"), std::string::npos);
    ASSERT_TRUE(directory_->delete_alias("b@example.org", {}));
    ASSERT_TRUE(directory_->delete_alias("a@example.org", {}));
}

TEST_F(RoutingTest, OutsideDestinationsNeedTheOption) {
    add("bob");
    const auto refused = alias("a@example.org", {"someone@elsewhere.example"});
    EXPECT_EQ(refused.error().kind, ErrorKind::unsupported);
    EXPECT_NE(refused.error().detail.find("forwarding to other servers is off"), std::string::npos);
    options_.allow_remote_destinations = true;
    reopen();
    ASSERT_TRUE(alias("a@example.org", {"someone@elsewhere.example", "bob"}));
    EXPECT_EQ(route("a@example.org")->remote, std::vector<std::string>{"someone@elsewhere.example"});
}

TEST_F(RoutingTest, PlusAddressingGivesWayToAnExactAlias) {
    const std::int64_t bob = add("bob"), eve = add("eve");
    EXPECT_EQ(accounts_of("bob+News@example.org"), Ids{bob});
    EXPECT_EQ(accounts_of("bob+a+b@example.org"), Ids{bob});
    EXPECT_FALSE(route("+bob@example.org"));
    ASSERT_TRUE(alias("bob+news@example.org", {"eve"}));
    EXPECT_EQ(accounts_of("bob+news@example.org"), Ids{eve});
    ASSERT_TRUE(alias("@example.org", {"eve"}));
    EXPECT_EQ(accounts_of("bob+other@example.org"), Ids{bob});
    options_.plus_addressing = false;
    reopen();
    EXPECT_EQ(accounts_of("bob+other@example.org"), Ids{eve});
}

TEST_F(RoutingTest, TheCatchAllTakesTheRestOfItsDomainOnly) {
    const std::int64_t bob = add("bob"), eve = add("eve");
    ASSERT_TRUE(alias("@example.org", {"bob"}));
    EXPECT_EQ(accounts_of("whoever@example.org"), Ids{bob});
    EXPECT_EQ(accounts_of("eve@example.org"), Ids{eve});
    EXPECT_FALSE(route("whoever@example.net"));
    EXPECT_EQ(accounts_of("\"odd one@x\"@example.org"), Ids{bob});
}

TEST_F(RoutingTest, PostmasterIsTakenEverywhere) {  // RFC 5321 4.5.1
    EXPECT_FALSE(route("postmaster@example.org")) << "there is nobody yet";
    const std::int64_t keeper = add("postmaster"), bob = add("bob"), eve = add("eve");
    EXPECT_EQ(accounts_of("PostMaster@example.net"), Ids{keeper});
    EXPECT_EQ(accounts_of("Postmaster"), Ids{keeper});
    EXPECT_FALSE(route("postmaster@elsewhere.example"));
    ASSERT_TRUE(alias("postmaster@example.net", {"bob"}));
    EXPECT_EQ(accounts_of("postmaster@example.net"), Ids{bob});
    ASSERT_TRUE(directory_->delete_account("postmaster", {}));
    EXPECT_FALSE(route("postmaster@example.org"));
    options_.postmaster = "eve";
    reopen();
    EXPECT_EQ(accounts_of("postmaster@example.org"), Ids{eve});
    EXPECT_EQ(accounts_of("postmaster"), Ids{eve});
}

TEST_F(RoutingTest, TheServersPostmasterIsOneOfItsOwnersIfNobodyWasNamed) {  // RFC 5321 4.5.1
    options_.host_name = "mail.example";
    reopen();
    EXPECT_FALSE(route("postmaster"));
    const std::int64_t bob = add("bob"), eve = add("eve", "example.net");
    ASSERT_TRUE(alias("postmaster@example.net", {"eve"}));
    EXPECT_EQ(accounts_of("Postmaster"), Ids{eve}) << "the older one has none";
    ASSERT_TRUE(alias("postmaster@example.org", {"bob"}));
    EXPECT_EQ(accounts_of("postmaster"), Ids{bob});
    EXPECT_EQ(accounts_of("PostMaster@Mail.Example"), Ids{bob}) << "from where our own reports come";
    EXPECT_EQ(accounts_of("root@mail.example"), Ids{bob});
    EXPECT_EQ(route("eve@mail.example").error().kind, ErrorKind::not_found) << "an account named hostmaster would get certificates";
    EXPECT_EQ(route("zoe@mail.example").error().kind, ErrorKind::not_found);
    EXPECT_EQ(route("eve@other.example").error().kind, ErrorKind::denied);
    EXPECT_EQ(route("postmaster@other.example").error().kind, ErrorKind::denied);
    options_.host_name = "mail.example.net";
    reopen();
    EXPECT_EQ(accounts_of("postmaster"), Ids{eve}) << "the domain around the host name comes first";
    ASSERT_TRUE(directory_->delete_account("eve", {}));
    ASSERT_TRUE(directory_->delete_account("bob", {}));
    ASSERT_TRUE(directory_->create_tenant("other", "correct-horse", false, {}));
    ASSERT_TRUE(directory_->create_domain(directory_->tenants()->back().id, "example.com", {}));
    add("mallory", "example.com");
    ASSERT_TRUE(alias("postmaster@example.com", {"mallory"}));
    EXPECT_FALSE(route("postmaster")) << "not a customer";
    ASSERT_TRUE(directory_->delete_alias("postmaster@example.com", {}));
    add("postmaster", "example.com");
    EXPECT_EQ(accounts_of("postmaster@example.com").size(), 1U) << "its own";
    EXPECT_FALSE(route("postmaster")) << "whatever the customer calls an account";
    EXPECT_FALSE(route("postmaster@example.org")) << "nor for another's domain";
}

TEST_F(RoutingTest, DepthAndBreadthAreBounded) {
    options_.max_alias_depth = 3;
    options_.max_expanded_recipients = 20;
    reopen();
    for (int i = 0; i < 9; ++i) add("u" + std::to_string(i));
    ASSERT_TRUE(alias("a@example.org", {"u0"}));
    ASSERT_TRUE(alias("b@example.org", {"a@example.org"}));
    ASSERT_TRUE(alias("c@example.org", {"b@example.org"}));
    EXPECT_NE(alias("d@example.org", {"c@example.org"}).error().detail.find("more than 3 aliases"), std::string::npos);
    ASSERT_TRUE(alias("wide@example.org", {"u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"}));
    EXPECT_EQ(accounts_of("wide@example.org").size(), 9U);
    EXPECT_FALSE(alias("wider@example.org", {"wide@example.org", "wide+1@example.org", "wide+2@example.org"}));
    EXPECT_EQ(alias("x@example.org", std::vector<std::string>(21, "u0")).error().kind, ErrorKind::too_large);
}

TEST_F(RoutingTest, OneMaySendAsWhatLeadsToOne) {
    add("bob");
    add("eve");
    ASSERT_TRUE(alias("team@example.org", {"bob", "eve"}));
    ASSERT_TRUE(alias("sales@example.org", {"eve"}));
    const auto bob = directory_->verify("bob", "s3cret-bob").value();
    const auto may = [&](const Login& who, const char* address) {
        return directory_->may_send_as(who, message::Address::parse(address).value());
    };
    EXPECT_TRUE(may(bob, "Bob@example.org"));
    EXPECT_TRUE(may(bob, "bob+shop@example.org"));
    EXPECT_FALSE(may(bob, "team@example.org")) << "it is eve's, too";
    ASSERT_TRUE(alias("own@example.org", {"bob"}));
    EXPECT_TRUE(may(bob, "own@example.org"));
    ASSERT_TRUE(alias("copied@example.org", {"bob", "/dev/null"}));
    EXPECT_FALSE(may(bob, "copied@example.org"));
    EXPECT_FALSE(may(bob, "sales@example.org"));
    EXPECT_FALSE(may(bob, "eve@example.org"));
    EXPECT_FALSE(may(bob, "bob@elsewhere.example"));
    ASSERT_TRUE(directory_->create_tenant("other", "correct-horse", false, {}));
    const auto boss = directory_->verify("boss", "correct-horse").value();
    const auto other = directory_->verify("other", "correct-horse").value();
    EXPECT_TRUE(may(boss, "anything@example.org"));
    EXPECT_FALSE(may(boss, "anything@elsewhere.example"));
    EXPECT_FALSE(may(other, "anything@example.org"));
}

}  // namespace
}  // namespace restante::directory
