// S5.31: what the filter was taught lasts, can be taken back, and is bounded.
#include "filter/spam_filter.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <thread>

namespace restante::filter {
namespace {

class SpamFilterTest : public testing::Test {
protected:
    SpamFilterTest() {
        std::string name = (std::filesystem::temp_directory_path() / "restante-filter-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        options_.least_training = 5;
        reopen();
    }
    ~SpamFilterTest() override { std::filesystem::remove_all(folder_); }

    void reopen() {
        filter_.reset();
        database_.reset();
        db::Database::Options options;
        options.sqlite.path = folder_ / "x.db";
        database_ = db::Database::open(options).value();
        const auto audit = [this](db::Session&, const std::string& actor, const std::string& action, const std::string&,
                                  const std::string& detail) -> Result<void> {
            if (audit_fails_) return fail(ErrorKind::no_space, "full");
            audit_.push_back(actor + " " + action + " " + detail);
            return {};
        };
        filter_ = SpamFilter::open({*database_, ids_, clock_, audit}, options_).value();
    }
    static std::string mail(const std::string& subject, const std::string& text) {
        return "From: a@b.test\r\nMessage-ID: <1@b>\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\nSubject: " + subject + "\r\n\r\n" + text + "\r\n";
    }
    void teach_both(int count) {
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(filter_->teach(mail("Offer n" + std::to_string(i), "cheap pills order now"), Class::spam, "ann"));
            ASSERT_TRUE(filter_->teach(mail("Lunch n" + std::to_string(i), "see you at noon"), Class::ham, "ann"));
        }
    }
    int score(const std::string& text) { return filter_->judge(mail("Hello", text), {}).score; }

