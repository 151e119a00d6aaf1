#include "work/work_test_fixture.hpp"

namespace restante::work {
namespace {

class PeopleTest : public WorkTest {};

TEST_F(PeopleTest, AnAddressBelongsToOnePersonWhateverItsCase) {
    const auto ann = work_->people().create("  Ann  ", "Ann@Example.ORG", 7, by_);
    ASSERT_TRUE(ann);
    EXPECT_EQ(ann->name, "Ann");
    EXPECT_EQ(ann->email, "Ann@example.org");
    EXPECT_EQ(ann->account_id, 7);
    EXPECT_EQ(work_->people().create("Other", "ann@example.org", 0, by_).error().kind, ErrorKind::already_exists);
    EXPECT_EQ(work_->people().find_by_email("aNN@EXAMPLE.org")->id, ann->id);
    EXPECT_EQ(work_->people().find_by_email("bob@example.org").error().kind, ErrorKind::not_found);
}

TEST_F(PeopleTest, RefusesWhatIsNoNameOrAddress) {
    const auto kind = [&](const std::string& name, const std::string& email) {
        auto made = work_->people().create(name, email, 0, by_);
        return made ? ErrorKind::internal : made.error().kind;
    };
    EXPECT_EQ(kind("", "a@example.org"), ErrorKind::invalid);
    EXPECT_EQ(kind("A\r\nBcc: x", "a@example.org"), ErrorKind::invalid);
    EXPECT_EQ(kind("A\xff", "a@example.org"), ErrorKind::invalid);
    EXPECT_EQ(kind(std::string(201, 'a'), "a@example.org"), ErrorKind::too_large);
    EXPECT_EQ(kind("A", "not an address"), ErrorKind::invalid);
    EXPECT_EQ(kind("A", "postmaster"), ErrorKind::invalid);
    EXPECT_EQ(count("work_person"), 0);
}

TEST_F(PeopleTest, ChangesOnlyWhatIsNamed) {
    const auto ann = person("ann"), bob = person("bob");
    EXPECT_EQ(work_->people().change(ann, {.email = "bob@example.org"}, by_).error().kind, ErrorKind::already_exists);
    const auto changed = work_->people().change(ann, {.name = "Ann B.", .active = false}, by_);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->email, "ann@example.org");
    const auto found = work_->people().find(ann);
    EXPECT_EQ(found->name, "Ann B.");
    EXPECT_FALSE(found->active);
    EXPECT_TRUE(work_->people().find(bob)->active);
    EXPECT_EQ(work_->people().change(99, {}, by_).error().kind, ErrorKind::not_found);
}

TEST_F(PeopleTest, OnlyWhoLeftNoTraceCanBeRemoved) {
    const auto ann = person("ann"), bob = person("bob");
    const auto shop = project("shop", {ann, bob});
    item(shop, ann);
    EXPECT_EQ(work_->people().remove(ann, by_).error().kind, ErrorKind::denied);
    EXPECT_TRUE(work_->people().remove(bob, by_));
    EXPECT_EQ(work_->projects().members(shop, {})->size(), 1u);
    EXPECT_EQ(work_->people().remove(bob, by_).error().kind, ErrorKind::not_found);
}

TEST_F(PeopleTest, ListsPageByPage) {
    for (const char* name : {"a", "b", "c"}) person(name);
    const auto first = work_->people().list({0, 2});
    ASSERT_EQ(first->size(), 2u);
    const auto rest = work_->people().list({first->back().id, 2});
    ASSERT_EQ(rest->size(), 1u);
    EXPECT_EQ(rest->front().name, "c");
}

TEST_F(PeopleTest, EveryChangeLeavesAnAuditRow) {
    const auto ann = person("ann");
    ASSERT_TRUE(work_->people().change(ann, {.name = "Anna"}, by_));
    ASSERT_TRUE(work_->people().remove(ann, by_));
    EXPECT_EQ(count("audit WHERE actor='tester' AND object='ann@example.org'"), 3);
}

}  // namespace
}  // namespace restante::work
