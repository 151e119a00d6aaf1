#include "work/work_test_fixture.hpp"

namespace restante::work {
namespace {

class ItemsTest : public WorkTest {
protected:
    std::vector<std::pair<std::string, std::string>> subscribers(std::int64_t id) {
        std::vector<std::pair<std::string, std::string>> out;
        const auto found = work_->items().subscribers(id, {});
        for (const Subscriber& s : found.value()) out.emplace_back(s.name, to_string(s.reason));
        return out;
    }
    std::int64_t ann_ = person("ann"), bob_ = person("bob"), eve_ = person("eve");
    std::int64_t shop_ = project("shop", {ann_, bob_});
};

TEST_F(ItemsTest, NumbersCountUpAndCreatorAndAssigneeSubscribe) {
    EXPECT_EQ(item(shop_, ann_, bob_), 1);
    EXPECT_EQ(item(shop_, ann_), 2);
    const auto found = work_->items().find(1);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->project_name, "shop");
    EXPECT_EQ(found->title, "Fix the door");
    EXPECT_EQ(found->assignee_id, bob_);
    EXPECT_EQ(found->state, ItemState::open);
    using List = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(subscribers(1), (List{{"ann", "creator"}, {"bob", "assignee"}}));
    EXPECT_EQ(work_->items().find(3).error().kind, ErrorKind::not_found);
}

TEST_F(ItemsTest, WhoMayNotViewCannotCreateBeAssignedOrFollow) {
    const auto kind = [&](std::int64_t assignee, std::int64_t creator) {
        auto made = work_->items().create({shop_, ItemKind::request, "x", "", assignee, creator}, by_);
        return made ? ErrorKind::internal : made.error().kind;
    };
    EXPECT_EQ(kind(0, eve_), ErrorKind::denied);
    EXPECT_EQ(kind(eve_, ann_), ErrorKind::denied);
    EXPECT_EQ(kind(0, 12345), ErrorKind::not_found);
    EXPECT_EQ(count("work_item"), 0);
    const auto door = item(shop_, ann_);
    EXPECT_EQ(work_->items().subscribe(door, eve_, by_).error().kind, ErrorKind::denied);
    EXPECT_FALSE(work_->items().may_view(eve_, door));
    ASSERT_TRUE(work_->projects().change(shop_, {.visibility = Visibility::everyone}, by_));
    EXPECT_TRUE(work_->items().may_view(eve_, door));
    EXPECT_TRUE(work_->items().subscribe(door, eve_, by_));
    ASSERT_TRUE(work_->people().change(eve_, {.active = false}, by_));
    EXPECT_EQ(work_->items().may_view(eve_, door).error().kind, ErrorKind::denied);
}

TEST_F(ItemsTest, ANewAssigneeFollowsAndTheOldOneStays) {
    const auto door = item(shop_, ann_);
    clock_.advance(std::chrono::seconds(5));
    const auto changed = work_->items().change(door, {.state = ItemState::done, .assignee_id = bob_}, by_);
    ASSERT_TRUE(changed) << changed.error().detail;
    EXPECT_EQ(changed->updated_at - changed->created_at, std::chrono::seconds(5));
    EXPECT_EQ(work_->items().change(door, {.assignee_id = eve_}, by_).error().kind, ErrorKind::denied);
    ASSERT_TRUE(work_->items().change(door, {.assignee_id = 0}, by_));
    const auto found = work_->items().find(door);
    EXPECT_EQ(found->assignee_id, 0);
    EXPECT_EQ(found->state, ItemState::done);
    EXPECT_EQ(subscribers(door).size(), 2u);
    ASSERT_TRUE(work_->items().unsubscribe(door, bob_, by_));
    ASSERT_TRUE(work_->items().unsubscribe(door, bob_, by_));
    EXPECT_EQ(subscribers(door).size(), 1u);
}

TEST_F(ItemsTest, FiltersAndPages) {
    const auto other = project("other", {ann_});
    item(shop_, ann_, bob_);
    item(other, ann_);
    item(shop_, ann_);
    const auto ids = [&](const Items::Filter& filter, const Page& page) {
        std::vector<std::int64_t> out;
        const auto found = work_->items().list(filter, page);
        for (const Item& one : found.value()) out.push_back(one.id);
        return out;
    };
    using Ids = std::vector<std::int64_t>;
    EXPECT_EQ(ids({}, {}), (Ids{1, 2, 3}));
    EXPECT_EQ(ids({.project_id = shop_}, {}), (Ids{1, 3}));
    EXPECT_EQ(ids({.assignee_id = bob_, .kind = ItemKind::task}, {}), (Ids{1}));
    EXPECT_EQ(ids({.state = ItemState::done}, {}), Ids{});
    EXPECT_EQ(ids({.project_id = shop_}, {1, 1}), (Ids{3}));
}

TEST_F(ItemsTest, AnArchivedProjectCanBeReadOnly) {
    const auto door = item(shop_, ann_);
    ASSERT_TRUE(work_->projects().change(shop_, {.archived = true}, by_));
    EXPECT_TRUE(work_->items().find(door));
    EXPECT_EQ(work_->items().change(door, {.title = "x"}, by_).error().kind, ErrorKind::denied);
    EXPECT_EQ(work_->items().create({shop_, ItemKind::task, "x", "", 0, ann_}, by_).error().kind, ErrorKind::denied);
    EXPECT_EQ(work_->threads().add_comment({door, ann_, "hello"}).error().kind, ErrorKind::denied);
}

TEST_F(ItemsTest, TheNumberOfSubscribersIsBounded) {
    options_.max_subscribers = 2;
    reopen();
    const auto door = item(shop_, ann_, bob_);
    const auto carl = person("carl");
    ASSERT_TRUE(work_->projects().add_member(shop_, carl, by_));
    EXPECT_EQ(work_->items().subscribe(door, carl, by_).error().kind, ErrorKind::over_quota);
    EXPECT_TRUE(work_->threads().add_comment({door, carl, "A full list does not stop me"}));
}

TEST_F(ItemsTest, ProjectsHaveUniqueNamesAndGoOnlyWhenEmpty) {
    EXPECT_EQ(work_->projects().create("shop", "", Visibility::members, by_).error().kind, ErrorKind::already_exists);
    EXPECT_EQ(work_->projects().find_by_name("shop")->id, shop_);
    item(shop_, ann_);
    EXPECT_EQ(work_->projects().remove(shop_, by_).error().kind, ErrorKind::denied);
    const auto empty = project("empty", {ann_});
    EXPECT_EQ(work_->projects().change(empty, {.name = "shop"}, by_).error().kind, ErrorKind::already_exists);
    EXPECT_TRUE(work_->projects().remove(empty, by_));
    EXPECT_EQ(work_->projects().list({})->size(), 1u);
    ASSERT_TRUE(work_->projects().remove_member(shop_, bob_, by_));
    EXPECT_EQ(work_->projects().members(shop_, {})->size(), 1u);
}

TEST_F(ItemsTest, TextsAreCheckedAndKeptAsLines) {
    auto made = work_->items().create({shop_, ItemKind::task, " T ", "\r\none\r\n\x1b[31mtwo\r\n\r\n", 0, ann_}, by_);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->title, "T");
    EXPECT_EQ(made->description, "one\n[31mtwo");
    EXPECT_EQ(work_->items().change(made->id, {.title = ""}, by_).error().kind, ErrorKind::invalid);
    EXPECT_EQ(work_->items().change(made->id, {.description = std::string(65'537, 'x')}, by_).error().kind,
              ErrorKind::too_large);
}

}  // namespace
}  // namespace restante::work
