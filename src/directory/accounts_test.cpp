// Accounts: settings, many at once, deletion that can be undone, the addresses every domain must have.
#include <gmock/gmock.h>

#include "directory/roles.hpp"
#include "directory/test_fixture.hpp"

namespace restante::directory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Ids = std::vector<std::int64_t>;

class AccountsTest : public DirectoryFixture {
protected:
    std::vector<std::string> addresses() {
        std::vector<std::string> out;
        const auto all = directory_->aliases("").value();
        for (const Alias& one : all) out.push_back(one.address);
        return out;
    }
};

TEST_F(AccountsTest, Pop3SettingsAreTheAccountsOwnOrTheProtocols) {  // S2.24, S2.26, S2.36
    const std::int64_t bob = add("bob");
    EXPECT_TRUE(directory_->account("bob")->pop3_enabled);
    EXPECT_FALSE(directory_->account("bob")->pop3_own);
    Pop3Settings own;
    own.descending = own.fast_sizes = true;
    own.min_poll = std::chrono::seconds(60);
    own.retrieval = Retrieval::leave;
    own.undo = std::chrono::days(3);
    own.alert_percent = 10;
    own.alert_from = 7;
    own.expire_days = 30;
    ASSERT_TRUE(directory_->set_pop3("bob", true, own, {"test"}));
    EXPECT_EQ(directory_->account_by_id(bob)->value().pop3_own, own) << "live at once";
    EXPECT_THAT(directory_->audit(1)->at(0).detail, HasSubstr("descending"));
    reopen();
    EXPECT_EQ(directory_->account("bob")->pop3_own, own);
    own.retrieval = Retrieval::debug;
    ASSERT_TRUE(directory_->set_pop3("bob", true, own, {}));
    reopen();
    EXPECT_EQ(directory_->account("bob")->pop3_own, own);
    ASSERT_TRUE(directory_->set_pop3("bob", true, std::nullopt, {}));
    reopen();
    EXPECT_FALSE(directory_->account("bob")->pop3_own);
    own.alert_percent = 101;
    EXPECT_EQ(directory_->set_pop3("bob", true, own, {}).error().kind, ErrorKind::invalid);
    own = {};
    own.min_poll = std::chrono::seconds(-1);
    EXPECT_EQ(directory_->set_pop3("bob", true, own, {}).error().kind, ErrorKind::invalid);
    own = {};
    own.undo = std::chrono::days(100'000);
    EXPECT_EQ(directory_->set_pop3("bob", true, own, {}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(directory_->set_pop3("eve", true, {}, {}).error().kind, ErrorKind::not_found);
}

TEST_F(AccountsTest, AnImportTellsEverythingThatIsWrongAndDoesNothing) {
    add("bob");
    ASSERT_TRUE(alias("sales@example.org", {"bob"}));
    const std::vector<Directory::NewAccount> rows{{"ann", "example.org", "", "long-enough", ""},
                                                  {"a b", "nowhere.example", "", "short", ""},
                                                  {"ann", "example.org", "", "long-enough", ""},
                                                  {"Bob", "example.org", "", "long-enough", ""},
                                                  {"sales", "example.org", "", "long-enough", ""},
                                                  {"carl", "nowhere.example", "", "long-enough", ""},
                                                  {"dora", "example.org", "a\nb", "", "{DES}x"}};
    const auto told = directory_->import_accounts(rows, false, {"test"});
    ASSERT_TRUE(told);
    EXPECT_EQ(told->created, 0U);
    std::vector<std::string> seen;
    for (const auto& fault : told->faults) seen.push_back(std::to_string(fault.row) + ' ' + fault.field);
    EXPECT_THAT(seen, ElementsAre("1 name", "1 password", "2 name", "3 name", "4 name", "5 domain", "6 real_name",
                                  "6 password_hash"));
    EXPECT_THAT(told->faults[2].detail, HasSubstr("first in row 1"));
    EXPECT_EQ(directory_->accounts("")->size(), 1U);
}

TEST_F(AccountsTest, ADryRunOfAnImportChangesNothing) {
    const std::vector<Directory::NewAccount> rows{{"ann", "example.org", "Ann", "long-enough", ""},
                                                  {"carl", "example.net", "", "", "{PLAIN}pw"}};
    const std::size_t before = directory_->audit(100)->size();
    const auto tried = directory_->import_accounts(rows, true, {"test"});
    ASSERT_TRUE(tried);
    EXPECT_THAT(tried->faults, IsEmpty());
    EXPECT_EQ(tried->created, 2U);
    EXPECT_THAT(*directory_->accounts(""), IsEmpty());
    EXPECT_EQ(directory_->audit(100)->size(), before);
    ASSERT_EQ(directory_->import_accounts(rows, false, {"test"})->created, 2U);
    EXPECT_TRUE(directory_->verify("carl@example.net", "pw"));
}

TEST_F(AccountsTest, WhatIsExportedCanBeImported) {
    add("bob");
    add("ann", "example.net");
    ASSERT_TRUE(directory_->set_real_name("ann", "Ann, \"the\" boss", {}));
    const std::size_t before = directory_->audit(100)->size();
    const auto plain = directory_->export_accounts("", false, {"test"}).value();
    ASSERT_EQ(plain.size(), 2U);
    EXPECT_EQ(plain[0].name, "ann");
    EXPECT_EQ(plain[0].domain, "example.net");
    EXPECT_EQ(plain[0].password_hash, "");
    EXPECT_EQ(directory_->audit(100)->size(), before);
    const auto hashes = directory_->export_accounts("", true, {"test"}).value();
    EXPECT_EQ(directory_->audit(1)->at(0).action, "account.export_hashes");
    EXPECT_EQ(directory_->export_accounts("example.org", true, {"test"})->size(), 1U);
    for (const char* name : {"ann", "bob"}) ASSERT_TRUE(directory_->delete_account(name, {}));
    ASSERT_EQ(directory_->import_accounts(hashes, false, {})->created, 2U);
    EXPECT_TRUE(directory_->verify("ann", "s3cret-ann"));
    EXPECT_EQ(directory_->account("ann")->real_name, "Ann, \"the\" boss");
}

TEST_F(AccountsTest, TheAliasesThatLeadToAnAccount) {  // S5.12
    const std::int64_t bob = add("bob"), eve = add("eve");
    ASSERT_TRUE(alias("one@example.org", {"bob"}));
    ASSERT_TRUE(alias("all@example.net", {"one@example.org", "bob@example.org", "eve"}));
    const auto found = directory_->aliases_by_account().value();
    EXPECT_THAT(found.at(bob), ElementsAre("all@example.net", "one@example.org"));
    EXPECT_THAT(found.at(eve), ElementsAre("all@example.net"));
}

TEST_F(AccountsTest, ADeletionIsShownBeforeItIsDone) {  // S5.17
    add("bob");
    add("eve");
    ASSERT_TRUE(alias("one@example.org", {"bob"}));
    ASSERT_TRUE(alias("two@example.org", {"one@example.org"}));
    ASSERT_TRUE(alias("both@example.org", {"bob", "eve"}));
    std::vector<std::string> gone, changed;
    const auto without = directory_->aliases_without("bob").value();
    for (const Alias& one : without)
        (one.destinations.empty() ? gone : changed).push_back(one.address);
    EXPECT_THAT(gone, ElementsAre("bob@example.org", "one@example.org", "two@example.org"));
    EXPECT_THAT(changed, ElementsAre("both@example.org"));
    EXPECT_TRUE(directory_->verify("bob", "s3cret-bob"));
    EXPECT_EQ(directory_->aliases_without("nobody").error().kind, ErrorKind::not_found);
}

TEST_F(AccountsTest, ADeletedAccountIsGoneForEverybodyButRestore) {  // S5.17
    const std::int64_t bob = add("bob"), eve = add("eve");
    ASSERT_TRUE(alias("one@example.org", {"bob"}));
    ASSERT_TRUE(alias("both@example.org", {"bob", "eve"}));
    const std::string app = directory_->create_app_password("bob", {.name = "phone"}, {})->secret;
    const auto hidden = directory_->hide_account("BOB", {"test"});
    ASSERT_TRUE(hidden);
    EXPECT_EQ(directory_->purge_at(*hidden), clock_.now() + std::chrono::days(7));
    for (int round = 0; round < 2; ++round) {
        EXPECT_FALSE(directory_->verify("bob", "s3cret-bob"));
        EXPECT_FALSE(directory_->verify_remembered("bob", app, {}));
        EXPECT_FALSE(directory_->verify("bob", app, {}));
        EXPECT_FALSE(directory_->login_as("bob@example.org", {}));
        EXPECT_EQ(directory_->account("bob").error().kind, ErrorKind::not_found);
        EXPECT_FALSE(directory_->account_by_id(bob)->has_value());
        EXPECT_EQ(directory_->accounts("")->size(), 1U);
        EXPECT_EQ(route("bob@example.org").error().kind, ErrorKind::not_found);
        EXPECT_EQ(route("one@example.org").error().kind, ErrorKind::not_found);
        EXPECT_EQ(accounts_of("both@example.org"), Ids{eve});
        EXPECT_THAT(addresses(), ElementsAre("both@example.org", "eve@example.org"));
        EXPECT_THAT(directory_->aliases("")->at(0).destinations, ElementsAre("eve"));
        const auto again = directory_->create_account({"bob", "example.net", "", "long-enough", ""}, {});
        EXPECT_EQ(again.error().kind, ErrorKind::already_exists);
        EXPECT_THAT(again.error().detail, HasSubstr("restore"));
        EXPECT_EQ(directory_->hide_account("bob", {}).error().kind, ErrorKind::not_found);
        EXPECT_EQ(directory_->set_real_name("bob", "x", {}).error().kind, ErrorKind::not_found);
        ASSERT_EQ(directory_->hidden_accounts()->size(), 1U);
        EXPECT_EQ(directory_->hidden_accounts()->at(0).deleted_at, clock_.now());
        reopen();
    }
    ASSERT_TRUE(directory_->restore_account("bob", {"test"}));
    EXPECT_EQ(directory_->audit(1)->at(0).action, "account.restore");
    EXPECT_EQ(accounts_of("one@example.org"), Ids{bob});
    EXPECT_EQ(accounts_of("both@example.org"), (Ids{bob, eve}));
    EXPECT_TRUE(directory_->verify("bob", "s3cret-bob"));
    EXPECT_TRUE(directory_->verify("bob", app, {}));
    EXPECT_EQ(directory_->restore_account("bob", {}).error().kind, ErrorKind::not_found);
    reopen();
    EXPECT_EQ(accounts_of("one@example.org"), Ids{bob});
}

TEST_F(AccountsTest, ADeletedAccountGoesForGood) {
    add("bob");
    ASSERT_TRUE(alias("one@example.org", {"bob"}));
    ASSERT_TRUE(directory_->create_app_password("bob", {.name = "phone"}, {}));
    ASSERT_TRUE(directory_->keep_shared_secret("bob", "s3cret-bob", {}));
    ASSERT_TRUE(directory_->hide_account("bob", {}));
    EXPECT_THAT(directory_->delete_domain("example.org", {}).error().detail, HasSubstr("restored"));
    ASSERT_TRUE(directory_->delete_account("bob", {"test"}));
    EXPECT_THAT(*directory_->hidden_accounts(), IsEmpty());
    EXPECT_THAT(addresses(), IsEmpty());
    for (const char* table : {"account_scram", "account_secret", "account_pop3", "app_password", "alias"})
        EXPECT_EQ(database_->read([&](db::Session& s) { return s.integer("SELECT COUNT(*) FROM " + std::string(table)); })
                      .value(),
                  0)
            << table;
    add("bob");
    ASSERT_TRUE(directory_->delete_account("bob", {}));
    EXPECT_TRUE(directory_->delete_domain("example.org", {}));
}

TEST_F(AccountsTest, TheFirstAccountOfADomainGetsWhatEveryDomainMustHave) {  // RFC 5321 4.5.1, RFC 2142 4
    options_.role_aliases = true;
    reopen();
    const std::int64_t bob = add("bob"), eve = add("eve");
    EXPECT_EQ(accounts_of("Postmaster@example.org"), Ids{bob});
    EXPECT_EQ(accounts_of("abuse@example.org"), Ids{bob});
    ASSERT_TRUE(alias("postmaster@example.org", {"eve"})) << "a person may change it";
    EXPECT_EQ(accounts_of("postmaster@example.org"), Ids{eve});
    ASSERT_TRUE(directory_->delete_alias("abuse@example.org", {}));
    add("later");
    EXPECT_FALSE(route("abuse@example.org")) << "who comes later does not get it unasked";
    const std::vector<Directory::NewAccount> rows{{"carl", "example.net", "", "long-enough", ""},
                                                  {"postmaster", "example.net", "", "long-enough", ""}};
    ASSERT_EQ(directory_->import_accounts(rows, false, {})->created, 2U);
    EXPECT_EQ(accounts_of("postmaster@example.net"), Ids{directory_->account("postmaster")->id});
    EXPECT_EQ(accounts_of("abuse@example.net"), Ids{directory_->account("carl")->id});
    EXPECT_EQ(accounts_of("postmaster@example.org"), Ids{eve});
}

TEST_F(AccountsTest, DomainsWhosePostmasterLeadsNowhereAreFound) {  // RFC 5321 4.5.1
    const auto bare = [&] {
        return database_->read([&](db::Session& session) { return domains_without_postmaster(session, options_); })
            .value();
    };
    EXPECT_THAT(bare(), ElementsAre("example.net", "example.org"));
    add("bob");
    ASSERT_TRUE(alias("postmaster@example.org", {"bob"}));
    EXPECT_THAT(bare(), ElementsAre("example.net"));
    ASSERT_TRUE(directory_->hide_account("bob", {}));
    EXPECT_THAT(bare(), ElementsAre("example.net", "example.org"));
    options_.postmaster = "chief";
    add("chief");
    EXPECT_THAT(bare(), IsEmpty());
}

// The directory as the first release left it.
constexpr const char* kFirstSchema = R"sql(
CREATE TABLE schema_version(module TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY(module, number));
INSERT INTO schema_version VALUES('directory', 1);
CREATE TABLE server_name(name TEXT PRIMARY KEY, kind TEXT NOT NULL);
CREATE TABLE tenant(id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE REFERENCES server_name(name),
    password_hash TEXT NOT NULL, administrator BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE domain(id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL REFERENCES tenant(id),
    name TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL);
CREATE TABLE account(id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL REFERENCES tenant(id),
    domain_id BIGINT NOT NULL REFERENCES domain(id), name TEXT NOT NULL UNIQUE REFERENCES server_name(name),
    real_name TEXT NOT NULL, enabled BIGINT NOT NULL, password_hash TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE alias(id BIGINT PRIMARY KEY, domain_id BIGINT NOT NULL REFERENCES domain(id),
    address TEXT NOT NULL UNIQUE, managed_by TEXT NOT NULL);
CREATE TABLE alias_destination(alias_id BIGINT NOT NULL REFERENCES alias(id) ON DELETE CASCADE,
    position BIGINT NOT NULL, destination TEXT NOT NULL, PRIMARY KEY(alias_id, position));
CREATE TABLE audit(id BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
    object TEXT NOT NULL, detail TEXT NOT NULL);
INSERT INTO server_name VALUES('boss', 'tenant'), ('bob', 'account');
INSERT INTO tenant VALUES(1, 'boss', '{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=', 1, 0);
INSERT INTO domain VALUES(2, 1, 'example.com', 0);
INSERT INTO account VALUES(3, 1, 2, 'bob', 'Bob', 1, '{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=', 0);
INSERT INTO alias VALUES(4, 2, 'bob@example.com', 'account:bob');
INSERT INTO alias_destination VALUES(4, 0, 'bob');
)sql";

TEST_F(AccountsTest, AnOldDatabaseOpens) {
    directory_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
    {
        db::Database::Options options;
        options.sqlite.path = folder_ / "x.db";
        auto old = db::Database::open(options);
        ASSERT_TRUE(old);
        ASSERT_TRUE((*old)->write([](db::Session& session) { return session.script(kFirstSchema); }));
    }
    reopen();
    const auto bob = directory_->account("bob@example.com");
    ASSERT_TRUE(bob) << bob.error().detail;
    EXPECT_EQ(bob->id, 3);
    EXPECT_TRUE(bob->pop3_enabled);
    EXPECT_FALSE(bob->pop3_own);
    EXPECT_FALSE(bob->shared_secret);
    EXPECT_FALSE(bob->app_passwords_only);
    EXPECT_FALSE(bob->deleted_at);
    EXPECT_EQ(accounts_of("bob@example.com"), Ids{3});
    EXPECT_TRUE(directory_->verify("bob", "password", {}));
    EXPECT_TRUE(directory_->verify("boss", "password"));
    EXPECT_TRUE(directory_->create_app_password("bob", {.name = "phone"}, {}));
    EXPECT_TRUE(directory_->hide_account("bob", {}));
    reopen();
    EXPECT_EQ(directory_->hidden_accounts()->size(), 1U);
}

}  // namespace
}  // namespace restante::directory
