#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "admin/api_test_fixture.hpp"

namespace restante::admin {
namespace {

std::string first_field(const boost::json::value& problem) {
    return std::string(problem.at("errors").at(0).at("field").as_string());
}

TEST_F(ApiTest, EveryOperationAnswersAsItsSchemaSays) {
    const Request& as = local_;
    run("createTenant", as, {}, R"({"name":"chief","password":"correct-horse","administrator":true})");
    run("createTenant", as, {}, R"({"name":"shop","password":"battery-staple"})");
    EXPECT_EQ(run("listTenants", as).items().size(), 3u);
    EXPECT_FALSE(run("showTenant", as, {{"name", "shop"}}).body.at("administrator").as_bool());
    run("setTenantPassword", as, {{"name", "shop"}}, R"({"password":"battery-staple-2"})");

    const Answer login = run("logIn", tcp_, {}, R"({"name":"chief","password":"correct-horse"})");
    ASSERT_EQ(login.status, 201);
    run("whoAmI", as);
    run("logOut", as);
    const Answer token = run("createToken", as, {}, R"({"label":"tour","expires_at":"2027-01-31T12:00:00Z"})");
    EXPECT_EQ(run("listTokens", as).items().size(), 1u);

    EXPECT_EQ(run("createDomain", as, {}, R"({"name":"Shop.ORG","tenant":"shop"})").text("name"), "shop.org");
    run("listDomains", as);
    EXPECT_EQ(run("showDomain", as, {{"name", "shop.org"}}).text("tenant"), "shop");
    const json::value key = run("addDkimKeys", as, {{"name", "shop.org"}}).items().at(1);  // D1
    EXPECT_EQ(key.at("state"), "pending");
    EXPECT_TRUE(key.at("record").as_string().starts_with("v=DKIM1; k=rsa; p="));
    EXPECT_EQ(run("activateDkimKeys", as, {{"name", "shop.org"}}).items().at(1).at("state"), "active");
    EXPECT_EQ(run("rotateDkimKeys", as, {{"name", "shop.org"}}).items().size(), 4u);
    run("removeDkimKey", as, {{"name", "shop.org"}, {"selector", std::string(key.at("selector").as_string())}});
    EXPECT_EQ(run("listDkimKeys", as, {{"name", "shop.org"}}).items().size(), 3u);
    EXPECT_EQ(run("addDkimKeys", as, {{"name", "nobody.org"}}).status, 404);
    run("createAccount", as, {}, R"({"name":"rob","domain":"shop.org","password":"long-enough","real_name":"Bob"})");
    run("importAccounts", as, {}, R"({"accounts":[{"name":"ann","domain":"shop.org","password":"long-enough"}]})");
    EXPECT_EQ(run("listAccounts", as, {}, "", {{"domain", "shop.org"}}).items().size(), 2u);
    EXPECT_EQ(run("showAccount", as, {{"name", "rob"}}).body.at("maildrop").at("messages").as_int64(), 2);
    EXPECT_EQ(
        run("changeAccount", as, {{"name", "rob"}}, R"({"real_name":"Robert","enabled":false})").text("real_name"),
        "Robert");
    EXPECT_EQ(run("importMessages", as, {{"name", "rob"}}, "{\"delivery_id\":\"a\",\"octets\":2}\nxy").body.at("stored").as_int64(), 1);
    EXPECT_EQ(run("listMaildropMessages", as, {{"name", "rob"}}, "", {{"hash", "true"}}).items().size(), 2u);
    shown_.originals[5] = "Subject: x\r\n\r\n";
    EXPECT_EQ(run("readMaildropMessage", as, {{"name", "rob"}, {"message_id", "5"}}).raw.body, shown_.originals[5]);
    run("setAccountPassword", as, {{"name", "rob"}}, R"({"password":"even-longer"})");
    run("putAlias", as, {{"address", "sales@shop.org"}}, R"({"destinations":["ann"]})");
    run("showAlias", as, {{"address", "sales@shop.org"}});
    EXPECT_EQ(run("listAliases", as, {}, "", {{"domain", "shop.org"}}).items().size(), 3u);
    run("deleteAlias", as, {{"address", "sales@shop.org"}});

    const std::string bob =
        run("createPerson", as, {}, R"({"name":"Bob","email":"rob@shop.org","account":"rob"})").text("id");
    const std::string ann = run("createPerson", as, {}, R"({"name":"Ann","email":"ann@shop.org"})").text("id");
    run("listPeople", as);
    EXPECT_EQ(run("listPeople", as, {}, "", {{"email", "ANN@shop.org"}}).body.at("items").at(0).at("id").as_string(),
              ann);
    run("showPerson", as, {{"id", bob}});
    EXPECT_TRUE(
        run("changePerson", as, {{"id", bob}}, R"({"account":"","name":"Bobby"})").body.at("account_id").is_null());
    const std::string project = run("createProject", as, {}, R"({"name":"Doors"})").text("id");
    run("listProjects", as);
    run("showProject", as, {{"id", project}});
    run("changeProject", as, {{"id", project}}, R"({"description":"All doors"})");
    for (const auto& person : {std::string("ann@shop.org"), bob})
        run("addMember", as, {{"id", project}, {"person", person}});
    EXPECT_EQ(run("listMembers", as, {{"id", project}}).items().size(), 2u);
    const std::string item =
        run("createItem", as, {},
            R"({"project_id":"1","title":"Oil the door","creator":"ann@shop.org","assignee":"rob@shop.org"})")
            .text("id");
    run("listItems", as, {}, "", {{"project_id", project}, {"state", "open"}, {"assignee", bob}, {"kind", "task"}});
    run("showItem", as, {{"id", item}});
    EXPECT_EQ(run("changeItem", as, {{"id", item}}, R"({"state":"in_progress","assignee":""})").text("state"),
              "in_progress");
    const Answer comment = run("addComment", as, {{"id", item}}, R"({"author":"ann@shop.org","body":"Any news?"})");
    EXPECT_EQ(queued_, 1);
    EXPECT_EQ(run("listComments", as, {{"id", item}}).body.at("items").at(0).at("author").as_string(), "Ann");
    run("showComment", as, {{"id", comment.text("id")}});
    shown_.originals[9] = "Subject: x\r\n\r\n<script>";
    work::Threads::NewByMail reply;
    reply.item_id = 1;
    reply.author_id = std::stoll(bob);
    reply.body = "Done";
    reply.mail.delivery_id = "d1";
    reply.mail.original_id = 9;
    const auto by_mail = work_->threads().add_comment_by_mail(reply);
    ASSERT_TRUE(by_mail) << by_mail.error().detail;
    const Answer original = run("commentOriginal", as, {{"id", std::to_string(by_mail->comment.id)}});
    EXPECT_EQ(original.raw.body, shown_.originals[9]);
    EXPECT_EQ(original.raw.content_type, "message/rfc822");
    const auto mails = run("listMails", as, {}, "", {{"verdict", "received"}, {"item_id", item}}).items();
    ASSERT_EQ(mails.size(), 1u);
    const std::string mail(mails[0].at("id").as_string());
    run("showMail", as, {{"id", mail}});
    run("mailOriginal", as, {{"id", mail}});
    run("subscribe", as, {{"id", item}, {"person", bob}});
    EXPECT_EQ(run("listSubscribers", as, {{"id", item}}).items().size(), 2u);
    run("unsubscribe", as, {{"id", item}, {"person", "rob@shop.org"}});
    run("removeMember", as, {{"id", project}, {"person", bob}});

    fetch::FakeServer::Manners manners;
    server_.set(manners);
    server_.put({FetchFixture::mail("u1", "unrelated")});
    const std::string settings =
        R"("address":"127.0.0.1","user":"r","password":"p","tls":"none","port":)" + std::to_string(server_.port());
    const std::string connection =
        run("createConnection", as, {}, R"({"name":"Replies","enabled":false,)" + settings + "}").text("id");
    EXPECT_FALSE(run("listConnections", as).items().at(0).as_object().contains("password"));
    run("showConnection", as, {{"id", connection}});
    EXPECT_EQ(run("changeConnection", as, {{"id", connection}}, R"({"interval_minutes":10})")
                  .body.at("interval_minutes")
                  .as_int64(),
              10);
    const Answer test = run("testConnection", as, {}, R"({"connection_id":")" + connection + "\"," + settings + "}");
    EXPECT_TRUE(test.body.at("ok").as_bool()) << test.raw.body;
    const Answer poll = run("pollConnection", as, {{"id", connection}});
    EXPECT_EQ(poll.body.at("unrelated").as_int64(), 1) << poll.raw.body;
    EXPECT_EQ(run("showConnection", as, {{"id", connection}}).body.at("health").at("state").as_string(), "ok");
    run("deleteConnection", as, {{"id", connection}});

