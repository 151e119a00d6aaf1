// Operations about lists, and about what becomes of an account's mail.
#include "admin/api_test_fixture.hpp"

namespace restante::admin {
namespace {

class ListApiTest : public ApiTest {
protected:
    ListApiTest() {
        run("createTenant", local_, {}, R"({"name":"shop","password":"correct-horse"})");
        run("createDomain", local_, {}, R"({"name":"shop.org","tenant":"shop"})");
        for (const char* name : {"rob", "ann"})
            run("createAccount", local_, {}, std::string(R"({"domain":"shop.org","password":"long-enough","name":")") + name + "\"}");
    }
    const Names rob_{{"name", "rob"}}, staff_{{"name", "staff"}};
};

TEST_F(ListApiTest, EveryOperationOfListsAnswersAsItsSchemaSays) {  // S5.25, S5.26
    EXPECT_EQ(run("createList", local_, {}, R"({"name":"staff","domain":"shop.org","owners":["rob@shop.org"]})").text("address"),
              "staff@shop.org");
    EXPECT_EQ(run("createList", local_, {}, R"({"name":"rob","domain":"shop.org"})").status, 409);
    EXPECT_EQ(run("listLists", local_, {}, "", {{"domain", "shop.org"}}).items().size(), 1u);
    EXPECT_EQ(run("changeList", local_, staff_, R"({"posting":"named","posters":["ann@shop.org"]})").text("posting"), "named");
    run("putAlias", local_, {{"address", "sales@shop.org"}}, R"({"destinations":["ann"]})");
    EXPECT_EQ(run("putListMembers", local_, staff_, R"({"text":"rob@shop.org\n# away\nsales@shop.org\n"})").body.at("members").as_int64(), 2);
    EXPECT_EQ(run("addListMembers", local_, staff_, R"({"members":["ann@shop.org"]})").body.at("added").as_int64(), 1);
    EXPECT_EQ(run("addListMembers", local_, staff_, R"({"members":["no address"]})").status, 400);
    EXPECT_EQ(run("removeListMembers", local_, staff_, R"({"members":["sales@shop.org"]})").body.at("removed").as_int64(), 1);
    EXPECT_EQ(run("listListMembers", local_, staff_).items().size(), 2u);
    run("resumeListMember", local_, {{"name", "staff"}, {"address", "ann@shop.org"}});
    EXPECT_EQ(run("showList", local_, staff_).body.at("members").as_int64(), 2);
    run("deleteList", local_, staff_);
    EXPECT_EQ(run("showList", local_, staff_).status, 404);
}

TEST_F(ListApiTest, EveryOperationOfRulesAnswersAsItsSchemaSays) {
    run("showForwarding", local_, rob_);
    EXPECT_TRUE(run("changeForwarding", local_, rob_, R"({"to":["ann@shop.org"],"keep_copy":true})").body.at("keep_copy").as_bool());
    EXPECT_EQ(run("changeForwarding", local_, rob_, R"({"to":["rob@shop.org"]})").status, 400) << "a circle";
    run("changeForwarding", local_, rob_, R"({"off":true})");
    run("showAutoReply", local_, rob_);
    EXPECT_TRUE(
        run("changeAutoReply", local_, rob_, R"({"body":"I am away","until":"2027-01-31T12:00:00Z"})").body.at("enabled").as_bool());
    run("deleteAutoReply", local_, rob_);
    EXPECT_EQ(run("changeQuota", local_, rob_, R"({"octets":1000000})").body.at("octets").as_int64(), 1'000'000);
    run("showQuota", local_, rob_);
    run("changeDomainQuota", local_, {{"name", "shop.org"}}, R"({"messages":100})");
    EXPECT_EQ(run("showDomainQuota", local_, {{"name", "shop.org"}}).body.at("messages").as_int64(), 100);
    EXPECT_EQ(run("changeTenantRules", local_, {{"name", "shop"}}, R"({"remote_destinations":"forbidden"})").text("remote_destinations"),
              "forbidden");
    run("showTenantRules", local_, {{"name", "shop"}});
}

TEST_F(ListApiTest, ADomainsAliasesAsOneText) {  // S5.19
    const Names shop{{"name", "shop.org"}};
    EXPECT_EQ(run("putAliasText", local_, shop, R"({"text":"sales rob\nsales ann\n"})").body.at("added").as_int64(), 1);
    EXPECT_NE(run("showAliasText", local_, shop).text("text").find("sales@shop.org ann\n"), std::string::npos);
    EXPECT_EQ(run("putAliasText", local_, shop, R"({"text":"sales nobody\n"})").status, 400);
}

}  // namespace
}  // namespace restante::admin
