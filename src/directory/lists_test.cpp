#include "directory/mailing_lists.hpp"
#include "directory/test_fixture.hpp"

namespace restante::directory {
namespace {
using namespace std::chrono_literals;

class ListsTest : public DirectoryFixture {
protected:
    Result<MailingList> create(const std::string& name, const ListSettings& settings = {}) {
        return directory_->create_list(name, "example.org", settings, {"test"});
    }
    std::vector<std::string> members(const std::string& name) {
        std::vector<std::string> out;
        if (const auto view = directory_->list_named(name))
            for (const ListMember& member : view->members) out.push_back(member.address);
        return out;
    }
};

TEST_F(ListsTest, AListHasANameOfTheServerAndAHiddenAlias) {  // S5.25, S5.29, S5.23
    add("bob");
    EXPECT_EQ(create("bob").error().kind, ErrorKind::already_exists);
    EXPECT_EQ(create("boss").error().kind, ErrorKind::already_exists) << "a master user's name";
    EXPECT_EQ(create("two words").error().kind, ErrorKind::invalid);
    const auto list = create("Staff");
    ASSERT_TRUE(list) << list.error().detail;
    EXPECT_EQ(list->address, "staff@example.org");
    EXPECT_EQ(route("STAFF@example.org")->lists, std::vector<std::int64_t>{list->id});
    EXPECT_EQ(directory_->create_account({"staff", "example.net", "", "s3cret-staff", ""}, {}).error().kind,
              ErrorKind::already_exists);
    const auto aliases = directory_->aliases("example.org").value();
    const auto hidden =
        std::find_if(aliases.begin(), aliases.end(), [](const Alias& a) { return a.address == "staff@example.org"; });
    ASSERT_NE(hidden, aliases.end());
    EXPECT_EQ(hidden->managed_by, "list:staff");
    EXPECT_EQ(alias("staff@example.org", {"bob"}).error().kind, ErrorKind::denied);
    ASSERT_TRUE(alias("everyone@example.org", {"staff"})) << "an alias may lead to a list";
    EXPECT_EQ(route("everyone@example.org")->lists.size(), 1U);
    EXPECT_EQ(directory_->delete_domain("example.org", {}).error().kind, ErrorKind::busy);
    ASSERT_TRUE(directory_->delete_list("staff", {"test"}));
    EXPECT_FALSE(route("staff@example.org"));
    EXPECT_FALSE(route("everyone@example.org"));
    ASSERT_TRUE(create("staff")) << "the name is free again";
}

TEST_F(ListsTest, MembersAreReplacedAddedAndRemovedAllOrNone) {  // S5.26
    add("bob");
    ASSERT_TRUE(create("staff"));
    const auto bad = directory_->put_members("staff", {"bob@example.org", "carl"}, {});
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().detail.find("line 2: \"carl\" is not a mail address"), std::string::npos) << bad.error().detail;
    EXPECT_TRUE(members("staff").empty());
    EXPECT_EQ(directory_->put_members("staff", {"x@elsewhere.example"}, {}).error().kind, ErrorKind::unsupported);
    EXPECT_EQ(directory_->put_members("staff", {"staff@example.org"}, {}).error().kind, ErrorKind::invalid);
    const auto put =
        directory_->put_members("staff", {"Bob@example.org", "eve@example.org", "bob@EXAMPLE.org"}, {"test"});
    ASSERT_TRUE(put) << put.error().detail;
    EXPECT_EQ(put->added, 2U);
    const std::int64_t bobs_id = directory_->list_named("staff")->member("bob@example.org")->id;
    ASSERT_TRUE(directory_->add_members("staff", {"carl@example.org", "bob@example.org"}, {"test"}));
    EXPECT_EQ(directory_->remove_members("staff", {"bob@example.org", "zoe@example.org"}, {}).error().kind,
              ErrorKind::not_found);
    ASSERT_TRUE(directory_->remove_members("staff", {"eve@example.org"}, {"test"}));
    reopen();
    EXPECT_EQ(members("staff@example.org"), (std::vector<std::string>{"bob@example.org", "carl@example.org"}));
    EXPECT_EQ(directory_->list_named("staff")->member("bob@example.org")->id, bobs_id)
        << "known members stay who they are";
}

TEST_F(ListsTest, WhoMayPost) {  // S5.27
    ASSERT_TRUE(
        create("staff", {.owners = {"Olga@elsewhere.example"}, .posters = {"press@example.org"}}).error().kind ==
        ErrorKind::unsupported)
        << "an owner elsewhere needs the grant";
    ASSERT_TRUE(directory_->set_tenant_rules("boss", {{}, true}, {}));
    ASSERT_TRUE(create("staff", {.owners = {"Olga@elsewhere.example"}, .posters = {"press@example.org"}}));
    ASSERT_TRUE(directory_->put_members("staff", {"bob@example.org"}, {}));
    const auto may = [&](Posting posting, const char* who) {
        ListSettings settings = directory_->list_named("staff")->list.settings;
        settings.posting = posting;
        EXPECT_TRUE(directory_->change_list("staff", settings, {}));
        return directory_->list_named("staff")->may_post(who);
    };
    EXPECT_TRUE(may(Posting::members, "bob@example.org"));
    EXPECT_FALSE(may(Posting::members, "press@example.org"));
    EXPECT_TRUE(may(Posting::anyone, "x@y.example"));
    EXPECT_FALSE(may(Posting::owners, "bob@example.org"));
    EXPECT_TRUE(may(Posting::owners, "olga@elsewhere.example"));
    EXPECT_TRUE(may(Posting::named, "press@example.org"));
    EXPECT_FALSE(may(Posting::named, "bob@example.org"));
    EXPECT_TRUE(may(Posting::named, "olga@elsewhere.example"));
    EXPECT_EQ(route("staff-owner@example.org")->remote, std::vector<std::string>{"olga@elsewhere.example"});
}

TEST_F(ListsTest, BouncesAreCountedByDaysUntilAMemberIsSuspended) {
    ASSERT_TRUE(create("staff", {.bounce_limit = 2}));
    ASSERT_TRUE(directory_->put_members("staff", {"bob@example.org"}, {}));
    const auto view = directory_->list_named("staff");
    const auto bounce = [&] {
        return directory_->note_bounce(view->list.id, view->members[0].id, "550 no\r\nsuch user").value();
    };
    EXPECT_EQ(bounce().bounces, 1U);
    EXPECT_EQ(bounce().bounces, 1U) << "once a day";
    clock_.advance(25h);
    EXPECT_TRUE(bounce().suspended);
    EXPECT_EQ(directory_->list_named("staff")->list.suspended, 1U);
    reopen();
    const ListMember member = directory_->list_named("staff")->members[0];
    EXPECT_TRUE(member.suspended_at);
    EXPECT_EQ(member.last_bounce, "550 no\\x0d\\x0asuch user");
    ASSERT_TRUE(directory_->resume_member("staff", "bob@example.org", {"test"}));
    EXPECT_EQ(directory_->list_named("staff")->list.suspended, 0U);
    EXPECT_EQ(bounce().bounces, 1U);
    clock_.advance(31 * 24h);
    EXPECT_EQ(bounce().bounces, 1U) << "a month without one forgets them";
    EXPECT_EQ(route("staff-bounces+abc.d@example.org")->bounce_token, "abc.d");
    EXPECT_EQ(route("staff-bounces@example.org")->bounces_of, view->list.id);
    EXPECT_FALSE(route("staff-other@example.org"));
}

}  // namespace
}  // namespace restante::directory