    // It writes where it is told to: not for those who are elsewhere.
    EXPECT_EQ(run("backUpStore", bearer(token.text("token")), {}, R"({"folder":"/backup"})").status, 403);

    shown_.deletions = {
        {77, clock_.now(), clock_.now() + std::chrono::days(7), {"rob", "192.0.2.1"}, {3, 600}, {2, 300}}};
    const auto deletions = run("listDeletions", as, {{"name", "rob"}}).items();
    ASSERT_EQ(deletions.size(), 1u);
    EXPECT_EQ(deletions[0].at("left").at("messages").as_int64(), 2);
    EXPECT_EQ(run("showDeletion", as, {{"name", "rob"}, {"deletion_id", "77"}})
                  .body.at("messages")
                  .at(1)
                  .at("uidl")
                  .as_string(),
              "uidl-42");
    EXPECT_EQ(run("showDeletion", as, {{"name", "rob"}, {"deletion_id", "78"}}).status, 404);
    const Names deletion{{"name", "rob"}, {"deletion_id", "77"}};
    EXPECT_EQ(run("restoreDeletion", as, deletion, "{}").status, 400);
    EXPECT_EQ(run("restoreDeletion", as, deletion, R"({"messages":["42"]})").body.at("messages").as_int64(), 1);
    EXPECT_EQ(shown_.restored, std::vector<store::MessageId>{42});
    EXPECT_EQ(run("restoreDeletion", as, deletion, R"({"all":true})").body.at("messages").as_int64(), 2);
    EXPECT_EQ(directory_->audit(1)->front().action, "account.restore_mail");
    const auto alert = *alerts_.raise("pop3.mass_deletion", "rob", "deleted much");
    EXPECT_EQ(run("listAlerts", as, {}, "", {{"all", "true"}}).items().at(0).at("account").as_string(), "rob");
    run("settleAlert", as, {{"id", std::to_string(alert)}});
    EXPECT_TRUE(run("listAlerts", as).items().empty());

