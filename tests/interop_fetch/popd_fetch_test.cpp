// Our own POP3 server as the foreign one.
#include "popd_road.hpp"

namespace restante::fetch {
namespace {

using PopdFetchTest = PopdRoad;

TEST_F(PopdFetchTest, AMailBySmtpsDoorComesBackAsAComment) {
    for (const TlsMode mode : {TlsMode::stls, TlsMode::implicit}) {
        deliver("replies+abc@example.org", "Subject: Re: hello\r\n\r\n.yes\r\n");
        const auto before = intake_.comments();
        const PollReport report = poll(create(settings(mode)));
        ASSERT_TRUE(report.outcome) << to_string(mode) << ": " << report.outcome.error().detail;
        EXPECT_EQ(report.deleted, 1U);
        EXPECT_EQ(intake_.comments(), before + 1);
        EXPECT_TRUE(maildrop(replies_).empty());
        const auto originals = maildrop(store::kOriginals);
        ASSERT_FALSE(originals.empty());
        EXPECT_TRUE(
            originals.back().ends_with("Delivered-To: replies+abc@example.org\r\nSubject: Re: hello\r\n\r\n.yes\r\n"));
    }
}

TEST_F(PopdFetchTest, AMailboxThatIsOpenElsewhereIsTriedLater) {
    deliver("replies@example.org", "Subject: x\r\n\r\n");
    const auto id = create(settings(TlsMode::implicit));
    {
        const auto lease = store_->open_maildrop(replies_).value();
        const PollReport report = poll(id);
        ASSERT_FALSE(report.outcome);
        EXPECT_EQ(report.outcome.error().kind, ErrorKind::busy) << report.outcome.error().detail;
    }
    EXPECT_EQ(poll(id).deleted, 1U);
}

TEST_F(PopdFetchTest, FetchingAMaildropIntoItselfEndsAtTheHopLimit) {
    Settings s = settings(TlsMode::implicit);
    s.purpose = Purpose::maildrop;
    s.account = "replies";
    const auto id = create(s);
    std::string hops;
    for (int i = 0; i < 98; ++i) hops += "Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000\r\n";
    deliver("replies@example.org", hops + "Subject: x\r\n\r\n");
    EXPECT_EQ(poll(id).taken, 1U);
    EXPECT_EQ(poll(id).taken, 1U);
    const PollReport last = poll(id);
    EXPECT_EQ(last.taken, 0U);
    EXPECT_EQ(last.refused, 1U);
    EXPECT_EQ(maildrop(replies_).size(), 1U) << "it stays where it is, once";
}

TEST_F(PopdFetchTest, ManyMailsArriveOnceEach) {
    for (int i = 0; i < 200; ++i)
        deliver("replies@example.org", "Subject: " + std::to_string(i) + "\r\n\r\n" + std::string(3000, 'x') + "\r\n");
    Settings s = settings(TlsMode::implicit);
    s.purpose = Purpose::maildrop;
    s.account = "bob";
    const auto id = create(s);
    const PollReport report = poll(id);
    ASSERT_TRUE(report.outcome) << report.outcome.error().detail;
    EXPECT_EQ(report.deleted, 200U);
    EXPECT_EQ(maildrop(bob_).size(), 200U);
    EXPECT_TRUE(maildrop(replies_).empty());
    EXPECT_EQ(poll(id).listed, 0U);
}

}  // namespace
}  // namespace restante::fetch
