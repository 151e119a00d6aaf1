#include "fetch/poll.hpp"

#include <gmock/gmock.h>

#include "fetch/fetch_fixture.hpp"

namespace restante::fetch {
namespace {

using PollTest = FetchFixture;
using Manners = FakeServer::Manners;
using Uidls = std::vector<std::string>;

TEST_F(PollTest, RepliesBecomeCommentsAndAreDeleted) {
    server_.put({mail("a"), mail("b"), mail("c", "Auto-Submitted: auto-replied")});
    const auto id = create(settings());
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome) << report.outcome.error().detail;
    EXPECT_EQ(report.listed, 3U);
    EXPECT_EQ(report.taken, 3U);
    EXPECT_EQ(report.deleted, 3U);
    EXPECT_EQ(server_.uidls(), Uidls{});
    EXPECT_EQ(intake_.made, 2) << "an automatic reply is recorded, not a comment";
    EXPECT_EQ(intake_.comments.begin()->second, mail("a").bytes) << "dots unstuffed, nothing added";
    const auto seen = connections_->seen(id).value();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[2].verdict, "ignored");
    EXPECT_TRUE(seen[0].deleted);
    // Deliveries run side by side, so which original comes first is not said.
    const std::string original = "Received: from 127.0.0.1\r\n\tby mail.example.org with POP3;\r\n\t" +
                                 to_rfc5322(clock_.now()) + "\r\n" + mail("a").bytes;
    EXPECT_THAT(store_.maildrops[store::kOriginals], testing::Contains(original));
    EXPECT_EQ(health(id).state, State::ok);
    EXPECT_EQ(health(id).next_try, clock_.now() + std::chrono::minutes(30));
}

TEST_F(PollTest, MailsForAnAccountReachItsMaildrop) {
    Settings s = settings();
    s.purpose = Purpose::maildrop;
    s.account = "bob";
    std::string looping;
    for (int i = 0; i < 100; ++i) looping += "Received: again\r\n";
    server_.put({mail("a"), {"b", looping + "\r\nx\r\n"}, mail("c")});
    const auto id = create(s);
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome);
    EXPECT_EQ(report.taken, 2U);
    EXPECT_EQ(report.refused, 1U) << "one bad mail does not stop the run";
    EXPECT_EQ(server_.uidls(), Uidls{"b"}) << "what was not delivered stays";
    const auto bob = directory_->account("bob")->id;
    ASSERT_EQ(store_.maildrops[bob].size(), 2U);
    EXPECT_TRUE(store_.maildrops[bob][0].starts_with("Delivered-To: bob@example.org\r\nReceived: from 127.0.0.1"));
    EXPECT_EQ(server_.count("RETR"), 3);
    EXPECT_EQ(poll(id).listed, 1U);
    EXPECT_EQ(server_.count("RETR"), 0) << "a refused mail is not read again";
    ASSERT_TRUE(directory_->delete_account("bob", {}));
    const PollReport gone = poll(id);
    ASSERT_FALSE(gone.outcome);
    EXPECT_TRUE(gone.local_fault);
}

TEST_F(PollTest, ALostQuitMakesNoSecondComment) {
    const auto id = create(settings());
    for (const auto lost : {Manners::Quit::lost_before, Manners::Quit::lost_after}) {
        const std::string uidl = lost == Manners::Quit::lost_before ? "before" : "after";
        server_.put({mail(uidl)});
        server_.set({.quit = lost});
        const int made = intake_.made;
        const PollReport report = poll(id);
        ASSERT_FALSE(report.outcome);
        EXPECT_EQ(report.deleted, 0U);
        EXPECT_EQ(intake_.made, made + 1);
        EXPECT_EQ(health(id).state, State::failing);
        restart();
        server_.set({});
        server_.count("RETR");
        const PollReport second = poll(id);
        ASSERT_TRUE(second.outcome) << second.outcome.error().detail;
        EXPECT_EQ(server_.count("RETR"), 0) << "known: deleted without reading it again";
        EXPECT_EQ(server_.uidls(), Uidls{});
        EXPECT_EQ(intake_.made, made + 1);
    }
}

TEST_F(PollTest, ARefusedQuitDeletesAgainNextTime) {
    const auto id = create(settings());
    server_.put({mail("a")});
    server_.set({.quit = Manners::Quit::refused});
    EXPECT_FALSE(poll(id).outcome);
    server_.set({});
    EXPECT_EQ(poll(id).deleted, 1U);
    EXPECT_EQ(intake_.made, 1);
}

TEST_F(PollTest, ADroppedConnectionKeepsWhatWasDoneAndLosesNothing) {
    const auto id = create(settings());
    server_.put({mail("a"), mail("b"), mail("c")});
    server_.set({.drop_in_retr = 3});
    const PollReport report = poll(id);
    ASSERT_FALSE(report.outcome);
    EXPECT_EQ(report.outcome.error().kind, ErrorKind::io);
    EXPECT_EQ(intake_.made, 2);
    EXPECT_EQ(server_.uidls(), (Uidls{"a", "b", "c"}));
    server_.set({});
    server_.count("RETR");
    EXPECT_EQ(poll(id).deleted, 3U);
    EXPECT_EQ(server_.count("RETR"), 1) << "only the one that was cut";
    EXPECT_EQ(intake_.made, 3);
    EXPECT_EQ(intake_.comments["pop3:" + std::to_string(id) + ":c"], mail("c").bytes);
}

