// Intake and notifications against a real tracker over SQLite: what goes out is answered and comes in again.
#include "reply/intake.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "directory/directory.hpp"
#include "reply/notification.hpp"
#include "store/outbox.hpp"

namespace restante::reply {
namespace {

using work::MailVerdict;

class IntakeTest : public testing::Test {
protected:
    IntakeTest() {
        std::string name = (std::filesystem::temp_directory_path() / "restante-reply-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        db::Database::Options options;
        options.sqlite.path = folder_ / "reply.db";
        database_ = db::Database::open(options).value();
        EXPECT_TRUE(database_->migrate(store::Outbox::migrations()));
        EXPECT_TRUE(directory::Directory::open(*database_, ids_, clock_, null_log(), {}));
        outbox_ = std::make_unique<store::Outbox>(*database_, clock_, ids_);
        open(true);
        ann_ = work_->people().create("Ann Lee", "ann@y.org", 0, {})->id;
        bob_ = work_->people().create("Bob", "bob@y.org", 0, {})->id;
        const std::int64_t project = work_->projects().create("Relaunch", "", work::Visibility::everyone, {})->id;
        item_ = work_->items().create({project, work::ItemKind::task, "Fix the door", "", bob_, ann_}, {})->id;
    }
    ~IntakeTest() override {
        work_.reset();
        outbox_.reset();
        database_.reset();
        std::filesystem::remove_all(folder_);
    }

    void open(bool plus_addressing) {
        work_.reset();
        NotificationOptions options;
        options.sender = *message::Address::parse("notify@x.org");
        options.reply_address = *message::Address::parse("reply@x.org");
        options.plus_addressing = plus_addressing;
        options.base_url = "https://work.x.org";
        notifications_ = std::make_unique<Notifications>(seal_, options);
        work_ = work::Work::open(*database_, ids_, clock_, *notifications_, enqueue_into(*outbox_), {}).value();
        IntakeOptions intake;
        intake.own_addresses = {options.sender, options.reply_address};
        intake_ = std::make_unique<Intake>(*work_, seal_, clock_, null_log(), intake);
    }

    /// Ann comments; the notification that Bob gets.
    message::Message notify_bob(const std::string& body = "Is it done?") {
        for (const auto& waiting : sent()) EXPECT_TRUE(outbox_->done(waiting.id));
        auto comment = work_->threads().add_comment({item_, ann_, body, 0});
        EXPECT_TRUE(comment) << comment.error().detail;
        EXPECT_EQ(sent().size(), 1U);
        return message::parse(sent().at(0).mail.bytes);
    }

    std::vector<store::WaitingMail> sent() { return outbox_->due(clock_.now(), 100).value(); }

    static std::string answer(const message::Message& to, const std::string& body,
                              const std::string& from = "Bob <bob@y.org>", const std::string& more = "") {
        return "Received: from y.org\r\nFrom: " + from + "\r\nTo: " + to.reply_to.at(0).address.to_string() +
               "\r\nSubject: RE: " + to.subject + "\r\nMessage-ID: <answer-1@y.org>\r\nIn-Reply-To: <" + to.message_id +
               ">\r\n" + more + "\r\n" + body +
               "\r\n-- \r\nBob\r\n\r\nOn 5 Jan 2026, Ann Lee wrote:\r\n> Is it done?\r\n";
    }

    IntakeVerdict take(const std::string& raw, const std::string& uidl = "u1") {
        auto verdict = intake_->take({raw, "pop3:3:" + uidl, 3, uidl, 77});
        EXPECT_TRUE(verdict) << verdict.error().detail;
        return verdict ? *verdict : IntakeVerdict{MailVerdict::failed, "", 0};
    }
    std::vector<work::Comment> comments() { return work_->threads().list(item_, {}).value(); }

    std::filesystem::path folder_;
    ManualClock clock_{from_micros(1'795'000'000'000'000)};
    IdSource ids_{clock_};
    TokenSeal seal_{"a key of sixteen"};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<store::Outbox> outbox_;
    std::unique_ptr<Notifications> notifications_;
    std::unique_ptr<work::Work> work_;
    std::unique_ptr<Intake> intake_;
    std::int64_t ann_ = 0, bob_ = 0, item_ = 0;
};

TEST_F(IntakeTest, NotificationSaysWhoWhatAndWhere) {
    const message::Message m = notify_bob("Is it <done>?");
    EXPECT_EQ(m.from.at(0).display_name, "Ann Lee");
    EXPECT_EQ(m.from.at(0).address.to_string(), "notify@x.org");
    EXPECT_EQ(m.subject, "Comment on Fix the door on Relaunch (ref# " + std::to_string(item_) + ")");
    EXPECT_NE(m.text.find("Is it <done>?"), std::string::npos);
    EXPECT_NE(m.text.find("https://work.x.org/items/"), std::string::npos);
    EXPECT_EQ(m.auto_mail, message::AutoMail::auto_submitted);
    EXPECT_EQ(sent()[0].mail.reverse_path, "");
    EXPECT_EQ(sent()[0].mail.recipients, std::vector<std::string>{"bob@y.org"});
    EXPECT_LE(m.reply_to.at(0).address.local_part.size(), 64U);
    EXPECT_TRUE(m.oddities.empty());
}

TEST_F(IntakeTest, AnAnswerBecomesACommentWithoutSignatureAndQuote) {
    const IntakeVerdict verdict = take(answer(notify_bob(), "Yes, it is."));
    EXPECT_EQ(verdict.kind, MailVerdict::received);
    const auto all = comments();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].id, verdict.comment_id);
    EXPECT_EQ(all[1].body, "Yes, it is.");
    EXPECT_EQ(all[1].author_id, bob_);
    EXPECT_EQ(all[1].in_reply_to, all[0].id);
    EXPECT_EQ(all[1].original_id, 77);
    EXPECT_NE(all[1].trimmed.find("> Is it done?"), std::string::npos);
    ASSERT_EQ(sent().size(), 2U);  // Ann hears of it
    EXPECT_EQ(message::parse(sent()[1].mail.bytes).subject.substr(0, 4), "RE: ");
}

TEST_F(IntakeTest, TheSameMailAgainMakesNoSecondComment) {
    const std::string raw = answer(notify_bob(), "Yes.");
    const IntakeVerdict first = take(raw);
    const IntakeVerdict again = take(raw);
    EXPECT_EQ(again.kind, MailVerdict::received);
    EXPECT_EQ(again.comment_id, first.comment_id);
    EXPECT_EQ(again.note, first.note);
    const IntakeVerdict copy = take("X-Trace: other\r\n" + raw, "u2");
    EXPECT_EQ(copy.kind, MailVerdict::ignored);
    EXPECT_EQ(take("X-Trace: other\r\n" + raw, "u2").kind, MailVerdict::ignored);
    EXPECT_EQ(comments().size(), 2U);
    EXPECT_EQ(sent().size(), 2U);
}

TEST_F(IntakeTest, AnotherMailIsAnotherComment) {
    const message::Message m = notify_bob();
    take(answer(m, "One."), "u1");
    std::string second = answer(m, "Two.");
    second.replace(second.find("answer-1"), 8, "answer-2");
    take(second, "u2");
    EXPECT_EQ(comments().size(), 3U);
}

TEST_F(IntakeTest, OnlyTheRecipientMayAnswer) {
    const message::Message m = notify_bob();
    const IntakeVerdict eve = take(answer(m, "Hi", "eve@z.org"));
    EXPECT_EQ(eve.kind, MailVerdict::rejected);
    EXPECT_EQ(take(answer(m, "Hi", "ann@y.org"), "u2").kind, MailVerdict::rejected);
    EXPECT_EQ(take(answer(m, "Hi", "eve@z.org")).note, eve.note);  // the recorded verdict
    EXPECT_EQ(comments().size(), 1U);
}

TEST_F(IntakeTest, AutomaticMailBouncesAndStrangersMakeNothing) {
    const message::Message m = notify_bob();
    EXPECT_EQ(take(answer(m, "away", "bob@y.org", "Auto-Submitted: auto-replied\r\n"), "u1").kind,
              MailVerdict::ignored);
    EXPECT_EQ(take(answer(m, "failed", "MAILER-DAEMON@y.org"), "u2").kind, MailVerdict::ignored);
    EXPECT_EQ(take(sent()[0].mail.bytes, "u3").kind, MailVerdict::ignored);
    EXPECT_EQ(take("From: spam@z.org\r\nTo: reply@x.org\r\n\r\nbuy\r\n", "u4").kind, MailVerdict::unrelated);
    EXPECT_EQ(take("", "u5").kind, MailVerdict::unrelated);
    EXPECT_EQ(comments().size(), 1U);
}

TEST_F(IntakeTest, ExpiredTokensAndLostRightsAreRefused) {
    const message::Message m = notify_bob();
    const auto now = clock_.now();
    clock_.advance(std::chrono::hours{24 * 366});
    EXPECT_EQ(take(answer(m, "late"), "u1").kind, MailVerdict::rejected);
    ASSERT_TRUE(work_->threads().remove_expired_tokens());
    EXPECT_EQ(take(answer(m, "later"), "u2").kind, MailVerdict::rejected);
    EXPECT_GT(clock_.now(), now);
    const message::Message fresh = notify_bob("still there?");
    ASSERT_TRUE(work_->people().change(bob_, {.name = {}, .email = {}, .account_id = {}, .active = false}, {}));
    EXPECT_EQ(take(answer(fresh, "no"), "u3").kind, MailVerdict::rejected);
}

TEST_F(IntakeTest, EmptyAndOversizedAnswersAreRefusedWithAReason) {
    const message::Message m = notify_bob();
    std::string empty = answer(m, "");
    empty.resize(empty.find("\r\n\r\n") + 4);
    const IntakeVerdict verdict = take(empty, "u1");
    EXPECT_EQ(verdict.kind, MailVerdict::rejected);
    EXPECT_FALSE(verdict.note.empty());
    EXPECT_EQ(take(answer(m, std::string(100'000, 'x')), "u2").kind, MailVerdict::rejected);
    EXPECT_EQ(comments().size(), 1U);
}

TEST_F(IntakeTest, WorksWithoutPlusAddressing) {
    open(false);
    const message::Message m = notify_bob();
    EXPECT_EQ(m.reply_to.at(0).address.to_string(), "reply@x.org");
    EXPECT_EQ(take(answer(m, "by Message-ID"), "u1").kind, MailVerdict::received);
    // A program that drops In-Reply-To: the footer is quoted.
    const std::size_t ref = m.text.find("ref: ");
    ASSERT_NE(ref, std::string::npos);
    const std::string raw =
        "From: bob@y.org\r\nTo: reply@x.org\r\n\r\nby footer\r\n\r\n> " + m.text.substr(ref, 47) + "\r\n";
    EXPECT_EQ(take(raw, "u2").kind, MailVerdict::received);
    EXPECT_EQ(comments().back().body, "by footer");
}

TEST_F(IntakeTest, HtmlOnlyAnswersBecomeText) {
    const message::Message m = notify_bob();
    const std::string raw = "From: bob@y.org\r\nTo: " + m.reply_to.at(0).address.to_string() +
                            "\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<div>Grüße, <b>ja</b></div><div "
                            "class=\"gmail_quote\">On Mon, Ann wrote:<blockquote>old</blockquote></div>\r\n";
    EXPECT_EQ(take(raw).kind, MailVerdict::received);
    EXPECT_EQ(comments().back().body, "Grüße, ja");
}

TEST_F(IntakeTest, NeedsADeliveryId) { EXPECT_FALSE(intake_->take({"x", "", 0, "", 0})); }

}  // namespace
}  // namespace restante::reply
