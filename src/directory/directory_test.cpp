#include "directory/directory.hpp"

#include <thread>

#include "directory/test_fixture.hpp"

namespace restante::directory {
namespace {

using Ids = std::vector<std::int64_t>;
using DirectoryTest = DirectoryFixture;

TEST_F(DirectoryTest, NamesAreUniqueOverTheServerAndTheErrorGivesAdvice) {  // S5.3, S5.4, S5.18
    add("bob");
    const auto twice = directory_->create_account({"Bob", "example.net", "", "another-one", ""}, {});
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().kind, ErrorKind::already_exists);
    EXPECT_NE(twice.error().detail.find("add the alias bob@example.net"), std::string::npos) << twice.error().detail;

    const auto as_account = directory_->create_account({"boss", "example.org", "", "another-one", ""}, {});
    EXPECT_EQ(as_account.error().kind, ErrorKind::already_exists);
    const auto as_tenant = directory_->create_tenant("BOB", "another-one", false, {});
    EXPECT_EQ(as_tenant.error().kind, ErrorKind::already_exists);
}

TEST_F(DirectoryTest, AnAccountHasAHiddenDefaultAliasThatCannotBeEdited) {  // S5.5, S5.6, S5.7
    const std::int64_t bob = add("bob");
    EXPECT_EQ(accounts_of("bob@example.org"), Ids{bob});
    EXPECT_FALSE(route("bob@example.net"));
    const auto aliases = directory_->aliases("example.org").value();
    ASSERT_EQ(aliases.size(), 1U);
    EXPECT_EQ(aliases[0].managed_by, "account:bob");
    EXPECT_EQ(alias("bob@example.org", {"/dev/null"}).error().kind, ErrorKind::denied);
    EXPECT_EQ(directory_->delete_alias("bob@example.org", {}).error().kind, ErrorKind::denied);
    EXPECT_EQ(accounts_of("bob@example.org"), Ids{bob});
}

TEST_F(DirectoryTest, RefusesUnsafeNames) {
    for (const char* name :
         {"", "..", "a..b", "../etc", "a/b", "a%u", "a b", ".a", "a.", "-a", "a@b", "b\xc3\xb6", "a\nb"})
        EXPECT_EQ(directory_->create_account({name, "example.org", "", "long-enough", ""}, {}).error().kind,
                  ErrorKind::invalid)
            << name;
    const std::string with_nul("a\0b", 3);
    EXPECT_FALSE(directory_->create_account({with_nul, "example.org", "", "long-enough", ""}, {}));
    EXPECT_TRUE(directory_->create_account({"a.b_c-9", "example.org", "", "long-enough", ""}, {}));
    EXPECT_EQ(directory_
                  ->create_domain(tenant_,
                                  "b\xc3\xbc"
                                  "cher.example",
                                  {})
                  .error()
                  .kind,
              ErrorKind::invalid);
    EXPECT_EQ(directory_->create_domain(tenant_, "192.0.2.1", {}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(directory_->create_domain(tenant_, "EXAMPLE.org", {}).error().kind, ErrorKind::already_exists);
}

TEST_F(DirectoryTest, PasswordsFollowThePolicy) {  // S5.9
    const auto set = [&](const std::string& password) { return directory_->set_password("bob", password, {}); };
    add("bob");
    for (const char* bad : {"", "abc", "1234567", "with space1", "tab\tinside", "password", "PassWord1",
                            "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8"})
        EXPECT_EQ(set(bad).error().kind, ErrorKind::invalid) << bad;
    EXPECT_TRUE(
        set("gr\xc3\xbc\xc3\x9f"
            "e-aus"));
    options_.password_min_length = 1;  // the floor of 6 stays
    reopen();
    EXPECT_EQ(set("abcde").error().kind, ErrorKind::invalid);
    EXPECT_TRUE(set("abcdx9"));
    add("robert");
    EXPECT_EQ(directory_->set_password("robert", "Robert", {}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(directory_->set_password("nobody", "fine-and-long", {}).error().kind, ErrorKind::not_found);
}

TEST_F(DirectoryTest, NoPasswordIsStoredInClear) {  // S5.15
    ASSERT_TRUE(directory_->create_account({"old", "example.org", "", "", "{PLAIN}kept as it is"}, {}));
    EXPECT_TRUE(directory_->verify("old", "kept as it is"));
    const auto stored = database_->read([](db::Session& s) { return s.text("SELECT password_hash FROM account"); });
    EXPECT_EQ(stored->value_or("").substr(0, 20), "{ARGON2ID}$argon2id$");
    const auto rows = directory_->audit(100).value();
    for (const auto& row : rows) EXPECT_EQ(row.detail.find("kept"), std::string::npos);
}

TEST_F(DirectoryTest, LoginByNameAddressAliasAndAsTenant) {
    const std::int64_t bob = add("bob");
    add("eve");
    ASSERT_TRUE(alias("sales@example.org", {"bob"}));
    ASSERT_TRUE(alias("team@example.org", {"bob", "eve"}));
    ASSERT_TRUE(alias("@example.net", {"bob"}));
    const auto matched = [&](const char* name) {
        const auto login = directory_->verify(name, "s3cret-bob");
        return login && login->id == bob ? login->matched : login ? "someone else" : "no";
    };
    EXPECT_EQ(matched("bob"), "name");
    EXPECT_EQ(matched("BOB@Example.Org"), "address");
    EXPECT_EQ(matched("sales@example.org"), "alias");
    EXPECT_EQ(matched("team@example.org"), "no");
    EXPECT_EQ(matched("anyone@example.net"), "no");
    EXPECT_EQ(matched("bob+x@example.org"), "no");
    const auto tenant = directory_->verify("boss", "correct-horse");
    ASSERT_TRUE(tenant);
    EXPECT_EQ(tenant->kind, Login::Kind::tenant);
    EXPECT_TRUE(tenant->administrator);
}

TEST_F(DirectoryTest, UnknownAndWrongAnswerAlike) {
    add("bob");
    const auto wrong = directory_->verify("bob", "nope");
    const auto unknown = directory_->verify("nobody", "nope");
    EXPECT_EQ(wrong.error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(wrong.error().detail, unknown.error().detail);
    EXPECT_FALSE(directory_->verify("", ""));
    EXPECT_FALSE(directory_->verify(std::string(100'000, 'a'), std::string(100'000, 'b')));
    EXPECT_FALSE(directory_->verify("bob", std::string_view("s3cret-bob\0x", 12)));
}

TEST_F(DirectoryTest, ProvenPasswordsAreRememberedUntilTheyChange) {
    add("bob");
    EXPECT_FALSE(directory_->verify_remembered("bob", "s3cret-bob"));
    ASSERT_TRUE(directory_->verify("bob@example.org", "s3cret-bob"));
    EXPECT_TRUE(directory_->verify_remembered("bob", "s3cret-bob"));
    EXPECT_FALSE(directory_->verify_remembered("bob", "s3cret-boc"));
    EXPECT_FALSE(directory_->verify_remembered("eve", "s3cret-bob"));

    clock_.advance(std::chrono::seconds(options_.login_cache_seconds));
    EXPECT_FALSE(directory_->verify_remembered("bob", "s3cret-bob"));

    ASSERT_TRUE(directory_->verify("bob", "s3cret-bob"));
    ASSERT_TRUE(directory_->set_password("bob", "now-different", {}));
    EXPECT_FALSE(directory_->verify_remembered("bob", "s3cret-bob"));
    EXPECT_FALSE(directory_->verify("bob", "s3cret-bob"));

    ASSERT_TRUE(directory_->verify("bob", "now-different"));
    ASSERT_TRUE(directory_->set_enabled("bob", false, {}));
    EXPECT_FALSE(directory_->verify_remembered("bob", "now-different"));
    EXPECT_FALSE(directory_->verify("bob", "now-different"));
    EXPECT_EQ(accounts_of("bob@example.org").size(), 1U) << "a disabled account still receives";
    ASSERT_TRUE(directory_->set_enabled("bob", true, {}));
    EXPECT_FALSE(directory_->verify_remembered("bob", "now-different"));
    EXPECT_TRUE(directory_->verify("bob", "now-different"));
}

TEST_F(DirectoryTest, DeletingAnAccountRemovesWhatLeadsToIt) {  // S5.17
    add("bob");
    const std::int64_t eve = add("eve");
    ASSERT_TRUE(alias("one@example.org", {"bob"}));
    ASSERT_TRUE(alias("two@example.org", {"bob@example.org"}));
    ASSERT_TRUE(alias("three@example.org", {"one@example.org", "bob+x@example.org"}));
    ASSERT_TRUE(alias("both@example.org", {"bob", "eve"}));
    ASSERT_TRUE(alias("@example.org", {"eve"}));
    const auto gone = directory_->delete_account("BOB", {"test"});
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->default_address, "bob@example.org");
    for (int round = 0; round < 2; ++round) {
        std::vector<std::string> left;
        const auto aliases = directory_->aliases("").value();
        for (const auto& one : aliases) left.push_back(one.address);
        EXPECT_EQ(left, (std::vector<std::string>{"@example.org", "both@example.org", "eve@example.org"}));
        EXPECT_EQ(accounts_of("both@example.org"), Ids{eve});
        EXPECT_FALSE(directory_->verify("bob", "s3cret-bob"));
        reopen();
    }
    EXPECT_EQ(directory_->delete_account("bob", {}).error().kind, ErrorKind::not_found);
    EXPECT_GT(add("bob"), eve) << "the name is free again, the maildrop id is not reused";
}

TEST_F(DirectoryTest, ChangesAreLiveAtOnceAndSurviveARestart) {  // S5.8, S5.11
    const std::int64_t bob = add("bob");
    ASSERT_TRUE(directory_->set_real_name("bob", "Bob the Builder", {}));
    EXPECT_EQ(directory_->set_real_name("bob", "two\nlines", {}).error().kind, ErrorKind::invalid);
    ASSERT_TRUE(alias("sales@example.org", {"bob"}));
    EXPECT_EQ(accounts_of("sales@example.org"), Ids{bob});
    ASSERT_TRUE(alias("sales@example.org", {"/dev/null"}));
    EXPECT_TRUE(route("sales@example.org")->discard);
    reopen();
    EXPECT_TRUE(route("sales@example.org")->discard);
    EXPECT_EQ(directory_->account("bob@example.org")->real_name, "Bob the Builder");
    EXPECT_EQ(directory_->account_by_id(bob)->value().name, "bob");
    EXPECT_FALSE(directory_->account_by_id(12)->has_value());
    EXPECT_TRUE(directory_->verify("bob", "s3cret-bob"));
    ASSERT_TRUE(directory_->delete_alias("sales@example.org", {}));
    EXPECT_EQ(route("sales@example.org").error().kind, ErrorKind::not_found);
}

TEST_F(DirectoryTest, ManyAccountsAllOrNone) {
    std::vector<Directory::NewAccount> list;
    for (int i = 0; i < 50; ++i)
        list.push_back({"user" + std::to_string(i), "example.org", "", "",
                        "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg="});
    list.push_back({"boss", "example.org", "", "long-enough", ""});
    EXPECT_EQ(directory_->create_accounts(list, {}).error().kind, ErrorKind::already_exists);
    EXPECT_TRUE(directory_->accounts("").value().empty());
    list.back() = list.front();
    EXPECT_EQ(directory_->create_accounts(list, {}).error().kind, ErrorKind::already_exists);
    list.pop_back();
    ASSERT_TRUE(directory_->create_accounts(list, {}));
    EXPECT_TRUE(directory_->verify("user49", "password"));
    EXPECT_EQ(directory_->accounts("example.org")->size(), 50U);
    EXPECT_TRUE(directory_->accounts("example.net")->empty());
}

TEST_F(DirectoryTest, ADomainGoesOnlyWithoutAccounts) {
    add("bob", "example.net");
    ASSERT_TRUE(alias("sales@example.net", {"bob"}));
    ASSERT_TRUE(alias("x@example.org", {"sales@example.net"}));
    EXPECT_EQ(directory_->delete_domain("example.net", {}).error().kind, ErrorKind::busy);
    ASSERT_TRUE(directory_->delete_account("bob", {}));
    ASSERT_TRUE(directory_->delete_domain("Example.net", {}));
    EXPECT_FALSE(directory_->is_local_domain("example.net"));
    EXPECT_TRUE(directory_->is_local_domain("EXAMPLE.ORG"));
    EXPECT_EQ(route("x@example.org").error().kind, ErrorKind::not_found);
    EXPECT_EQ(directory_->delete_domain("example.net", {}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(directory_->create_domain(99, "example.com", {}).error().kind, ErrorKind::not_found);
}

TEST_F(DirectoryTest, EveryChangeLeavesAnAuditRow) {
    add("bob");
    ASSERT_TRUE(alias("sales@example.org", {"bob"}));
    ASSERT_TRUE(directory_->set_password("bob", "now-different", {"carol"}));
    ASSERT_FALSE(directory_->set_password("bob", "x", {"carol"}));
    const auto rows = directory_->audit(3).value();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].action, "account.set_password");
    EXPECT_EQ(rows[0].actor, "carol");
    EXPECT_EQ(rows[1].action, "alias.set");
    EXPECT_EQ(rows[1].detail, "bob");
    EXPECT_EQ(rows[2].object, "bob");
    EXPECT_EQ(rows[2].at, clock_.now());
    EXPECT_EQ(directory_->audit(100)->size(), 6U);
}

TEST_F(DirectoryTest, LookupsGoOnWhileOthersChange) {
    const std::int64_t bob = add("bob");
    ASSERT_TRUE(directory_->verify("bob", "s3cret-bob"));
    std::atomic<bool> stop{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i)
        readers.emplace_back([&] {
            while (!stop) {
                EXPECT_EQ(accounts_of("bob@example.org"), Ids{bob});
                EXPECT_TRUE(directory_->verify_remembered("bob", "s3cret-bob"));
            }
        });
    for (int i = 0; i < 20; ++i) {
        add("u" + std::to_string(i));
        EXPECT_TRUE(alias("a@example.org", {"u" + std::to_string(i)}));
    }
    stop = true;
    for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace restante::directory