    auto live = watch_.begin("192.0.2.1:110", "192.0.2.2:4000", {});
    {
        auto failing = watch_.begin("192.0.2.1:110", "192.0.2.2:4001", {});
        failing->received("USER nobody");
        failing->tried("nobody");
        failing->failed(watch::Cause::credentials, "wrong");
    }
    const auto sessions = run("listSessions", as, {}, "", {{"service", "pop3"}}).items();
    ASSERT_EQ(sessions.size(), 1u);
    run("endSession", as, {{"id", std::string(sessions[0].at("id").as_string())}});
    live.reset();
    EXPECT_EQ(run("endSession", as, {{"id", std::string(sessions[0].at("id").as_string())}}).status, 404);
    const auto failures = run("listFailedSessions", as).items();
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_EQ(failures[0].at("cause").as_string(), "credentials");
    const Answer why = run("showFailedSession", as, {{"id", std::string(failures[0].at("id").as_string())}});
    EXPECT_EQ(why.text("about_login"), "There is no account of this name.");
    EXPECT_NE(why.text("transcript").find("< USER nobody"), std::string::npos);

    run("getOpenApi", tcp_);
    run("showServer", as);
    run("showStore", as);
    EXPECT_FALSE(run("verifyStore", as).body.at("ok").as_bool());
    EXPECT_EQ(run("compactStore", as).body.at("freed_octets").as_int64(), 7);
    EXPECT_EQ(run("backUpStore", as, {}, R"({"folder":"/backup"})").body.at("files").as_int64(), 3);
    EXPECT_GE(run("listAudit", as).items().size(), 15u);
    const Answer newest = run("listAudit", as, {}, "", {{"limit", "2"}});
    ASSERT_EQ(newest.items().size(), 2u);
    const std::string next(newest.body.at("next").as_string());
    EXPECT_EQ(next, newest.items().at(1).at("id").as_string());
    const Answer older = run("listAudit", as, {}, "", {{"limit", "2"}, {"after", next}});
    EXPECT_LT(std::stoll(older.items().at(0).at("id").as_string().c_str()), std::stoll(next));

