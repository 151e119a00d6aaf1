// Operations about accounts.
#include <gmock/gmock.h>

#include "admin/account_purge.hpp"
#include "admin/api_test_fixture.hpp"

namespace restante::admin {

using testing::ElementsAre;
using testing::HasSubstr;

void ApiTest::try_out_accounts() {
    const Names rob{{"name", "rob"}};
    run("changeAccount", local_, rob, R"({"enabled":true})");
    EXPECT_EQ(run("showAccountPop3", local_, rob).text("order"), "ascending");
    EXPECT_EQ(run("changeAccountPop3", local_, rob, R"({"order":"descending"})").text("order"), "descending");
    run("keepSharedSecret", local_, rob, R"({"password":"even-longer"})");
    run("eraseSharedSecret", local_, rob);
    run("createAppPassword", local_, rob, R"({"name":"phone"})");
    EXPECT_EQ(run("listAppPasswords", local_, rob).items().size(), 1u);
    run("revokeAppPassword", local_, {{"name", "rob"}, {"app_password", "phone"}});
    run("exportAccounts", local_, {}, "", {{"hashes", "true"}});
    run("showRemoval", local_, rob);
    run("deleteAccount", local_, rob);
    run("listRemovedAccounts", local_);
    run("restoreAccount", local_, rob);
}

namespace {

std::vector<std::string> texts(const json::value& list) {
    std::vector<std::string> out;
    for (const json::value& one : list.as_array()) out.emplace_back(one.as_string());
    return out;
}

class AccountApiTest : public ApiTest {
protected:
    AccountApiTest() {
        run("createTenant", local_, {}, R"({"name":"shop","password":"correct-horse"})");
        run("createDomain", local_, {}, R"({"name":"shop.org","tenant":"shop"})");
        run("createAccount", local_, {}, R"({"name":"rob","domain":"shop.org","password":"long-enough"})");
    }
    Answer change_pop3(const std::string& body) { return run("changeAccountPop3", local_, rob_, body); }
    std::string fault(const Answer& answer) {
        if (answer.status != 400) return "status " + std::to_string(answer.status);
        return std::string(answer.body.at("errors").at(0).at("field").as_string());
    }
    const Names rob_{{"name", "rob"}};
};

TEST_F(AccountApiTest, APop3SettingMakesTheSettingsTheAccountsOwn) {  // S2.34, S2.36
    parts_->pop3_defaults = [] {
        directory::Pop3Settings defaults;
        defaults.alert_percent = 77;
        return defaults;
    };
    EXPECT_EQ(run("showAccountPop3", local_, rob_).body.at("alert_percent").as_int64(), 77);
    EXPECT_TRUE(run("showAccountPop3", local_, rob_).body.at("use_defaults").as_bool());
    const Answer own = change_pop3(R"({"min_poll_seconds":60,"retrieval":"leave","undo_days":3})");
    EXPECT_FALSE(own.body.at("use_defaults").as_bool());
    EXPECT_EQ(own.body.at("alert_percent").as_int64(), 77) << "the others stay as they were";
    const auto stored = directory_->account("rob")->pop3_own;
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->min_poll, std::chrono::seconds(60));
    EXPECT_EQ(stored->retrieval, directory::Retrieval::leave);
    EXPECT_EQ(stored->undo, std::chrono::days(3));
    EXPECT_FALSE(run("showAccount", local_, rob_).body.at("pop3_defaults").as_bool());
    EXPECT_FALSE(change_pop3(R"({"enabled":false})").body.at("enabled").as_bool());
    EXPECT_TRUE(directory_->account("rob")->pop3_own) << "on and off does not touch the settings";
    EXPECT_TRUE(change_pop3(R"({"use_defaults":true})").body.at("use_defaults").as_bool());
    EXPECT_FALSE(directory_->account("rob")->pop3_enabled);
    EXPECT_EQ(fault(change_pop3(R"({"use_defaults":true,"order":"descending"})")), "use_defaults");
    EXPECT_EQ(fault(change_pop3(R"({"order":"sideways"})")), "order");
    EXPECT_EQ(fault(change_pop3(R"({"alert_percent":101})")), "alert_percent");
    EXPECT_FALSE(change_pop3(R"({"use_defaults":false})").body.at("use_defaults").as_bool());
}

TEST_F(AccountApiTest, AnAppPasswordIsShownOnceAndNeverAgain) {
    const Answer made = run("createAppPassword", local_, rob_,
                            R"({"name":"phone","protocols":["pop3"],"networks":["192.0.2.9/24"],
                                "expires_at":"2037-01-31T12:00:00Z"})");
    EXPECT_EQ(made.text("password").size(), 27u);
    EXPECT_THAT(texts(made.body.at("protocols")), ElementsAre("pop3"));
    EXPECT_THAT(texts(made.body.at("networks")), ElementsAre("192.0.2.0/24"));
    const auto shown = run("listAppPasswords", local_, rob_).items().at(0).as_object();
    EXPECT_FALSE(shown.contains("password"));
    EXPECT_TRUE(shown.at("last_used_at").is_null());
    ASSERT_TRUE(directory_->verify("rob", made.text("password"), {directory::Protocol::pop3, "192.0.2.1"}));
    EXPECT_EQ(run("listAppPasswords", local_, rob_).items().at(0).at("last_used_from").as_string(), "192.0.2.1");
    EXPECT_EQ(run("createAppPassword", local_, rob_, R"({"name":"phone"})").status, 409);
    EXPECT_EQ(run("createAppPassword", local_, rob_, R"({"name":"x","networks":["10/8"]})").status, 400);
    EXPECT_EQ(fault(run("createAppPassword", local_, rob_, R"({"name":"x","protocols":["imap"]})")), "protocols[0]");
    EXPECT_EQ(run("revokeAppPassword", local_, {{"name", "rob"}, {"app_password", "no"}}).status, 404);
    EXPECT_TRUE(run("changeAccount", local_, rob_, R"({"app_passwords_only":true})").body.at("app_passwords_only").as_bool());
    run("revokeAppPassword", local_, {{"name", "rob"}, {"app_password", "phone"}});
    EXPECT_FALSE(directory_->verify("rob", made.text("password"), {}));
}

