// Logins of mail programs: app passwords, upgraded hashes, keys for mechanisms.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "directory/app_password.hpp"
#include "directory/test_fixture.hpp"

namespace restante::directory {
namespace {

using sasl::ScramHash;

class LoginsTest : public DirectoryFixture {
protected:
    LoginsTest() { bob_ = add("bob"); }

    std::string make(const Directory::NewAppPassword& wanted) {
        auto made = directory_->create_app_password("bob", wanted, {"test"});
        EXPECT_TRUE(made) << made.error().detail;
        return made ? made->secret : "";
    }
    bool enters(const std::string& password, Protocol protocol = Protocol::pop3,
                const std::string& from = "192.0.2.1") {
        return directory_->verify("bob", password, {protocol, from}).has_value();
    }
    std::string audited(std::size_t newest = 1) {
        std::string out;
        const auto rows = directory_->audit(newest).value();
        for (const auto& row : rows) out += row.action + ' ' + row.object + ' ' + row.detail + '\n';
        return out;
    }
    std::string stored(const std::string& sql) {
        return database_->read([&](db::Session& s) { return s.text(sql); }).value().value_or("");
    }
    std::int64_t bob_ = 0;
};

TEST_F(LoginsTest, AnAppPasswordEntersAndSaysWhichItWas) {
    const std::string secret = make({.name = "phone"});
    ASSERT_EQ(secret.size(), 27U);
    const auto login = directory_->verify("BOB@example.org", secret, {Protocol::pop3, "192.0.2.1"});
    ASSERT_TRUE(login) << login.error().detail;
    EXPECT_EQ(login->id, bob_);
    EXPECT_EQ(login->app_password, "phone");
    EXPECT_EQ(login->matched, "address");
    EXPECT_TRUE(enters("s3cret-bob")) << "the own password works beside it";
    EXPECT_EQ(directory_->verify("bob", "s3cret-bob", {})->app_password, "");
    EXPECT_FALSE(directory_->verify("bob", secret)) << "the console takes the own password only";
    std::string spoken = secret;
    for (char& c : spoken) c = c == '-' ? ' ' : static_cast<char>(std::toupper(c));
    EXPECT_TRUE(enters(spoken)) << "as a person may type it";
    EXPECT_EQ(stored("SELECT digest FROM app_password").find(secret), std::string::npos);
    EXPECT_EQ(audited(10).find(secret.substr(0, 6)), std::string::npos);
    reopen();
    EXPECT_TRUE(enters(secret));
    add("eve");
    EXPECT_FALSE(directory_->verify("eve", secret, {}));
}

TEST_F(LoginsTest, AnAppPasswordIsLimitedByProtocolNetworkAndTime) {
    const std::string pop = make({.name = "pop", .smtp = false});
    EXPECT_TRUE(enters(pop, Protocol::pop3));
    EXPECT_FALSE(enters(pop, Protocol::smtp));
    const std::string office = make({.name = "office", .networks = {"192.0.2.77/24", "2001:db8::/32"}});
    EXPECT_TRUE(enters(office, Protocol::smtp, "192.0.2.9"));
    EXPECT_TRUE(enters(office, Protocol::smtp, "2001:db8::9"));
    EXPECT_FALSE(enters(office, Protocol::smtp, "198.51.100.1"));
    EXPECT_FALSE(enters(office, Protocol::smtp, "unix"));
    const std::string visit = make({.name = "visit", .expires_at = clock_.now() + std::chrono::hours(1)});
    EXPECT_TRUE(enters(visit));
    clock_.advance(std::chrono::hours(1));
    EXPECT_FALSE(enters(visit));
    EXPECT_FALSE(directory_->verify_remembered("bob", visit, {}));
    const auto refused = directory_->verify("bob", visit, {});
    EXPECT_EQ(refused.error().detail, directory_->verify("nobody", "nope", {}).error().detail);
    ASSERT_TRUE(directory_->revoke_app_password("bob", "pop", {"test"}));
    EXPECT_EQ(audited(), "account.app_password.revoke bob pop\n");
    EXPECT_FALSE(enters(pop));
    EXPECT_EQ(directory_->app_passwords("bob")->size(), 2U);
    EXPECT_EQ(directory_->revoke_app_password("bob", "pop", {}).error().kind, ErrorKind::not_found);
}

TEST_F(LoginsTest, RefusesUselessAppPasswords) {
    const auto kind = [&](const Directory::NewAppPassword& wanted) {
        const auto made = directory_->create_app_password("bob", wanted, {});
        return made ? ErrorKind::internal : made.error().kind;
    };
    EXPECT_EQ(kind({.name = ""}), ErrorKind::invalid);
    EXPECT_EQ(kind({.name = "two\nlines"}), ErrorKind::invalid);
    EXPECT_EQ(kind({.name = "x", .pop3 = false, .smtp = false}), ErrorKind::invalid);
    EXPECT_EQ(kind({.name = "x", .networks = {"10.0.0.0/40"}}), ErrorKind::invalid);
    EXPECT_EQ(kind({.name = "x", .expires_at = clock_.now()}), ErrorKind::invalid);
    make({.name = "x"});
    EXPECT_EQ(kind({.name = "x"}), ErrorKind::already_exists);
    options_.max_app_passwords = 1;
    reopen();
    EXPECT_EQ(kind({.name = "y"}), ErrorKind::over_quota);
    EXPECT_EQ(directory_->create_app_password("eve", {.name = "x"}, {}).error().kind, ErrorKind::not_found);
}

TEST_F(LoginsTest, TheLastUseIsKnownAtOnceAndWrittenNowAndThen) {
    const std::string secret = make({.name = "phone"});
    const LoginContext home{Protocol::pop3, "192.0.2.1"}, cafe{Protocol::pop3, "198.51.100.1"};
    EXPECT_FALSE(directory_->app_passwords("bob")->at(0).last_used_at);
    EXPECT_FALSE(directory_->verify_remembered("bob", secret, home)) << "the first use has to be written";
    EXPECT_TRUE(directory_->verify("bob", secret, home));
    EXPECT_EQ(stored("SELECT last_used_from FROM app_password"), "192.0.2.1");
    clock_.advance(std::chrono::minutes(59));
    EXPECT_TRUE(directory_->verify_remembered("bob", secret, cafe)) << "without a look into the database";
    EXPECT_EQ(directory_->app_passwords("bob")->at(0).last_used_from, "198.51.100.1");
    EXPECT_EQ(directory_->app_passwords("bob")->at(0).last_used_at, clock_.now());
    EXPECT_EQ(stored("SELECT last_used_from FROM app_password"), "192.0.2.1");
    clock_.advance(std::chrono::minutes(1));
    EXPECT_FALSE(directory_->verify_remembered("bob", secret, cafe));
    EXPECT_TRUE(directory_->verify("bob", secret, cafe));
    EXPECT_EQ(stored("SELECT last_used_from FROM app_password"), "198.51.100.1");
    reopen();
    EXPECT_EQ(directory_->app_passwords("bob")->at(0).last_used_at, clock_.now());
}

TEST_F(LoginsTest, OnlyAppPasswordsIfTheAccountSaysSo) {
    EXPECT_EQ(directory_->set_app_passwords_only("bob", true, {}).error().kind, ErrorKind::invalid)
        << "nobody is to be locked out";
    const std::string secret = make({.name = "phone"});
    ASSERT_TRUE(enters("s3cret-bob"));
    ASSERT_TRUE(directory_->keep_shared_secret("bob", "s3cret-bob", {}));
    const auto keys = directory_->scram_keys("bob", ScramHash::sha256);
    ASSERT_TRUE(directory_->set_app_passwords_only("bob", true, {"test"}));
    EXPECT_EQ(audited(), "account.set_app_passwords_only bob yes\n");
    EXPECT_FALSE(enters("s3cret-bob"));
    EXPECT_FALSE(directory_->verify_remembered("bob", "s3cret-bob", {}));
    EXPECT_FALSE(directory_->shared_secret("bob"));
    EXPECT_NE(directory_->scram_keys("bob", ScramHash::sha256).stored_key, keys.stored_key);
    EXPECT_TRUE(enters(secret));
    EXPECT_TRUE(directory_->verify("bob", "s3cret-bob")) << "the console still takes it";
    reopen();
    EXPECT_FALSE(enters("s3cret-bob"));
    ASSERT_TRUE(directory_->set_app_passwords_only("bob", false, {}));
    EXPECT_TRUE(enters("s3cret-bob"));
}

TEST_F(LoginsTest, AnImportedHashBecomesArgon2idAtTheNextLogin) {
    ASSERT_TRUE(directory_->create_account(
        {"old", "example.org", "", "", "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg="}, {}));
    const std::string hash = "SELECT password_hash FROM account WHERE name='old'";
    const auto fake = directory_->scram_keys("old", ScramHash::sha1);
    EXPECT_FALSE(directory_->verify("old", "passwort", {}));
    EXPECT_EQ(stored(hash).substr(0, 8), "{SHA256}");
    ASSERT_TRUE(directory_->verify("old@example.org", "password", {}));
    EXPECT_EQ(stored(hash).substr(0, 10), "{ARGON2ID}");
    EXPECT_EQ(audited(), "account.upgrade_password old {SHA256} became {ARGON2ID}\n");
    EXPECT_TRUE(directory_->verify_remembered("old", "password", {}));
    const auto real = directory_->scram_keys("old", ScramHash::sha1);
    EXPECT_NE(real.stored_key, fake.stored_key);
    EXPECT_EQ(real.salt, fake.salt) << "a client sees no difference";
    const std::size_t rows = directory_->audit(1000)->size();
    clock_.advance(std::chrono::hours(24));
    EXPECT_TRUE(directory_->verify("old", "password", {}));
    EXPECT_EQ(directory_->audit(1000)->size(), rows) << "audited once";
    reopen();
    EXPECT_TRUE(directory_->verify("old", "password", {}));
    EXPECT_FALSE(directory_->verify("old", "passwort", {}));
}

TEST_F(LoginsTest, ImportedHashesStayIfTheyShall) {
    options_.upgrade_hashes = false;
    options_.scram = false;
    reopen();
    ASSERT_TRUE(directory_->create_account(
        {"old", "example.org", "", "", "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg="}, {}));
    ASSERT_TRUE(directory_->verify("old", "password", {}));
    EXPECT_EQ(stored("SELECT password_hash FROM account WHERE name='old'").substr(0, 8), "{SHA256}");
}

TEST_F(LoginsTest, ScramKeysFollowThePassword) {
    const auto made = [&](ScramHash hash, const std::string& password) {
        const auto keys = directory_->scram_keys("bob", hash);
        return sasl::make_scram_keys(hash, password, keys.salt, keys.iterations).stored_key;
    };
    for (const ScramHash hash : {ScramHash::sha1, ScramHash::sha256}) {
        const auto keys = directory_->scram_keys("bob@Example.org", hash);
        EXPECT_EQ(keys.iterations, 4096U);
        EXPECT_EQ(keys.salt.size(), 16U);
        EXPECT_EQ(keys.stored_key, made(hash, "s3cret-bob"));
        EXPECT_EQ(keys.server_key.size(), sasl::scram_key_octets(hash));
    }
    ASSERT_TRUE(directory_->set_password("bob", "now-different", {}));
    EXPECT_EQ(directory_->scram_keys("bob", ScramHash::sha1).stored_key, made(ScramHash::sha1, "now-different"));
    reopen();
    EXPECT_EQ(directory_->scram_keys("bob", ScramHash::sha256).stored_key, made(ScramHash::sha256, "now-different"));
    ASSERT_TRUE(directory_->set_enabled("bob", false, {}));
    EXPECT_NE(directory_->scram_keys("bob", ScramHash::sha1).stored_key, made(ScramHash::sha1, "now-different"));
}

TEST_F(LoginsTest, UnknownNamesHaveKeysThatStayTheSame) {
    const auto look = [&](const char* name) { return directory_->scram_keys(name, ScramHash::sha256); };
    const auto nobody = look("nobody");
    EXPECT_EQ(nobody.iterations, look("bob").iterations);
    EXPECT_EQ(nobody.salt.size(), look("bob").salt.size());
    EXPECT_NE(nobody.salt, look("nobody2").salt);
    EXPECT_EQ(nobody.salt, look("Nobody").salt);
    // As with bob: the name and its addresses look alike, before and after a change.
    EXPECT_EQ(nobody.salt, look("nobody@example.org").salt);
    EXPECT_EQ(look("bob").salt, look("bob@example.org").salt);
    EXPECT_EQ(look("bob").salt, look("bob@example.net").salt);
    const std::string before = look("bob").salt;
    ASSERT_TRUE(directory_->set_password("bob", "now-different", {}));
    EXPECT_EQ(look("bob").salt, before);
    reopen();
    EXPECT_EQ(nobody.salt, look("nobody").salt);
    EXPECT_EQ(nobody.stored_key, look("nobody").stored_key);
    add("nobody");
    EXPECT_EQ(nobody.salt, look("nobody").salt);
    EXPECT_NE(nobody.stored_key, look("nobody").stored_key);
}

TEST_F(LoginsTest, ScramCanBeTurnedOff) {
    const auto before = directory_->scram_keys("bob", ScramHash::sha1);
    options_.scram = false;
    reopen();
    EXPECT_EQ(stored("SELECT sha1 FROM account_scram"), "");
    EXPECT_EQ(audited(), "account.erase_scram_keys all accounts 1 accounts\n");
    EXPECT_NE(directory_->scram_keys("bob", ScramHash::sha1).stored_key, before.stored_key);
    options_.scram = true;
    options_.scram_iterations = 1;  // RFC 5802 4: the floor stays
    reopen();
    ASSERT_TRUE(enters("s3cret-bob")) << "makes them again";
    EXPECT_EQ(directory_->scram_keys("bob", ScramHash::sha1).stored_key, before.stored_key);
    EXPECT_EQ(directory_->scram_keys("bob", ScramHash::sha1).iterations, 4096U);
}

TEST_F(LoginsTest, OptionsChangeWhileItRuns) {
    const auto scram = directory_->scram_keys("bob", ScramHash::sha1);
    Options now = options_;
    now.password_min_length = 20;
    now.argon2_passes = 3;
    now.scram_iterations = 5'000;
    now.plus_addressing = false;
    now.secret_key.clear();
    ASSERT_TRUE(directory_->set_options(now));
    EXPECT_EQ(directory_->set_password("bob", "only-fourteen", {}).error().kind, ErrorKind::invalid);
    EXPECT_FALSE(route("bob+tag@example.org"));
    EXPECT_EQ(stored("SELECT password_hash FROM account WHERE name='bob'").find(",t=3,"), std::string::npos);
    ASSERT_TRUE(directory_->verify("bob", "s3cret-bob", {})) << "follows the new costs";
    EXPECT_NE(stored("SELECT password_hash FROM account WHERE name='bob'").find(",t=3,"), std::string::npos);
    EXPECT_EQ(directory_->scram_keys("bob", ScramHash::sha1).iterations, 5'000U);
    EXPECT_EQ(directory_->scram_keys("nobody", ScramHash::sha1).iterations, 5'000U);
    EXPECT_EQ(directory_->scram_keys("bob", ScramHash::sha1).salt, scram.salt) << "the secret key stays";
    EXPECT_TRUE(directory_->keep_shared_secret("bob", "s3cret-bob", {}));
    now.scram = false;
    ASSERT_TRUE(directory_->set_options(now));
    EXPECT_EQ(stored("SELECT sha1 FROM account_scram"), "");
    EXPECT_TRUE(directory_->verify("bob", "s3cret-bob", {}));
}

TEST_F(LoginsTest, AppPasswordsAreKnownBeforeTheyAreUsed) {
    const auto made = directory_->create_app_password("bob", {.name = "phone", .smtp = false}, {});
    ASSERT_TRUE(made);
    EXPECT_TRUE(directory_->is_app_password("Bob@example.org", made->secret, {Protocol::pop3, "192.0.2.1"}));
    EXPECT_FALSE(directory_->is_app_password("bob", made->secret, {Protocol::smtp, "192.0.2.1"}));
    EXPECT_FALSE(directory_->is_app_password("nobody", made->secret, {}));
    EXPECT_FALSE(directory_->is_app_password("bob", "s3cret-bob", {}));
}

TEST_F(LoginsTest, ASharedSecretIsKeptOnlyForThoseWhoOptIn) {
    EXPECT_FALSE(directory_->shared_secret("bob"));
    EXPECT_FALSE(directory_->account("bob")->shared_secret);
    EXPECT_EQ(directory_->keep_shared_secret("bob", "not-his-own", {}).error().kind, ErrorKind::invalid);
    ASSERT_TRUE(directory_->keep_shared_secret("Bob", "s3cret-bob", {"test"}));
    EXPECT_EQ(audited(), "account.shared_secret.keep bob \n");
    EXPECT_TRUE(directory_->account("bob")->shared_secret);
    EXPECT_EQ(directory_->shared_secret("bob@example.org"), "s3cret-bob");
    EXPECT_EQ(stored("SELECT box FROM account_secret").find("s3cret"), std::string::npos);
    ASSERT_TRUE(directory_->set_password("bob", "now-different", {}));
    EXPECT_EQ(directory_->shared_secret("bob"), "now-different");
    reopen();
    EXPECT_EQ(directory_->shared_secret("bob"), "now-different");
    ASSERT_TRUE(directory_->set_enabled("bob", false, {}));
    EXPECT_FALSE(directory_->shared_secret("bob"));
    ASSERT_TRUE(directory_->set_enabled("bob", true, {}));
    ASSERT_TRUE(directory_->erase_shared_secret("bob", {"test"}));
    EXPECT_FALSE(directory_->shared_secret("bob"));
    EXPECT_EQ(stored("SELECT box FROM account_secret"), "");
    EXPECT_FALSE(directory_->shared_secret("nobody"));
    options_.secret_key.clear();
    reopen();
    EXPECT_EQ(directory_->keep_shared_secret("bob", "now-different", {}).error().kind, ErrorKind::unsupported);
}

TEST_F(LoginsTest, AProvenNameEntersAsItsAccount) {
    ASSERT_TRUE(alias("sales@example.org", {"bob"}));
    const auto login = directory_->login_as("Sales@example.org", {});
    ASSERT_TRUE(login);
    EXPECT_EQ(login->id, bob_);
    EXPECT_EQ(login->matched, "alias");
    EXPECT_EQ(directory_->login_as("nobody", {}).error().kind, ErrorKind::unauthenticated);
    ASSERT_TRUE(directory_->set_enabled("bob", false, {}));
    EXPECT_FALSE(directory_->login_as("bob", {}));
}

TEST_F(LoginsTest, WhetherPop3IsOnIsToldOnlyToWhoKnowsThePassword) {  // S2.34, S2.35
    EXPECT_TRUE(directory_->verify("bob", "s3cret-bob", {})->pop3_enabled);
    ASSERT_TRUE(directory_->set_pop3("bob", false, std::nullopt, {"test"}));
    EXPECT_EQ(audited(), "account.set_pop3 bob off, the protocol's defaults\n");
    EXPECT_FALSE(directory_->verify("bob", "s3cret-bob", {})->pop3_enabled);
    EXPECT_FALSE(directory_->verify_remembered("bob", "s3cret-bob", {})->pop3_enabled);
    EXPECT_EQ(directory_->verify("bob", "wrong", {}).error().kind, ErrorKind::unauthenticated);
    EXPECT_FALSE(directory_->login_as("bob", {})->pop3_enabled);
}

TEST(AppPassword, IsRandomAndForgivesHowItIsTyped) {
    const std::string one = make_app_password();
    EXPECT_NE(one, make_app_password());
    const auto core = app_password_core(one);
    ASSERT_TRUE(core);
    EXPECT_EQ(core->size(), 24U);
    EXPECT_EQ(app_password_core(" abcdef ghijkl-MNOPQR-234567 "), "abcdefghijklmnopqr234567");
    for (const char* bad : {"", "short", "abcdef-ghijkl-mnopqr-stuvw1", "abcdef-ghijkl-mnopqr-stuvwxy"})
        EXPECT_FALSE(app_password_core(bad)) << bad;
    EXPECT_FALSE(app_password_core(std::string(100'000, 'a')));
    EXPECT_NE(app_password_digest(1, *core), app_password_digest(2, *core));
}

}  // namespace
}  // namespace restante::directory
