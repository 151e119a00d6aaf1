#include <set>
#include <thread>

#include "work/work_test_fixture.hpp"

namespace restante::work {
namespace {

class ThreadsTest : public WorkTest {
protected:
    Threads::NewByMail reply(const std::string& delivery, std::int64_t author, const std::string& body) {
        Threads::NewByMail out;
        out.item_id = door_;
        out.author_id = author;
        out.body = body;
        out.trimmed = "-- \nbob";
        out.mail = {.delivery_id = delivery,
                    .connection_id = 3,
                    .uidl = "u1",
                    .sha256 = "00",
                    .sender = "bob@example.org",
                    .subject = "Re: door",
                    .original_id = 77};
        return out;
    }
    std::int64_t ann_ = person("ann"), bob_ = person("bob"), eve_ = person("eve");
    std::int64_t shop_ = project("shop", {ann_, bob_});
    std::int64_t door_ = item(shop_, ann_, bob_);
};

TEST_F(ThreadsTest, ACommentTellsEverySubscriberButItsAuthor) {
    const auto comment = work_->threads().add_comment({door_, ann_, "Please oil it\r\n"});
    ASSERT_TRUE(comment) << comment.error().detail;
    EXPECT_EQ(comment->body, "Please oil it");
    EXPECT_EQ(comment->author_name, "ann");
    ASSERT_EQ(composer_.made.size(), 1u);
    const Composed& mail = composer_.made[0];
    EXPECT_EQ(mail.recipient, "bob@example.org");
    EXPECT_EQ(mail.token.size(), 26u);
    EXPECT_EQ(count("queued WHERE recipient='bob@example.org'"), 1);
    const auto token = work_->threads().find_token(mail.token).value();
    ASSERT_TRUE(token);
    EXPECT_EQ(token->person_id, bob_);
    EXPECT_EQ(token->item_id, door_);
    EXPECT_EQ(token->comment_id, comment->id);
    EXPECT_FALSE(work_->threads().find_token("aaaa").value());
}

TEST_F(ThreadsTest, NobodyHearsWhatTheyMayNotSeeOrWhenNotActive) {
    ASSERT_TRUE(work_->projects().remove_member(shop_, bob_, by_));
    ASSERT_TRUE(work_->threads().add_comment({door_, ann_, "one"}));
    EXPECT_TRUE(composer_.made.empty());
    ASSERT_TRUE(work_->projects().add_member(shop_, bob_, by_));
    ASSERT_TRUE(work_->people().change(bob_, {.active = false}, by_));
    ASSERT_TRUE(work_->threads().add_comment({door_, ann_, "two"}));
    EXPECT_TRUE(composer_.made.empty());
}

TEST_F(ThreadsTest, AFailedNotificationTakesTheCommentBack) {
    composer_.refused = "bob@example.org";
    ASSERT_TRUE(work_->projects().add_member(shop_, eve_, by_));
    ASSERT_TRUE(work_->items().subscribe(door_, eve_, by_));
    EXPECT_EQ(work_->threads().add_comment({door_, ann_, "x"}).error().kind, ErrorKind::internal);
    for (const char* table : {"work_comment", "work_token"}) EXPECT_EQ(count(table), 0) << table;
    composer_.refused.clear();
    ASSERT_TRUE(work_->threads().add_comment({door_, ann_, "x"}));
    EXPECT_EQ(count("queued"), 2);
}

TEST_F(ThreadsTest, RefusesWhatIsEmptyTooLongStrangeOrForbidden) {
    const auto kind = [&](const Threads::New& wanted) {
        auto made = work_->threads().add_comment(wanted);
        return made ? ErrorKind::internal : made.error().kind;
    };
    EXPECT_EQ(kind({door_, ann_, " \r\n "}), ErrorKind::invalid);
    EXPECT_EQ(kind({door_, ann_, "\xc3"}), ErrorKind::invalid);
    EXPECT_EQ(kind({door_, ann_, std::string(65'537, 'x')}), ErrorKind::too_large);
    EXPECT_EQ(kind({door_, eve_, "let me in"}), ErrorKind::denied);
    EXPECT_EQ(kind({99, ann_, "x"}), ErrorKind::not_found);
    EXPECT_EQ(kind({door_, 99, "x"}), ErrorKind::not_found);
    EXPECT_EQ(kind({door_, ann_, "x", 99}), ErrorKind::not_found);
    EXPECT_EQ(count("work_comment"), 0);
}

TEST_F(ThreadsTest, TheThreadPagesInOrderAndRemembersWhatWasAnswered) {
    const auto first = work_->threads().add_comment({door_, ann_, "1"});
    const auto second = work_->threads().add_comment({door_, bob_, "2", first->id});
    ASSERT_TRUE(second);
    ASSERT_TRUE(work_->threads().add_comment({door_, ann_, "3"}));
    const auto page = work_->threads().list(door_, {0, 2}).value();
    ASSERT_EQ(page.size(), 2u);
    EXPECT_EQ(page[1].in_reply_to, first->id);
    EXPECT_EQ(work_->threads().list(door_, {page[1].id, 2}).value().at(0).body, "3");
    EXPECT_EQ(work_->threads().list(99, {}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(work_->threads().find(second->id)->body, "2");
}

TEST_F(ThreadsTest, AMailMakesOneCommentHoweverOftenItComes) {
    const auto first = work_->threads().add_comment_by_mail(reply("pop3:3:u1", bob_, "Done."));
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_FALSE(first->repeated);
    EXPECT_EQ(first->comment.origin, CommentOrigin::mail);
    EXPECT_EQ(first->comment.original_id, 77);
    EXPECT_EQ(first->comment.trimmed, "-- \nbob");
    const std::size_t told = composer_.made.size();
    const auto again = work_->threads().add_comment_by_mail(reply("pop3:3:u1", bob_, "Done."));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->comment.id, first->comment.id);
    EXPECT_EQ(composer_.made.size(), told);
    const auto log = work_->mail_log().list({.item_id = door_}, {}).value();
    ASSERT_EQ(log.size(), 1u);
    EXPECT_EQ(log[0].verdict, MailVerdict::received);
    EXPECT_EQ(log[0].comment_id, first->comment.id);
    EXPECT_EQ(log[0].facts.original_id, 77);
    EXPECT_EQ(work_->threads().add_comment_by_mail(reply("", bob_, "x")).error().kind, ErrorKind::invalid);
}

TEST_F(ThreadsTest, TwoIntakesOfOneMailAtTheSameTimeMakeOneComment) {
    std::vector<std::thread> threads;
    std::vector<Result<Threads::ByMail>> results(4);
    for (auto& result : results)
        threads.emplace_back([&] { result = work_->threads().add_comment_by_mail(reply("same", bob_, "Done.")); });
    for (auto& thread : threads) thread.join();
    int made = 0;
    for (auto& result : results) {
        ASSERT_TRUE(result) << result.error().detail;
        made += result->repeated ? 0 : 1;
    }
    EXPECT_EQ(made, 1);
    EXPECT_EQ(count("work_comment"), 1);
}

TEST_F(ThreadsTest, AMailFromWhoLostTheRightIsRefused) {
    ASSERT_TRUE(work_->projects().remove_member(shop_, bob_, by_));
    EXPECT_EQ(work_->threads().add_comment_by_mail(reply("d1", bob_, "x")).error().kind, ErrorKind::denied);
    EXPECT_EQ(count("work_comment"), 0);
    EXPECT_EQ(count("work_mail_log"), 0);
}

TEST_F(ThreadsTest, TheCutPartIsBoundedAtAWholeCharacter) {
    options_.max_trimmed_bytes = 4;
    reopen();
    auto mail = reply("d1", bob_, "x");
    mail.trimmed = "abc\xc3\xa4";
    EXPECT_EQ(work_->threads().add_comment_by_mail(mail)->comment.trimmed, "abc");
}

TEST_F(ThreadsTest, TokensAreUniqueAndGoWhenExpired) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(work_->threads().add_comment({door_, ann_, "x"}));
    std::set<std::string> tokens;
    for (const Composed& mail : composer_.made) tokens.insert(mail.token);
    EXPECT_EQ(tokens.size(), 5u);
    EXPECT_EQ(work_->threads().remove_expired_tokens().value(), 0);
    clock_.advance(options_.token_lifetime + std::chrono::seconds(1));
    EXPECT_LT(work_->threads().find_token(*tokens.begin()).value()->expires_at, clock_.now());
    EXPECT_EQ(work_->threads().remove_expired_tokens(3).value(), 3);
    EXPECT_EQ(work_->threads().remove_expired_tokens().value(), 2);
    EXPECT_FALSE(work_->threads().find_token(*tokens.begin()).value());
}

TEST_F(ThreadsTest, AllIsThereAfterReopening) {
    ASSERT_TRUE(work_->threads().add_comment({door_, ann_, "still here"}));
    reopen();
    EXPECT_EQ(work_->threads().list(door_, {}).value().at(0).body, "still here");
    EXPECT_EQ(item(shop_, ann_), door_ + 1);
}

}  // namespace
}  // namespace restante::work
