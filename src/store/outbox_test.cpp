#include "store/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace restante::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class OutboxTest : public testing::Test {
protected:
    OutboxTest() {
        char name[] = "/tmp/restante-outbox-XXXXXX";
        directory_ = mkdtemp(name);
        db::Database::Options options;
        options.sqlite.path = directory_ + "/restante.db";
        database_ = std::move(*db::Database::open(options));
        EXPECT_TRUE(database_->migrate(Outbox::migrations()));
        EXPECT_TRUE(database_->migrate(Outbox::migrations())) << "again at the next start";
        outbox_ = std::make_unique<Outbox>(*database_, clock_, ids_);
    }
    ~OutboxTest() override {
        database_.reset();
        std::filesystem::remove_all(directory_);
    }
    static OutgoingMail mail(const std::string& recipient, const std::string& key = "") {
        return {"from@here", {recipient}, std::string("Subject: x\r\n\r\n\0\xFF\r\n", 18), {}, key};
    }

    std::string directory_;
    std::unique_ptr<db::Database> database_;
    ManualClock clock_{Timestamp{std::chrono::days(20'000)}};
    IdSource ids_{clock_};
    std::unique_ptr<Outbox> outbox_;
};

TEST_F(OutboxTest, GivesBackWhatWasPut) {
    auto wanted = mail("a@x");
    wanted.recipients.push_back("\"odd one\"@y");
    const OutboxId id = *outbox_->enqueue(wanted);
    const auto due = *outbox_->due(clock_.now(), 10);
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_EQ(due[0].id, id);
    EXPECT_EQ(due[0].mail.reverse_path, "from@here");
    EXPECT_THAT(due[0].mail.recipients, ElementsAre("a@x", "\"odd one\"@y"));
    EXPECT_EQ(due[0].mail.bytes, wanted.bytes);
    EXPECT_EQ(due[0].queued_at, clock_.now());
    EXPECT_EQ(due[0].attempts, 0);
}

TEST_F(OutboxTest, BelongsToTheCallersTransaction) {
    auto failed = database_->write([&](db::Session& session) -> Result<void> {
        EXPECT_TRUE(outbox_->enqueue(session, mail("a@x", "key")));
        return fail(ErrorKind::denied, "changed my mind");
    });
    EXPECT_FALSE(failed);
    EXPECT_EQ(*outbox_->size(), 0U);
    EXPECT_TRUE(outbox_->enqueue(mail("a@x", "key")));
    EXPECT_EQ(*outbox_->size(), 1U) << "the key was rolled back too";
}

TEST_F(OutboxTest, TakesAKeyOnce) {
    const OutboxId first = *outbox_->enqueue(mail("a@x", "comment:1"));
    EXPECT_EQ(*outbox_->enqueue(mail("b@x", "comment:1")), first);
    EXPECT_NE(*outbox_->enqueue(mail("b@x")), *outbox_->enqueue(mail("b@x")));
    EXPECT_TRUE(outbox_->done(first));
    EXPECT_TRUE(outbox_->done(first));
    EXPECT_EQ(*outbox_->enqueue(mail("a@x", "comment:1")), first) << "sent already";
    EXPECT_EQ(*outbox_->size(), 2U);
}

TEST_F(OutboxTest, ForgetsOldKeysOfSentMail) {
    const OutboxId sent = *outbox_->enqueue(mail("a@x", "sent"));
    const OutboxId waits = *outbox_->enqueue(mail("a@x", "waits"));
    EXPECT_TRUE(outbox_->done(sent));
    clock_.advance(std::chrono::hours(31 * 24));
    EXPECT_TRUE(outbox_->done(12345));
    EXPECT_NE(*outbox_->enqueue(mail("a@x", "sent")), sent);
    EXPECT_EQ(*outbox_->enqueue(mail("a@x", "waits")), waits);
}

TEST_F(OutboxTest, PostponesForThoseWhoAreLeft) {
    auto both = mail("a@x");
    both.recipients.push_back("b@x");
    const OutboxId id = *outbox_->enqueue(both);
    const auto later = clock_.now() + std::chrono::minutes(30);
    EXPECT_TRUE(outbox_->postpone(id, later, "450 later", {"b@x"}));
    EXPECT_THAT(*outbox_->due(clock_.now(), 10), IsEmpty());
    EXPECT_EQ(*outbox_->next_due(), later);
    clock_.advance(std::chrono::minutes(30));
    EXPECT_TRUE(outbox_->postpone(id, clock_.now(), "451 again"));
    const auto due = *outbox_->due(clock_.now(), 10);
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_THAT(due[0].mail.recipients, ElementsAre("b@x"));
    EXPECT_EQ(due[0].attempts, 2);
    EXPECT_EQ(due[0].last_error, "451 again");
    EXPECT_TRUE(outbox_->done(id));
    EXPECT_TRUE(outbox_->postpone(id, later, "too late"));
    EXPECT_EQ(*outbox_->next_due(), std::nullopt);
}

TEST_F(OutboxTest, OrdersByDueTimeAndRespectsTheLimit) {
    auto second = mail("second@x");
    second.not_before = clock_.now() - std::chrono::minutes(1);
    auto later = mail("later@x");
    later.not_before = clock_.now() + std::chrono::minutes(1);
    EXPECT_TRUE(outbox_->enqueue(later));
    EXPECT_TRUE(outbox_->enqueue(second));
    EXPECT_TRUE(outbox_->enqueue(mail("first@x")));
    const auto due = *outbox_->due(clock_.now(), 10);
    ASSERT_THAT(due, SizeIs(2));
    EXPECT_EQ(due[0].mail.recipients[0], "first@x");
    EXPECT_EQ(due[1].mail.recipients[0], "second@x");
    EXPECT_THAT(*outbox_->due(clock_.now(), 1), SizeIs(1));
}

TEST_F(OutboxTest, RefusesMalformedAddresses) {
    EXPECT_EQ(outbox_->enqueue({"a@b", {}, "x", {}, ""}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(outbox_->enqueue(mail("a@x\nb@x")).error().kind, ErrorKind::invalid);
    EXPECT_EQ(outbox_->enqueue({"a@b\r\n", {"c@d"}, "x", {}, ""}).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace restante::store