TEST_F(AccountApiTest, ASharedSecretNeedsTheAccountsPassword) {
    EXPECT_EQ(fault(run("keepSharedSecret", local_, rob_, R"({"password":"something-else"})")), "password");
    EXPECT_TRUE(
        run("keepSharedSecret", local_, rob_, R"({"password":"long-enough"})").body.at("shared_secret").as_bool());
    EXPECT_TRUE(directory_->shared_secret("rob"));
    run("eraseSharedSecret", local_, rob_);
    EXPECT_FALSE(run("showAccount", local_, rob_).body.at("shared_secret").as_bool());
}

TEST_F(AccountApiTest, ADeletionTellsWhatGoesAndCanBeUndone) {  // S5.12, S5.17
    run("createAccount", local_, {}, R"({"name":"ann","domain":"shop.org","password":"long-enough"})");
    run("putAlias", local_, {{"address", "one@shop.org"}}, R"({"destinations":["rob"]})");
    run("putAlias", local_, {{"address", "both@shop.org"}}, R"({"destinations":["rob","ann"]})");
    EXPECT_THAT(texts(run("showAccount", local_, rob_).body.at("aliases")), ElementsAre("both@shop.org", "one@shop.org"));
    EXPECT_THAT(texts(run("listAccounts", local_).items().at(0).at("aliases")), ElementsAre("both@shop.org"));
    const Answer preview = run("showRemoval", local_, rob_);
    EXPECT_THAT(texts(preview.body.at("aliases_removed")), ElementsAre("one@shop.org", "rob@shop.org"));
    EXPECT_THAT(texts(preview.body.at("aliases_changed")), ElementsAre("both@shop.org"));
    EXPECT_EQ(run("showAccount", local_, rob_).status, 200) << "nothing was changed";
    EXPECT_EQ(run("deleteAccount", local_, rob_).body, preview.body);
    EXPECT_EQ(run("showAccount", local_, rob_).status, 404);
    EXPECT_EQ(run("listAliases", local_, {}, "", {{"domain", "shop.org"}}).items().size(), 2u);
    EXPECT_EQ(run("listRemovedAccounts", local_).items().at(0).at("purge_at").as_string(),
              preview.text("restorable_until"));
    EXPECT_EQ(run("restoreAccount", local_, rob_).text("name"), "rob");
    EXPECT_EQ(run("listAliases", local_, {}, "", {{"domain", "shop.org"}}).items().size(), 4u);
    EXPECT_EQ(run("restoreAccount", local_, rob_).status, 404);
}