    std::filesystem::path folder_;
    Options options_;
    ManualClock clock_{from_micros(1'795'953'600'000'000)};
    IdSource ids_{clock_};
    std::unique_ptr<db::Database> database_;
    std::vector<std::string> audit_;
    bool audit_fails_ = false;
    std::unique_ptr<SpamFilter> filter_;
};

TEST_F(SpamFilterTest, WhatItWasTaughtLastsOverARestart) {
    teach_both(10);
    const int spam = score("cheap pills order now"), ham = score("see you at noon");
    EXPECT_GE(spam, 80);
    EXPECT_LE(ham, 20);
    const std::size_t features = filter_->counts().features;
    reopen();
    EXPECT_EQ(filter_->counts().spam, 10U);
    EXPECT_EQ(filter_->counts().ham, 10U);
    EXPECT_EQ(filter_->counts().features, features);
    EXPECT_EQ(score("cheap pills order now"), spam);
    EXPECT_EQ(score("see you at noon"), ham);
}

TEST_F(SpamFilterTest, TheSameMessageCountsOnceAndMovesToTheOtherClass) {
    const std::string text = mail("Offer", "cheap pills");
    const auto first = filter_->teach("Received: by x; now\r\n" + text, Class::spam, "ann");
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->before);
    const auto again = filter_->teach(text, Class::spam, "bob");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->before, Class::spam);
    EXPECT_EQ(again->lesson.id, first->lesson.id);
    EXPECT_EQ(filter_->counts().spam, 1U);
    EXPECT_EQ(audit_.size(), 1U) << "nothing has changed";
    const auto moved = filter_->teach(text, Class::ham, "bob");
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->before, Class::spam);
    EXPECT_EQ(filter_->counts().spam, 0U);
    EXPECT_EQ(filter_->counts().ham, 1U);
    EXPECT_EQ(audit_.back(), "bob spam.teach ham: Offer (from a@b.test), was spam");
    const auto lessons = filter_->lessons(0, 10);
    ASSERT_EQ(lessons->size(), 1U);
    EXPECT_EQ(lessons->front().kind, Class::ham);
}

TEST_F(SpamFilterTest, ALessonIsTakenBackWithoutATrace) {
    teach_both(1);
    const auto before = filter_->counts();
    const auto taught = filter_->teach(mail("Only", "here and nowhere else"), Class::spam, "ann");
    ASSERT_TRUE(taught);
    EXPECT_GT(filter_->counts().features, before.features);
    ASSERT_TRUE(filter_->forget(taught->lesson.id, "ann"));
    EXPECT_EQ(filter_->counts().features, before.features);
    EXPECT_EQ(filter_->counts().spam, before.spam);
    EXPECT_EQ(filter_->forget(taught->lesson.id, "ann").error().kind, ErrorKind::not_found);
    reopen();
    EXPECT_EQ(filter_->counts().features, before.features);
}

TEST_F(SpamFilterTest, TheOldestOfAClassAreForgottenBeyondTheLimit) {
    options_.training_limit = 3;
    filter_->set(options_);
    teach_both(10);
    EXPECT_EQ(filter_->counts().spam, 3U);
    EXPECT_EQ(filter_->counts().ham, 3U);
    const auto lessons = filter_->lessons(0, 100);
    ASSERT_EQ(lessons->size(), 6U);
    EXPECT_EQ(lessons->front().subject, "Lunch n9");
    EXPECT_EQ(lessons->back().subject, "Offer n7");
    for (int i = 10; i < 20; ++i) ASSERT_TRUE(filter_->teach(mail("Offer n" + std::to_string(i), "more pills"), Class::spam, "ann"));
    EXPECT_EQ(filter_->counts().ham, 3U) << "much of the one kind does not drive out the other";
    const std::size_t features = filter_->counts().features;
    reopen();
    EXPECT_EQ(filter_->counts().features, features) << "the sum in memory is that of the table";
}

TEST_F(SpamFilterTest, ALowerLimitIsReachedStepByStep) {
    for (int i = 100; i < 350; ++i) ASSERT_TRUE(filter_->teach(mail("Offer n" + std::to_string(i), "pills"), Class::spam, "ann"));
    options_.training_limit = 20;
    filter_->set(options_);
    ASSERT_TRUE(filter_->teach(mail("Offer n350", "pills"), Class::spam, "ann"));
    EXPECT_EQ(filter_->counts().spam, 151U);
    ASSERT_TRUE(filter_->teach(mail("Offer n351", "pills"), Class::spam, "ann"));
    ASSERT_TRUE(filter_->teach(mail("Offer n352", "pills"), Class::spam, "ann"));
    EXPECT_EQ(filter_->counts().spam, 20U);
}

TEST_F(SpamFilterTest, MessagesThatDifferInASignAreTwo) {
    ASSERT_TRUE(filter_->teach(mail("Hm", "\xF0\x9F\x91\x8D"), Class::ham, "ann"));
    ASSERT_TRUE(filter_->teach(mail("Hm", "5"), Class::spam, "ann"));
    EXPECT_EQ(filter_->counts().ham + filter_->counts().spam, 2U);
}

TEST_F(SpamFilterTest, NamesDoNotTurnTablesRound) {
    ASSERT_TRUE(filter_->teach(mail("a\xE2\x80\xAE" "b\xE2\x80\xA8" "c\xE2\x81\xA7" "d \xE2\x80\x9C" "e", "x"), Class::ham, "ann"));
    EXPECT_EQ(filter_->lessons(0, 1)->front().subject, "abcd \xE2\x80\x9C" "e");
}

TEST_F(SpamFilterTest, PaddingInTheHeaderDoesNotHideTheText) {
    options_.inspected_octets = 4096;
    filter_->set(options_);
    teach_both(10);
    std::string padding;
    for (int i = 0; i < 300; ++i) padding += "X-P: " + std::string(900, 'a') + "\r\n";
    EXPECT_EQ(filter_->judge(padding + mail("Hello", "cheap pills order now"), {}).score, score("cheap pills order now"));
}

TEST_F(SpamFilterTest, LessonsComeInPages) {
    teach_both(3);
    const auto first = filter_->lessons(0, 4);
    ASSERT_EQ(first->size(), 4U);
    const auto second = filter_->lessons(first->back().id, 4);
    ASSERT_EQ(second->size(), 2U);
    EXPECT_EQ(second->back().subject, "Offer n0");
}

TEST_F(SpamFilterTest, AFailedWriteTeachesNothing) {
    audit_fails_ = true;
    EXPECT_EQ(filter_->teach(mail("Offer", "pills"), Class::spam, "ann").error().kind, ErrorKind::no_space);
    EXPECT_EQ(filter_->counts().features, 0U);
    EXPECT_TRUE(filter_->lessons(0, 10)->empty());
}

TEST_F(SpamFilterTest, WhatIsNoMailTeachesNothing) {
    for (const char* text : {"\r\n", "some words\r\nand more\r\n", "\x7F" "ELF\x02\x01"})
        EXPECT_EQ(filter_->teach(text, Class::spam, "ann").error().kind, ErrorKind::invalid) << text;
    EXPECT_EQ(filter_->counts().spam, 0U);
}

TEST_F(SpamFilterTest, LooksAtTheStartOfAMessageOnly) {
    options_.inspected_octets = 4096;
    filter_->set(options_);
    const std::string start = mail("Long", std::string(5000, '\n'));
    ASSERT_TRUE(filter_->teach(start + "pills", Class::spam, "ann"));
    EXPECT_EQ(filter_->teach(start + "lunch", Class::spam, "ann")->before, Class::spam);
}

TEST_F(SpamFilterTest, JudgesWhileItIsTaught) {
    std::atomic<bool> done{false};
    // Without a date: ThreadSanitizer does not see the locks of the library that reads dates.
    std::thread judge([&] {
        while (!done) (void)filter_->judge("From: a@b.test\r\nSubject: Hello\r\n\r\ncheap pills order now\r\n", {});
    });
    teach_both(20);
    done = true;
    judge.join();
    EXPECT_GE(score("cheap pills order now"), 80);
}

}  // namespace
}  // namespace restante::filter
