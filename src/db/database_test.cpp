#include "db/database.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <thread>

namespace restante::db {
namespace {

class DatabaseTest : public testing::Test {
protected:
    DatabaseTest() {
        std::string name = (std::filesystem::temp_directory_path() / "restante-db-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~DatabaseTest() override { std::filesystem::remove_all(folder_); }
    std::unique_ptr<Database> open() {
        Database::Options options;
        options.sqlite.path = folder_ / "x.db";
        auto opened = Database::open(options);
        EXPECT_TRUE(opened) << opened.error().detail;
        return std::move(*opened);
    }
    std::filesystem::path folder_;
};

constexpr std::array kSteps{
    Migration{"pets", 1, "CREATE TABLE pet(id BIGINT PRIMARY KEY, name TEXT UNIQUE NOT NULL)"},
    Migration{"pets", 2, "ALTER TABLE pet ADD COLUMN note TEXT"},
};

Result<std::int64_t> count(Database& db) {
    return db.read([](Session& s) -> Result<std::int64_t> {
        auto n = s.integer("SELECT COUNT(*) FROM pet");
        if (!n) return fail(std::move(n.error()));
        return n->value_or(0);
    });
}

TEST_F(DatabaseTest, MigratesOnceAndRefusesANewerSchema) {
    SqliteOptions options{.path = folder_ / "m.db", .vfs = ""};
    auto session = open_sqlite(options);
    ASSERT_TRUE(session);
    ASSERT_TRUE(migrate(**session, std::span(kSteps).first(1)));
    ASSERT_TRUE(migrate(**session, kSteps));
    ASSERT_TRUE(migrate(**session, kSteps));
    ASSERT_TRUE((*session)->execute("INSERT INTO pet(id, name, note) VALUES(1, 'rex', NULL)"));
    const auto older = migrate(**session, std::span(kSteps).first(1));
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().kind, ErrorKind::newer_version);
}

TEST_F(DatabaseTest, AFailedStepLeavesNothingBehind) {
    auto session = open_sqlite({.path = folder_ / "m.db", .vfs = ""});
    ASSERT_TRUE(session);
    const Migration bad{"pets", 1, "CREATE TABLE a(x BIGINT); CREATE TABLE a(x BIGINT)"};
    EXPECT_FALSE(migrate(**session, std::span(&bad, 1)));
    EXPECT_TRUE(migrate(**session, kSteps));
    EXPECT_FALSE((*session)->integer("SELECT COUNT(*) FROM a"));
}

TEST_F(DatabaseTest, RollsBackOnErrorAndOnException) {
    auto db = open();
    ASSERT_TRUE(db->migrate(std::span(kSteps).first(1)));
    const auto refused = db->write([](Session& s) -> Result<void> {
        (void)s.execute("INSERT INTO pet VALUES(1, 'rex')");
        return fail(ErrorKind::invalid, "changed my mind");
    });
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_THROW((void)db->write([](Session& s) -> Result<void> {
        (void)s.execute("INSERT INTO pet VALUES(2, 'tom')");
        throw std::runtime_error("broken");
    }), std::runtime_error);
    EXPECT_EQ(count(*db).value(), 0);
    ASSERT_TRUE(db->write([](Session& s) { return s.execute("INSERT INTO pet VALUES($1, $2)", {std::int64_t{1}, "rex"}); }));
    const auto twice = db->write([](Session& s) { return s.execute("INSERT INTO pet VALUES(2, 'rex')"); });
    EXPECT_EQ(twice.error().kind, ErrorKind::already_exists);
    EXPECT_EQ(count(*db).value(), 1);
}

TEST_F(DatabaseTest, KeepsBytesNullsAndEmptyTextApart) {
    auto session = open_sqlite({.path = folder_ / "v.db", .vfs = ""});
    ASSERT_TRUE((*session)->script("CREATE TABLE v(a TEXT, b BLOB, c BIGINT, d TEXT)"));
    const std::string bytes("\0\xff\r\n", 4);
    ASSERT_TRUE((*session)->execute("INSERT INTO v VALUES($1,$2,$3,$4)", {std::string_view(), Blob{bytes}, std::int64_t{-5}, nullptr}));
    int rows = 0;
    ASSERT_TRUE((*session)->query("SELECT a,b,c,d FROM v", {}, [&](const Row& row) {
        ++rows;
        EXPECT_FALSE(row.is_null(0));
        EXPECT_EQ(row.text(0), "");
        EXPECT_EQ(row.text(1), bytes);
        EXPECT_EQ(row.integer(2), -5);
        EXPECT_TRUE(row.is_null(3));
    }));
    EXPECT_EQ(rows, 1);
}

TEST_F(DatabaseTest, PlaceholdersCountByTheirNumber) {
    auto session = open_sqlite({.path = folder_ / "n.db", .vfs = ""});
    ASSERT_TRUE((*session)->script("CREATE TABLE n(id BIGINT, a TEXT, b TEXT)"));
    ASSERT_TRUE((*session)->execute("INSERT INTO n VALUES($1,$2,'$1')", {std::int64_t{1}, "old"}));
    EXPECT_EQ((*session)->execute("UPDATE n SET a=$2 WHERE id=$1", {std::int64_t{1}, "new"}).value(), 1);
    EXPECT_EQ((*session)->text("SELECT a || b || $1 FROM n WHERE a<>$1", {"x"}).value(), "new$1x");
}

TEST_F(DatabaseTest, ManyThreadsWriteAndReadAndTheBackupIsWhole) {
    auto db = open();
    ASSERT_TRUE(db->write([](Session& s) { return s.script(kSteps[0].sql); }));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                const std::string name = std::to_string(t * 100 + i);
                EXPECT_TRUE(db->write([&](Session& s) {
                    return s.execute("INSERT INTO pet VALUES($1,$2)", {std::int64_t{t * 100 + i}, std::string_view(name)});
                }));
                EXPECT_TRUE(count(*db));
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(count(*db).value(), 100);
    ASSERT_TRUE(db->backup_to(folder_ / "copy.db"));
    auto copy = open_sqlite({.path = folder_ / "copy.db", .vfs = ""});
    EXPECT_EQ((*copy)->integer("SELECT COUNT(*) FROM pet").value(), 100);
}

}  // namespace
}  // namespace restante::db