TEST_F(AccountApiTest, DeletedAccountsGoWhenTheirTimeIsOver) {
    const PurgeParts parts{*directory_, shown_, null_log()};
    shown_.leased = directory_->account("rob")->id;
    run("deleteAccount", local_, rob_);
    EXPECT_EQ(purge_due_accounts(parts, clock_.now()), 0u);
    clock_.advance(std::chrono::days(7));
    EXPECT_EQ(purge_due_accounts(parts, clock_.now()), 0u) << "a session holds the maildrop";
    EXPECT_EQ(run("listRemovedAccounts", local_).items().size(), 1u);
    shown_.leased = 0;
    EXPECT_EQ(purge_due_accounts(parts, clock_.now()), 1u);
    EXPECT_EQ(run("listRemovedAccounts", local_).items().size(), 0u);
    EXPECT_EQ(run("createAccount", local_, {}, R"({"name":"rob","domain":"shop.org","password":"long-enough"})").status,
              201);
}

// The page "POP Accounts" of old panels, row by row, as requests; mail is routed by the directory beneath.
TEST_F(AccountApiTest, EverythingThePageOfPopAccountsDid) {
    const auto create = [&](const std::string& body) { return run("createAccount", local_, {}, body); };
    // S5.1 the list; S5.5 a domain is picked; S5.8 a real name; S5.10 and S5.11 it is there at once.
    const auto listed = [&] { return run("listAccounts", local_, {}, "", {{"domain", "shop.org"}}).items().size(); };
    EXPECT_EQ(listed(), 1u);
    const Answer made =
        create(R"({"name":"eve","domain":"shop.org","real_name":"Eve, sales","password":"long-enough"})");
    EXPECT_EQ(made.text("address"), "eve@shop.org");
    EXPECT_EQ(made.text("real_name"), "Eve, sales");
    EXPECT_EQ(listed(), 2u);
    EXPECT_EQ(create(R"({"name":"zoe","domain":"nowhere.org","password":"long-enough"})").status, 404);
    // S5.3, S5.4, S5.18: the name is taken on the whole server; the answer says what to do instead.
    run("createDomain", local_, {}, R"({"name":"shop.net","tenant":"shop"})");
    const Answer taken = create(R"({"name":"EVE","domain":"shop.net","password":"long-enough"})");
    EXPECT_EQ(taken.status, 409);
    EXPECT_THAT(taken.text("detail"), HasSubstr("add the alias eve@shop.net"));
    EXPECT_EQ(create(R"({"name":"shop","domain":"shop.net","password":"long-enough"})").status, 409);
    // S5.6, S5.7: the default alias is made, and nobody edits it.
    EXPECT_EQ(run("showAlias", local_, {{"address", "eve@shop.org"}}).text("managed_by"), "account:eve");
    EXPECT_EQ(run("putAlias", local_, {{"address", "eve@shop.org"}}, R"({"destinations":["rob"]})").status, 403);
    // S5.9: no spaces, not too short.
    EXPECT_EQ(create(R"({"name":"zoe","domain":"shop.org","password":"with space"})").status, 400);
    EXPECT_EQ(create(R"({"name":"zoe","domain":"shop.org","password":"abcde"})").status, 400);
    // S5.2, S5.12, S5.13: what a listed alias is sent ends in the account.
    run("putAlias", local_, {{"address", "sales@shop.net"}}, R"({"destinations":["eve@shop.org"]})");
    EXPECT_THAT(texts(run("showAccount", local_, {{"name", "eve"}}).body.at("aliases")), ElementsAre("sales@shop.net"));
    const auto route = directory_->route({"sales", "shop.net"});
    ASSERT_TRUE(route);
    EXPECT_THAT(route->accounts, ElementsAre(directory_->account("eve")->id));
    // S5.14 an edit; S5.15, S5.16: a password can be replaced, never read.
    EXPECT_EQ(run("changeAccount", local_, {{"name", "eve"}}, R"({"real_name":"Eve"})").text("real_name"), "Eve");
    run("setAccountPassword", local_, {{"name", "eve"}}, R"({"password":"another-one"})");
    EXPECT_TRUE(directory_->verify("eve", "another-one"));
    for (const char* operation : {"showAccount", "listAccounts", "listAudit"}) {
        const Answer shown = run(operation, local_, {{"name", "eve"}});
        EXPECT_EQ(shown.raw.body.find("another-one"), std::string::npos) << operation;
        EXPECT_EQ(shown.raw.body.find("ARGON2ID"), std::string::npos) << operation;
    }
    // S5.17: the aliases that lead to it go with it.
    run("deleteAccount", local_, {{"name", "eve"}});
    EXPECT_EQ(run("showAlias", local_, {{"address", "sales@shop.net"}}).status, 404);
    EXPECT_FALSE(directory_->route({"sales", "shop.net"}));
}