    const Names pop3{{"name", "pop3"}, {"property", "banner"}, {"address", "[::1]:110"}};
    EXPECT_EQ(run("listServices", as).items().size(), 1u);
    EXPECT_EQ(run("showService", as, pop3).body.at("listen_tls").as_array().size(), 2u);
    run("startService", as, pop3);
    run("stopService", as, pop3);
    run("restartService", as, pop3, R"({"now":true})");
    run("reloadService", as, pop3);
    run("setServiceProperty", as, pop3, R"({"value":"Hey"})");
    run("resetServiceProperty", as, pop3);
    const Names wait{{"name", "guessing"}, {"property", "wait_max"}};
    EXPECT_EQ(run("listSettings", as).items().size(), 1u);
    EXPECT_EQ(run("showSettings", as, wait).text("name"), "guessing");
    EXPECT_EQ(run("setSetting", as, wait, R"({"value":"7s"})").body.at("properties").at(0).at("source"), "set");
    EXPECT_EQ(run("resetSetting", as, wait).body.at("properties").at(0).at("source"), "file");
    run("addServiceBinding", as, pop3, R"({"address":"*:1110","tls":true})");
    run("removeServiceBinding", as, pop3);
    EXPECT_EQ(run("showClientSettings", as).items().at(0).at("port").as_int64(), 995);
    run("listCertificates", as);
    EXPECT_EQ(run("addCertificate", as, {}, R"({"name":"default","certificate_file":"/c","key_file":"/k"})").status, 201);
    run("removeCertificate", as, {{"name", "default"}});
    run("reloadCertificates", as);
    const std::string by = " by " + run("whoAmI", as).text("name");
    EXPECT_THAT(services_.asked,
                testing::ElementsAre("start pop3 " + by, "stop pop3 " + by, "restart pop3 now" + by, "reload pop3 " + by,
                                     "set pop3 banner=Hey" + by, "reset pop3 banner" + by, "bind pop3 *:1110 tls" + by,
                                     "unbind pop3 [::1]:110" + by, "certificate default /c" + by, "remove default " + by,
                                     "reload all " + by));
    const std::string spam = "From: x@y.test\r\nSubject: Offer\r\n\r\ncheap pills\r\n";
    const Answer lesson = run("teachSpamFilter", as, {}, spam, {{"kind", "spam"}});
    EXPECT_EQ(lesson.text("known"), "no");
    EXPECT_EQ(run("listSpamLessons", as).items().size(), 1u);
    EXPECT_GT(run("judgeSpam", as, {}, spam).body.at("score").as_int64(), 50) << "no date, no Message-ID";
    EXPECT_EQ(run("judgeSpam", as, {}, "").status, 415);
    EXPECT_EQ(run("teachSpamFilter", as, {}, "\r\n", {{"kind", "ham"}}).status, 400);
    run("forgetSpamLesson", as, {{"id", lesson.text("id")}});
    EXPECT_EQ(run("showSpamFilter", as).body.at("spam").as_int64(), 0);
    EXPECT_EQ(run("probeService", as, {}, R"({"service":"pop3"})").text("result"), "skipped");
    EXPECT_EQ(run("listProbes", as).items().size(), 1u);

