#include "work/work_test_fixture.hpp"

namespace restante::work {
namespace {

class MailLogTest : public WorkTest {
protected:
    MailFacts facts(const std::string& delivery) {
        MailFacts out;
        out.delivery_id = delivery;
        out.connection_id = 3;
        out.subject = "Out of office";
        return out;
    }
};

TEST_F(MailLogTest, KeepsTheFirstVerdictUnlessItWasAFailure) {
    const auto failed = work_->mail_log().record(facts("a"), MailVerdict::failed, "disk full");
    ASSERT_TRUE(failed) << failed.error().detail;
    const auto second = work_->mail_log().record(facts("a"), MailVerdict::ignored, "automatic reply");
    EXPECT_EQ(second->id, failed->id);
    EXPECT_EQ(second->verdict, MailVerdict::ignored);
    const auto third = work_->mail_log().record(facts("a"), MailVerdict::unrelated, "no token");
    EXPECT_EQ(third->verdict, MailVerdict::ignored);
    EXPECT_EQ(third->reason, "automatic reply");
    EXPECT_EQ(work_->mail_log().find_by_delivery("a").value()->id, failed->id);
    EXPECT_FALSE(work_->mail_log().find_by_delivery("b").value());
}

TEST_F(MailLogTest, ListsTheNewestFirstFilteredAndPaged) {
    for (const char* id : {"1", "2", "3"})
        ASSERT_TRUE(work_->mail_log().record(facts(id), MailVerdict::unrelated, "no token"));
    ASSERT_TRUE(work_->mail_log().record(facts("4"), MailVerdict::rejected, "not the recipient"));
    const auto page = work_->mail_log().list({.verdict = MailVerdict::unrelated, .connection_id = 3}, {0, 2}).value();
    ASSERT_EQ(page.size(), 2u);
    EXPECT_EQ(page[0].facts.delivery_id, "3");
    const auto rest = work_->mail_log().list({.verdict = MailVerdict::unrelated}, {page[1].id, 2}).value();
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].facts.delivery_id, "1");
    EXPECT_TRUE(work_->mail_log().list({.connection_id = 4}, {})->empty());
    EXPECT_EQ(work_->mail_log().find(rest[0].id)->reason, "no token");
    EXPECT_EQ(work_->mail_log().find(5).error().kind, ErrorKind::not_found);
}

TEST_F(MailLogTest, LongHeadersAreCutAndAMailNeedsAnId) {
    auto mail = facts("a");
    mail.subject = std::string(2000, 's');
    EXPECT_EQ(work_->mail_log().record(mail, MailVerdict::ignored, "x")->facts.subject.size(), 500u);
    EXPECT_EQ(work_->mail_log().record(facts(""), MailVerdict::ignored, "x").error().kind, ErrorKind::invalid);
}

TEST_F(MailLogTest, VerdictsHaveNames) {
    for (const char* name : {"received", "rejected", "ignored", "unrelated", "failed"})
        EXPECT_STREQ(to_string(parse_mail_verdict(name).value()), name);
    EXPECT_FALSE(parse_mail_verdict("nonsense"));
    EXPECT_EQ(parse_item_state("in_progress").value(), ItemState::in_progress);
    EXPECT_FALSE(parse_item_kind("issue"));
    EXPECT_EQ(parse_visibility("everyone").value(), Visibility::everyone);
}

}  // namespace
}  // namespace restante::work
