// The whole road: a comment's notification reaches a person, whose answer is collected and stands in the thread.
#include "base/random.hpp"
#include "base/text.hpp"
#include "mda/reply_intake.hpp"
#include "message/message.hpp"
#include "popd_road.hpp"
#include "reply/notification.hpp"
#include "store/outbox.hpp"
#include "work/work.hpp"

namespace restante::fetch {
namespace {

class ReplyRoadTest : public PopdRoad {
protected:
    ReplyRoadTest() {
        EXPECT_TRUE(database_->migrate(store::Outbox::migrations()));
        outbox_ = std::make_unique<store::Outbox>(*database_, clock_, ids_);
        reply::NotificationOptions options;
        options.sender = *message::Address::parse("notify@example.org");
        options.reply_address = *message::Address::parse("replies@example.org");
        options.plus_addressing = true;
        notifications_ = std::make_unique<reply::Notifications>(seal_, options);
        work_ = work::Work::open(*database_, ids_, clock_, *notifications_, reply::enqueue_into(*outbox_), {}).value();
        reply::IntakeOptions intake;
        intake.own_addresses = {options.sender, options.reply_address};
        replies_intake_ = std::make_unique<reply::Intake>(*work_, seal_, clock_, null_log(), intake);
        adapter_ = std::make_unique<mda::ReplyIntake>(*replies_intake_);
        mda_ = mda::make_mda(*directory_, *store_, adapter_.get(), nullptr, clock_, null_log(),
                             [this](auto job) { return pool_.post(std::move(job)); });
        const Parts parts{*connections_, *mda_, *store_, *directory_, pool_, clock_, null_log()};
        fetcher_ = std::make_unique<Fetcher>(parts, io_);
        ann_ = work_->people().create("Ann", "ann@elsewhere.example", 0, {})->id;
        const auto bob = work_->people().create("Bob", "bob@example.org", bob_, {})->id;
        const auto project = work_->projects().create("Relaunch", "", work::Visibility::everyone, {})->id;
        item_ = work_->items().create({project, work::ItemKind::task, "Fix the door", "", bob, ann_}, {})->id;
    }
    /// The next notification, sent to Bob's maildrop, as he reads it.
    message::Message notified(const std::string& comment) {
        EXPECT_TRUE(work_->threads().add_comment({item_, ann_, comment, 0}));
        const auto waiting = outbox_->due(clock_.now(), 10).value();
        for (const auto& mail : waiting) {
            if (mail.mail.recipients.front() == "bob@example.org") deliver("bob@example.org", mail.mail.bytes);
            EXPECT_TRUE(outbox_->done(mail.id));
        }
        const auto mails = maildrop(bob_);
        EXPECT_FALSE(mails.empty());
        return message::parse(mails.back());
    }
    static std::string answer(const message::Message& to, const std::string& from, const std::string& text,
                              const std::string& more = "") {
        return "From: " + from + "\r\nTo: " + to.reply_to.at(0).address.to_string() + "\r\nSubject: Re: " + to.subject +
               "\r\nMessage-ID: <" + to_hex(sha256(text)) + "@y.example>\r\nIn-Reply-To: <" + to.message_id + ">\r\n" +
               more + "\r\n" + text + "\r\n-- \r\nBob\r\n\r\nOn 5 Jan 2026, Ann wrote:\r\n> Is it done?\r\n";
    }
    std::vector<work::Comment> comments() { return work_->threads().list(item_, {}).value(); }

    reply::TokenSeal seal_{"a key of sixteen"};
    std::unique_ptr<store::Outbox> outbox_;
    std::unique_ptr<reply::Notifications> notifications_;
    std::unique_ptr<work::Work> work_;
    std::unique_ptr<reply::Intake> replies_intake_;
    std::unique_ptr<mda::ReplyIntake> adapter_;
    std::int64_t ann_ = 0, item_ = 0;
};

TEST_F(ReplyRoadTest, AnAnswerStandsInTheThreadOnceAndTheMailboxIsEmpty) {
    const auto notification = notified("Is it done?");
    const std::string raw = answer(notification, "bob@example.org", "Yes, since noon.");
    deliver(notification.reply_to.at(0).address.to_string(), raw);
    const auto id = create(settings(TlsMode::implicit));
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome) << report.outcome.error().detail;
    EXPECT_EQ(report.taken, 1U);
    EXPECT_EQ(report.deleted, 1U);
    const auto all = comments();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].body, "Yes, since noon.") << "signature and quote are cut";
    const auto original = store_->read_message(store::kOriginals, all[1].original_id, 1 << 20);
    ASSERT_TRUE(original) << original.error().detail;
    EXPECT_TRUE(original->ends_with(raw));
    EXPECT_TRUE(maildrop(replies_).empty());
    EXPECT_EQ(poll(id).listed, 0U);
}

TEST_F(ReplyRoadTest, StrangersAutomatonsAndUnrelatedMailBecomeNoComments) {
    const auto notification = notified("Is it done?");
    const std::string to = notification.reply_to.at(0).address.to_string();
    deliver(to, answer(notification, "mallory@elsewhere.example", "Me too."));
    deliver(to, answer(notification, "bob@example.org", "I am away.", "Auto-Submitted: auto-replied\r\n"));
    deliver("replies@example.org",
            "From: shop@elsewhere.example\r\nTo: replies@example.org\r\nSubject: Sale\r\n\r\nBuy.\r\n");
    const auto id = create(settings(TlsMode::stls));
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome) << report.outcome.error().detail;
    EXPECT_EQ(report.unrelated, 1U);
    EXPECT_EQ(report.deleted, 2U);
    EXPECT_EQ(comments().size(), 1U);
    EXPECT_EQ(maildrop(replies_).size(), 1U) << "unrelated mail stays";
    std::multiset<std::string> verdicts;
    const auto seen = connections_->seen(id).value();
    for (const SeenMail& mail : seen) verdicts.insert(mail.verdict);
    EXPECT_EQ(verdicts, (std::multiset<std::string>{"ignored", "rejected", "unrelated"}));
}

}  // namespace
}  // namespace restante::fetch