    const std::string eve = run("createPerson", as, {}, R"({"name":"Eve","email":"eve@shop.org"})").text("id");
    run("deletePerson", as, {{"id", eve}});
    const std::string empty = run("createProject", as, {}, R"({"name":"Empty","visibility":"everyone"})").text("id");
    run("deleteProject", as, {{"id", empty}});
    try_out_accounts();
    for (const char* name : {"rob", "ann"}) {
        run("deleteAccount", as, {{"name", name}});
        run("purgeAccount", as, {{"name", name}});
    }
    run("deleteDomain", as, {{"name", "shop.org"}});
    run("revokeToken", as, {{"id", token.text("id")}});
    // These need a relay and connectors that run: scenarios 15-relay and 16-connectors ask them; list_api_test.cpp the last.
    const std::vector<std::string> elsewhere{"/connectors", "/queue", "/destinations", "/smarthosts", "/send-as",
                                             "/pop-before-smtp", "/check", "/lists", "/forward", "/auto-reply",
                                             "/quota", "/rules", "/alias-text"};
    for (const auto& one : router_.routes()) {
        if (!one->path.starts_with("/api/v1/")) continue;
        if (std::ranges::any_of(elsewhere, [&](const auto& part) { return one->path.find(part) != std::string::npos; }))
            continue;
        EXPECT_TRUE(answered_.contains(one->operation)) << one->operation << " was never answered";
    }
}

TEST_F(ApiTest, TheCheckedInDocumentIsWhatIsServed) {
    const Answer served = run("getOpenApi", tcp_);
    std::ifstream file(SOURCE_DIR "/docs/openapi.json");
    std::stringstream text;
    text << file.rdbuf();
    const std::string fresh = indented(served.body);
    if (text.str() == fresh) return;
    const std::string path = testing::TempDir() + "openapi.json";
    std::ofstream(path) << fresh;
    ADD_FAILURE() << "docs/openapi.json is out of date; the new text is in " << path;
}

TEST_F(ApiTest, FaultsNameTheirFieldsAndHaveStableTypes) {
    const auto bad = run("createTenant", local_, {}, R"({"name":"","pasword":"x"})");
    EXPECT_EQ(bad.status, 400);
    EXPECT_EQ(bad.text("type"), "urn:restante:problem:invalid");
    EXPECT_EQ(bad.body.at("errors").as_array().size(), 3u);
    EXPECT_EQ(run("createTenant", local_, {}, "{").status, 400);
    EXPECT_EQ(run("createTenant", local_, {}, "[]").status, 400);
    EXPECT_EQ(run("createTenant", local_, {}, (std::string(100, '[') + std::string(100, ']')).c_str()).status, 400);
    EXPECT_EQ(run("createTenant", local_).status, 415);
    EXPECT_EQ(first_field(run("listItems", local_, {}, "", {{"state", "odd"}}).body), "state");
    EXPECT_EQ(first_field(run("listItems", local_, {}, "", {{"stat", "open"}}).body), "stat");
    EXPECT_EQ(first_field(run("listItems", local_, {}, "", {{"limit", "0"}}).body), "limit");
    EXPECT_EQ(run("showItem", local_, {{"id", "x"}}).status, 404);
    EXPECT_EQ(run("showItem", local_, {{"id", "7"}}).text("type"), "urn:restante:problem:not_found");
    EXPECT_EQ(first_field(run("createDomain", local_, {}, R"({"name":"a.org"})").body), "tenant");
    EXPECT_EQ(first_field(run("createToken", local_, {}, R"({"label":"x","expires_at":"yesterday"})").body),
              "expires_at");
    EXPECT_EQ(first_field(run("createToken", local_, {}, R"({"label":"x","expires_at":"2001-01-01T00:00:00Z"})").body),
              "expires_at");
}

TEST_F(ApiTest, RefusalsOfServicesNameTheFieldOrTheConflict) {
    const Names pop3{{"name", "pop3"}, {"property", "banner"}};
    EXPECT_EQ(first_field(run("setServiceProperty", local_, pop3, R"({"value":"bad"})").body), "value");
    EXPECT_EQ(run("addServiceBinding", local_, pop3, R"({"address":"1.1.1.1:1"})").status, 409);
    EXPECT_EQ(first_field(run("setSetting", local_, {{"name", "guessing"}, {"property", "wait_max"}}, R"({"value":"bad"})").body), "value");
    EXPECT_EQ(run("startService", local_, {{"name", "none"}}).status, 404);
    EXPECT_EQ(run("showService", local_, {{"name", "none"}}).status, 404);
}

TEST_F(ApiTest, OnlyWhoIsKnownGetsIn) {
    Request stranger, basic;
    stranger.unix_user = ::geteuid() + 12345;
    basic.headers.emplace_back("Authorization", "Basic YTpi");
    const Names values{{"id", "1"},     {"name", "x"},        {"address", "x@y"},
                       {"person", "1"}, {"deletion_id", "1"}, {"app_password", "x"}, {"message_id", "1"}};
    for (const auto& one : router_.routes()) {
        if (one->access == Access::open) continue;
        EXPECT_EQ(send(*one, tcp_, values, "", {}).status, 401) << one->operation;
        EXPECT_EQ(send(*one, bearer("rst_wrong"), values, "", {}).status, 401) << one->operation;
        EXPECT_EQ(send(*one, stranger, values, "", {}).status, 403) << one->operation;
        EXPECT_EQ(send(*one, basic, values, "", {}).status, 401) << one->operation;
    }
}

TEST_F(ApiTest, TokensWorkUntilRevokedOrExpired) {
    const Answer made = run("createToken", local_, {}, R"({"label":"tour"})");
    const Request as = bearer(made.text("token"));
    EXPECT_EQ(run("whoAmI", as).text("name"), "token:tour");
    EXPECT_EQ(run("listTenants", as).status, 200);
    EXPECT_EQ(run("listTokens", as).body.at("items").at(0).as_object().contains("token"), false);
    run("revokeToken", local_, {{"id", made.text("id")}});
    EXPECT_EQ(run("listTenants", as).status, 401);
    EXPECT_EQ(run("revokeToken", local_, {{"id", made.text("id")}}).status, 404);
    const Answer brief = run(
        "createToken", local_, {},
        ("{\"label\":\"b\",\"expires_at\":\"" + to_rfc3339(clock_.now() + std::chrono::minutes(1)) + "\"}").c_str());
    EXPECT_EQ(run("listTenants", bearer(brief.text("token"))).status, 200);
    clock_.advance(std::chrono::minutes(2));
    EXPECT_EQ(run("listTenants", bearer(brief.text("token"))).status, 401);
}

TEST_F(ApiTest, ASessionNeedsItsCookieAndForChangesItsCsrfToken) {
    EXPECT_EQ(run("logIn", tcp_, {}, R"({"name":"boss","password":"wrong"})").status, 401);
    const Answer login = run("logIn", tcp_, {}, R"({"name":"boss","password":"correct-horse"})");
    EXPECT_NE(login.set_cookie().find("; HttpOnly; SameSite=Strict"), std::string::npos);
    Request as = log_in("boss", "correct-horse");
    EXPECT_EQ(run("listTenants", as).status, 200);
    EXPECT_EQ(run("createToken", as, {}, R"({"label":"x"})").status, 201);
    EXPECT_EQ("X-CSRF-Token: " + run("whoAmI", as).text("csrf_token"),
              as.headers[1].first + ": " + as.headers[1].second);
    Request form = as;
    form.headers.emplace_back("Content-Type", "text/plain");
    EXPECT_EQ(send(route("createToken"), form, {}, R"({"label":"x"})", {}).status, 415);
    Request other_site = as;
    other_site.headers.pop_back();
    EXPECT_EQ(run("createToken", other_site, {}, R"({"label":"x"})").status, 403);
    EXPECT_EQ(run("logOut", other_site).status, 403);
    run("logOut", as);
    EXPECT_EQ(run("listTenants", as).status, 401);
}

TEST_F(ApiTest, SessionsEndWithTimeAndWithANewPassword) {
    const Request first = log_in("boss", "correct-horse");
    EXPECT_EQ(run("listDomains", first).status, 200);
    EXPECT_EQ(run("setTenantPassword", first, {{"name", "boss"}}, R"({"password":"another-horse"})").status, 204);
    EXPECT_EQ(run("listDomains", first).status, 401);
    const Request second = log_in("boss", "another-horse");
    EXPECT_EQ(run("listDomains", second).status, 200);
    clock_.advance(CredentialOptions{}.session_lifetime + std::chrono::seconds(1));
    EXPECT_EQ(run("listDomains", second).status, 401);
}

TEST_F(ApiTest, ATenantSeesAndChangesOnlyItsOwn) {
    std::map<std::string, Request> as;
    for (const std::string name : {"red", "blue"}) {
        run("createTenant", local_, {}, ("{\"name\":\"" + name + "\",\"password\":\"correct-horse\"}").c_str());
        run("createDomain", local_, {}, ("{\"name\":\"" + name + ".org\",\"tenant\":\"" + name + "\"}").c_str());
        as[name] = log_in(name, "correct-horse");
        run("createAccount", as[name], {},
            ("{\"name\":\"" + name + "er\",\"domain\":\"" + name + ".org\",\"password\":\"long-enough\"}").c_str());
    }
    const Request& red = as["red"];
    EXPECT_EQ(run("listDomains", red).items().size(), 1u);
    EXPECT_EQ(run("listAccounts", red).items().size(), 1u);
    EXPECT_EQ(run("listAliases", red).items().size(), 1u);
    EXPECT_EQ(run("showAccount", red, {{"name", "reder"}}).status, 200);
    for (const char* id : {"showAccount", "deleteAccount"})
        EXPECT_EQ(run(id, red, {{"name", "blueer"}}).status, 404) << id;
    EXPECT_EQ(run("changeAccount", red, {{"name", "blueer"}}, R"({"enabled":false})").status, 404);
    EXPECT_EQ(run("setAccountPassword", red, {{"name", "blueer"}}, R"({"password":"stolen account"})").status, 404);
    EXPECT_EQ(run("showDomain", red, {{"name", "blue.org"}}).status, 404);
    EXPECT_EQ(run("deleteDomain", red, {{"name", "blue.org"}}).status, 404);
    EXPECT_EQ(run("putAlias", red, {{"address", "x@blue.org"}}, R"({"destinations":["reder"]})").status, 404);
    EXPECT_EQ(run("deleteAlias", red, {{"address", "blueer@blue.org"}}).status, 404);
    EXPECT_EQ(run("setTenantPassword", red, {{"name", "blue"}}, R"({"password":"stolen tenant"})").status, 404);
    EXPECT_EQ(run("createDomain", red, {}, R"({"name":"c.org","tenant":"blue"})").status, 403);
    EXPECT_EQ(run("createAccount", red, {}, R"({"name":"spy","domain":"blue.org","password":"long-enough"})").status,
              404);
    EXPECT_EQ(
        first_field(
            run("importAccounts", red, {}, R"({"accounts":[{"name":"spy","domain":"blue.org","password":"long-enough"}]})")
                .body),
        "accounts[0].domain");
    EXPECT_EQ(run("exportAccounts", red).items().size(), 1u);
    EXPECT_EQ(run("exportAccounts", red, {}, "", {{"hashes", "true"}}).status, 403);
    for (const char* id : {"showRemoval", "showAccountPop3", "listAppPasswords"})
        EXPECT_EQ(run(id, red, {{"name", "blueer"}}).status, 404) << id;
    run("deleteAccount", as["blue"], {{"name", "blueer"}});
    EXPECT_EQ(run("listRemovedAccounts", red).items().size(), 0u);
    for (const char* id : {"restoreAccount", "purgeAccount"})
        EXPECT_EQ(run(id, red, {{"name", "blueer"}}).status, 404) << id;
    const Answer token = run("createToken", as["blue"], {}, R"({"label":"b"})");
    EXPECT_EQ(run("listTokens", red).items().size(), 0u);
    EXPECT_EQ(run("revokeToken", red, {{"id", token.text("id")}}).status, 404);
    EXPECT_EQ(run("whoAmI", bearer(token.text("token"))).text("name"), "blue/token:b");
    const Names values{{"id", "1"}, {"name", "x"}, {"person", "1"}};
    for (const auto& one : router_.routes()) {
        if (one->access != Access::administrator) continue;
        EXPECT_EQ(send(*one, red, values, "", {}).status, 403) << one->operation;
    }
}

TEST_F(ApiTest, ListingsComeInPagesToTheEnd) {
    run("createTenant", local_, {}, R"({"name":"shop","password":"correct-horse"})");
    run("createDomain", local_, {}, R"({"name":"shop.org","tenant":"shop"})");
    for (const char* name : {"a1", "a2", "a3"}) {
        run("createAccount", local_, {},
            (std::string("{\"name\":\"") + name + "\",\"domain\":\"shop.org\",\"password\":\"long-enough\"}").c_str());
        run("createPerson", local_, {},
            (std::string("{\"name\":\"") + name + "\",\"email\":\"" + name + "@shop.org\"}").c_str());
    }
    for (const char* id : {"listAccounts", "listPeople"}) {
        std::vector<std::string> names;
        Names query{{"limit", "2"}};
        for (;;) {
            const Answer page = run(id, local_, {}, "", query);
            for (const auto& row : page.items()) names.emplace_back(row.at("name").as_string());
            if (!page.body.as_object().contains("next")) break;
            query["after"] = page.text("next");
        }
        EXPECT_THAT(names, testing::IsSupersetOf({"a1", "a2", "a3"})) << id;
        EXPECT_TRUE(std::is_sorted(names.begin(), names.end())) << id;
    }
}

TEST_F(ApiTest, AnAccountInUseIsNotPurged) {
    run("createTenant", local_, {}, R"({"name":"shop","password":"correct-horse"})");
    run("createDomain", local_, {}, R"({"name":"shop.org","tenant":"shop"})");
    const Answer bob =
        run("createAccount", local_, {}, R"({"name":"rob","domain":"shop.org","password":"long-enough"})");
    shown_.leased = std::stoll(bob.text("id"));
    run("deleteAccount", local_, {{"name", "rob"}});
    EXPECT_EQ(run("purgeAccount", local_, {{"name", "rob"}}).status, 409);
    EXPECT_EQ(run("listRemovedAccounts", local_).items().size(), 1u);
    shown_.leased = 0;
    run("purgeAccount", local_, {{"name", "rob"}});
    EXPECT_EQ(run("listRemovedAccounts", local_).items().size(), 0u);
    EXPECT_EQ(run("showAccount", local_, {{"name", "rob"}}).status, 404);
}

TEST_F(ApiTest, ImportIsAllOrNothing) {
    run("createTenant", local_, {}, R"({"name":"shop","password":"correct-horse"})");
    run("createDomain", local_, {}, R"({"name":"shop.org","tenant":"shop"})");
    const Answer bad =
        run("importAccounts", local_, {}, R"({"accounts":[{"name":"a","domain":"shop.org","password":"long-enough"},
        {"name":"a","domain":"shop.org","password":"long-enough"}]})");
    EXPECT_EQ(bad.status, 400);
    EXPECT_EQ(first_field(bad.body), "accounts[1].name");
    EXPECT_EQ(first_field(run("importAccounts", local_, {},
                              R"({"accounts":[{"name":"a","domain":"shop.org"},{"name":1,"domain":"x"}]})")
                              .body),
              "accounts[1].name");
    EXPECT_EQ(run("listAccounts", local_, {}, "", {{"domain", "shop.org"}}).items().size(), 0u);
}

TEST_F(ApiTest, APopAccountCannotLogInHere) {
    run("createTenant", local_, {}, R"({"name":"shop","password":"correct-horse"})");
    run("createDomain", local_, {}, R"({"name":"shop.org","tenant":"shop"})");
    run("createAccount", local_, {}, R"({"name":"rob","domain":"shop.org","password":"long-enough"})");
    EXPECT_EQ(run("logIn", tcp_, {}, R"({"name":"rob","password":"long-enough"})").status, 403);
}

}  // namespace
}  // namespace restante::admin