TEST_F(PollTest, ACrashBeforeTheMarkMakesNoSecondComment) {
    const auto id = create(settings());
    server_.put({mail("a")});
    server_.set({.quit = Manners::Quit::lost_before});
    (void)poll(id);
    // As if the program had died between the comment and the mark.
    ASSERT_TRUE(database_->write([](db::Session& s) { return s.execute("DELETE FROM fetch_seen"); }));
    server_.set({});
    EXPECT_EQ(poll(id).deleted, 1U);
    EXPECT_EQ(intake_.made, 1);
    EXPECT_EQ(store_.maildrops[store::kOriginals].size(), 1U);
}

TEST_F(PollTest, AServerWithoutUidlGoesByContent) {
    const auto id = create(settings());
    server_.put({mail("a"), mail("b"), mail("a")});
    server_.set({.offers_uidl = false, .quit = Manners::Quit::lost_before});
    EXPECT_FALSE(poll(id).outcome);
    EXPECT_EQ(intake_.made, 2) << "the same content is the same mail";
    server_.set({.offers_uidl = false});
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome) << report.outcome.error().detail;
    EXPECT_EQ(report.deleted, 3U);
    EXPECT_EQ(intake_.made, 2);
}

TEST_F(PollTest, LeftOnTheServerIsReadOnce) {
    Settings s = settings();
    s.leave_on_server = true;
    const auto id = create(s);
    server_.put({mail("a"), mail("b")});
    EXPECT_EQ(poll(id).taken, 2U);
    EXPECT_EQ(poll(id).taken, 0U);
    EXPECT_EQ(server_.count("RETR"), 2);
    EXPECT_EQ(server_.count("DELE"), 0);
    server_.put({mail("a"), mail("b"), mail("c")});
    EXPECT_EQ(poll(id).taken, 1U);
}

TEST_F(PollTest, AReusedUidlIsNotTakenForTheOldMail) {
    const auto id = create(settings());
    server_.put({mail("1", "first")});
    EXPECT_EQ(poll(id).deleted, 1U);
    server_.put({mail("1", "other")});  // same UIDL, same size
    EXPECT_EQ(poll(id).deleted, 1U);
    EXPECT_EQ(intake_.made, 2) << "a new mail under an old UIDL must not be deleted unread";
    server_.put({mail("1", "a third, longer one")});
    EXPECT_EQ(poll(id).deleted, 1U);
    EXPECT_EQ(intake_.made, 3);
    server_.put({mail("1", "first")});  // restored from a backup
    EXPECT_EQ(poll(id).deleted, 1U);
    EXPECT_EQ(intake_.made, 3);
    server_.put({mail("x"), {"x", mail("y").bytes}});  // one UIDL for two mails
    EXPECT_EQ(poll(id).taken, 2U);
    EXPECT_EQ(intake_.made, 5);
}

TEST_F(PollTest, AnotherMailboxStartsAnew) {
    const auto id = create(settings());
    server_.put({mail("1", "first")});
    server_.set({.quit = Manners::Quit::lost_before});
    (void)poll(id);
    Settings other = settings();
    other.user = "someone.else@example.com";
    ASSERT_TRUE(connections_->update(id, other, {}));
    server_.set({});
    server_.put({mail("1", "other")});  // same UIDL and size, but not the same mailbox
    EXPECT_EQ(poll(id).taken, 1U);
    EXPECT_EQ(intake_.made, 2);
}

TEST_F(PollTest, OversizeMailsAreNotReadAndBlockNothing) {
    fetch_options_.max_message_octets = 1000;
    restart();
    const auto id = create(settings());
    server_.put({mail("big", std::string(2000, 'x')), mail("small")});
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome);
    EXPECT_EQ(report.oversize, 1U);
    EXPECT_EQ(report.taken, 1U);
    EXPECT_EQ(server_.count("RETR"), 1);
    EXPECT_EQ(server_.uidls(), Uidls{"big"});
    server_.put({mail("liar", std::string(2000, 'x')), mail("next")});
    server_.set({.claim_octets = 10});
    const PollReport lied = poll(id);
    ASSERT_TRUE(lied.outcome) << lied.outcome.error().detail;
    EXPECT_EQ(lied.oversize, 1U);
    EXPECT_EQ(lied.taken, 1U);
    server_.put({mail("flood", std::string(9000, 'x'))});
    EXPECT_EQ(poll(id).outcome.error().kind, ErrorKind::protocol);
}