TEST_F(AccountApiTest, AnImportNamesEveryRowThatIsWrong) {
    const Answer bad = run("importAccounts", local_, {}, R"({"accounts":[
        {"name":"a","domain":"shop.org","password":"long-enough"},
        {"name":"b","domain":"other.org","password":"long-enough"},
        {"name":"rob","domain":"shop.org","password":"long-enough"},
        {"name":"c","domain":"shop.org","password_hash":"{DES}x"},
        {"name":"d","domain":"shop.org","password":"short"}]})");
    ASSERT_EQ(bad.status, 400);
    std::vector<std::string> fields;
    for (const json::value& one : bad.body.at("errors").as_array()) fields.emplace_back(one.at("field").as_string());
    EXPECT_THAT(fields, ElementsAre("accounts[1].domain", "accounts[2].name", "accounts[3].password_hash",
                                    "accounts[4].password"));
    EXPECT_EQ(directory_->accounts("shop.org")->size(), 1u);
    const std::string good = R"({"accounts":[{"name":"a","domain":"shop.org","password":"long-enough"}])";
    const Answer tried = run("importAccounts", local_, {}, good + R"(,"dry_run":true})");
    EXPECT_EQ(tried.body.at("created").as_int64(), 0);
    EXPECT_EQ(tried.body.at("checked").as_int64(), 1);
    EXPECT_EQ(directory_->accounts("shop.org")->size(), 1u);
    EXPECT_EQ(run("importAccounts", local_, {}, good + "}").body.at("created").as_int64(), 1);
}

TEST_F(AccountApiTest, HashesAreExportedOnlyWhenAskedFor) {
    EXPECT_FALSE(run("exportAccounts", local_).items().at(0).as_object().contains("password_hash"));
    const auto with = run("exportAccounts", local_, {}, "", {{"hashes", "true"}, {"domain", "shop.org"}}).items();
    EXPECT_THAT(std::string(with.at(0).at("password_hash").as_string()), HasSubstr("{ARGON2ID}"));
    EXPECT_EQ(directory_->audit(1)->at(0).action, "account.export_hashes");
}

TEST_F(AccountApiTest, ADomainTellsWherePostmasterLeads) {  // RFC 5321 4.5.1
    const Answer bare = run("showDomain", local_, {{"name", "shop.org"}});
    EXPECT_TRUE(bare.body.at("postmaster").as_array().empty());
    EXPECT_THAT(bare.text("advice"), HasSubstr("postmaster@shop.org leads nowhere"));
    run("putAlias", local_, {{"address", "postmaster@shop.org"}}, R"({"destinations":["rob"]})");
    run("putAlias", local_, {{"address", "abuse@shop.org"}}, R"({"destinations":["/dev/null"]})");
    const Answer settled = run("showDomain", local_, {{"name", "shop.org"}});
    EXPECT_THAT(texts(settled.body.at("postmaster")), ElementsAre("rob"));
    EXPECT_THAT(texts(settled.body.at("abuse")), ElementsAre("/dev/null"));
    EXPECT_EQ(settled.text("advice"), "");
}

}  // namespace
}  // namespace restante::admin