TEST_F(PollTest, TenUnrelatedMailsPauseTheMailbox) {  // S1.25, S1.26
    const auto id = create(settings());
    std::vector<FakeServer::Mail> mails;
    for (int i = 0; i < 14; ++i) mails.push_back(mail("u" + std::to_string(i), "unrelated"));
    mails.insert(mails.begin() + 3, mail("reply"));
    server_.put(mails);
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome);
    EXPECT_TRUE(report.paused);
    EXPECT_EQ(report.unrelated, 10U);
    EXPECT_EQ(report.taken, 1U);
    EXPECT_EQ(server_.count("RETR"), 11) << "it stops reading at the tenth";
    EXPECT_EQ(server_.uidls().size(), 14U) << "unrelated mails stay on the server";
    EXPECT_EQ(health(id).state, State::paused);
    EXPECT_EQ(health(id).next_try, clock_.now() + std::chrono::minutes(5));
    EXPECT_TRUE(
        health(id).last_error.starts_with("We encountered a problem while processing emails from your POP account: "
                                          "replies@example.com. We either found emails that are not related"));
    const PollReport next = poll(id);
    EXPECT_FALSE(next.paused) << "the same ten do not pause it again";
    EXPECT_EQ(next.unrelated, 4U);
    EXPECT_EQ(health(id).state, State::ok);
}

TEST_F(PollTest, ATemporaryFaultHerePutsOffAndDisablesNothing) {
    const auto id = create(settings());
    server_.put({mail("a"), mail("b"), mail("c"), mail("d"), mail("e")});
    intake_.failures = 1;
    const PollReport one = poll(id);
    ASSERT_TRUE(one.outcome);
    EXPECT_EQ(one.put_off, 1U);
    EXPECT_EQ(one.taken, 4U);
    EXPECT_EQ(server_.uidls().size(), 1U);
    EXPECT_EQ(poll(id).taken, 1U);
    server_.put({mail("f"), mail("g"), mail("h")});
    store_.failure = Error{ErrorKind::no_space, "disk full", Retry::later};
    const PollReport full = poll(id);
    ASSERT_FALSE(full.outcome);
    EXPECT_TRUE(full.local_fault);
    EXPECT_EQ(server_.uidls().size(), 3U);
    EXPECT_EQ(health(id).state, State::paused);
    EXPECT_EQ(health(id).consecutive_errors, 0U);
    store_.failure.reset();
    EXPECT_EQ(poll(id).deleted, 3U);
    EXPECT_EQ(intake_.made, 8);
}

TEST_F(PollTest, AFaultHereInTheMiddleOfAMailClaimsNoDeletion) {
    fetch_options_.deliveries_at_once = 1;
    for (const bool pipelining : {false, true}) {
        restart();
        intake_.made = store_.drafts = 0;
        store_.failing_draft = 2;
        const std::string run = pipelining ? "p" : "s";
        server_.put({mail(run + "1"), mail(run + "2"), mail(run + "3")});
        server_.set({.pipelining = pipelining});
        Settings s = settings();
        s.name = run;
        const auto id = create(s);
        const PollReport report = poll(id);
        ASSERT_FALSE(report.outcome);
        EXPECT_TRUE(report.local_fault);
        EXPECT_EQ(report.deleted, 0U);
        EXPECT_EQ(server_.uidls().size(), 3U) << "the session was dropped in the middle of a mail";
        EXPECT_FALSE(connections_->seen(id)->at(0).deleted);
        EXPECT_EQ(poll(id).deleted, 3U);
        EXPECT_EQ(intake_.made, 3);
        fetch_options_.deliveries_at_once = 16;
    }
}

TEST_F(PollTest, MailsAreAskedForAheadAndStillToldApart) {
    server_.put({mail("a"), mail("b", std::string(5000, 'x')), mail("a"), mail("c"), mail("d")});
    server_.set({.pipelining = true, .refuse_retr = "-ERR gone"});
    fetch_options_.max_message_octets = 2000;
    restart();
    const auto id = create(settings());
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome) << report.outcome.error().detail;
    EXPECT_EQ(report.taken, 3U);
    EXPECT_EQ(report.oversize, 1U);
    EXPECT_EQ(intake_.comments["pop3:" + std::to_string(id) + ":d"], mail("d").bytes);
    EXPECT_EQ(server_.uidls(), (Uidls{"a", "b"}));
}

TEST_F(PollTest, OddServersAreUnderstood) {
    const auto id = create(settings());
    server_.put({mail("a"), mail("b")});
    server_.set({.offers_capa = false, .odd_words = true, .greeting = "+OK"});
    EXPECT_EQ(poll(id).deleted, 2U);
    server_.put({mail("c"), mail("d"), mail("e")});
    server_.set({.pipelining = true, .refuse_retr = "-ERR gone"});
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome);
    EXPECT_EQ(report.deleted, 2U);
    EXPECT_EQ(server_.uidls(), Uidls{"c"});
    server_.put({});
    server_.set({});
    EXPECT_TRUE(poll(id).outcome) << "an empty mailbox is no fault";
}

TEST_F(PollTest, ALargeMailArrivesWhole) {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += (i % 3 == 0 ? ".line " : "line ") + std::to_string(i) + "\r\n";
    const auto id = create(settings());
    server_.put({mail("big", text)});
    EXPECT_EQ(poll(id).deleted, 1U);
    EXPECT_EQ(intake_.comments["pop3:" + std::to_string(id) + ":big"], mail("big", text).bytes);
}

}  // namespace
}  // namespace restante::fetch
