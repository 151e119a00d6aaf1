#include "moving/mbox.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace restante::moving {
namespace {

std::string unquoted(FromQuoting quoting, std::string_view text, std::size_t piece) {
    FromUnquoter unquoter(quoting);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece) unquoter.convert(text.substr(at, piece), out);
    unquoter.finish(out);
    return out;
}

TEST(FromUnquoter, TakesOneQuoteWhereItWasPut) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
        EXPECT_EQ(unquoted(FromQuoting::mboxrd, ">From a\n>>From b\n> From\nx>From\n>From", piece), "From a\n>From b\n> From\nx>From\n>From");
        EXPECT_EQ(unquoted(FromQuoting::mboxo, ">From a\n>>From b\n", piece), "From a\n>>From b\n");
        EXPECT_EQ(unquoted(FromQuoting::none, ">From a\n", piece), ">From a\n");
        const std::string many(5'000, '>');
        EXPECT_EQ(unquoted(FromQuoting::mboxrd, many + "From x\n", piece), many + "From x\n");
    }
}

std::string time_of(std::string_view line) {
    const auto time = parse_from_line(line);
    return time ? to_rfc3339(*time) : "none";
}

TEST(FromLine, TakesTheFormsThatAreFound) {
    EXPECT_EQ(time_of("From a@b.c Sat Nov 21 22:03:45 2026"), "2026-11-21T22:03:45.000000Z");
    EXPECT_EQ(time_of("From MAILER-DAEMON Thu Jan  1 00:00:00 1970"), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(time_of("From a@b Sat Nov 21 22:03:45 +0100 2026"), "2026-11-21T21:03:45.000000Z");
    EXPECT_EQ(time_of("From a@b Sat Nov 21 22:03 CET 2026"), "2026-11-21T22:03:00.000000Z");
    EXPECT_EQ(time_of("From \"a b\"@c Sat Nov 21 22:03:45 2026 remote from x"), "2026-11-21T22:03:45.000000Z");
    EXPECT_EQ(time_of("From here on we speak of Sat Nov 21"), "none");
    EXPECT_EQ(time_of("From a@b Sat Nov 31 22:03:45 2026"), "none");
    EXPECT_EQ(time_of("From "), "none");
}

class MboxTest : public testing::Test {
protected:
    MboxTest() {
        std::string pattern = testing::TempDir() + "restante-mbox-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~MboxTest() override { std::filesystem::remove_all(folder_); }

    void load(const std::string& text, MboxOptions options = {}) {
        std::ofstream(folder_ + "/mbox") << text;
        source_ = open_mbox(folder_ + "/mbox", options).value();
        auto listing = source_->list();
        ASSERT_TRUE(listing) << listing.error().detail;
        listing_ = std::move(*listing);
    }
    std::string text(std::size_t index) {
        std::string out;
        EXPECT_TRUE(source_->read(listing_.messages.at(index), [&](std::string_view piece) -> Result<void> {
            out += piece;
            return {};
        }));
        return out;
    }
    std::string folder_;
    std::unique_ptr<Source> source_;
    SourceListing listing_;
};

const std::string kFirst = "From a@b Sat Nov 21 22:03:45 2026\n";

TEST_F(MboxTest, FindsMessagesAndTheirEnds) {
    load(kFirst + "Subject: 1\n\nbody\nFrom here on\n\nFrom now\n>From x\n\n" + kFirst + "Subject: 2\nContent-Length: 9999\n\n\n\n" + kFirst +
         "Subject: 3\n\n" + std::string(10'000, 'x') + "\nlast");
    ASSERT_EQ(listing_.messages.size(), 3U);
    EXPECT_EQ(text(0), "Subject: 1\n\nbody\nFrom here on\n\nFrom now\nFrom x\n");
    EXPECT_EQ(text(1), "Subject: 2\nContent-Length: 9999\n\n\n");
    EXPECT_EQ(text(2), "Subject: 3\n\n" + std::string(10'000, 'x') + "\nlast");
    EXPECT_EQ(to_rfc3339(listing_.messages[0].received_at), "2026-11-21T22:03:45.000000Z");
}

TEST_F(MboxTest, KeysStayWhenFlagsAndNeighboursChange) {
    const std::string one = kFirst + "Subject: 1\n\nbody\n\n", same = kFirst + "Subject: 1\nStatus: RO\nX-UID: 3\n\nbody\n\n";
    load(one + one + kFirst + "Subject: 2\n\nend\n");
    const auto before = listing_.messages;
    load(same + one + kFirst + "Subject: 2\n\nend\n\n" + kFirst + "Subject: 3\n\n");
    ASSERT_EQ(listing_.messages.size(), 4U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(listing_.messages[i].key, before[i].key) << i;
    EXPECT_NE(before[0].key, before[1].key);
}

TEST_F(MboxTest, TakesTheUidlsThatServersWriteDown) {
    const std::string text = kFirst + "X-IMAPbase: 1276528487 0000000005\nX-UID: 27\n\n\n" + kFirst + "X-UIDL: abc\nX-UID: 28\n\nX-UIDL: no\n\n" +
                             kFirst + "Subject: none\n\n";
    load(text);
    EXPECT_EQ(listing_.messages[0].uidl, "0000001b4c164767");
    EXPECT_EQ(listing_.messages[1].uidl, "abc");
    EXPECT_EQ(listing_.messages[2].uidl, "");
    EXPECT_THAT(listing_.notes, testing::ElementsAre(testing::HasSubstr("1 messages have no UIDL")));
    load(text, {.uidls = MboxOptions::Uidls::dovecot});
    EXPECT_EQ(listing_.messages[1].uidl, "0000001c4c164767");
    load(text, {.uidls = MboxOptions::Uidls::none});
    EXPECT_EQ(listing_.messages[0].uidl, "");
}

TEST_F(MboxTest, LeavesOutWhatIsNoMail) {
    load("garbage\n\n" + kFirst + "X-IMAP: 1276528487 5\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n\nx\n\n" + kFirst + "Subject: 1\n\n");
    EXPECT_EQ(listing_.messages.size(), 1U);
    EXPECT_EQ(listing_.notes.size(), 3U);
    load("");
    EXPECT_TRUE(listing_.messages.empty());
    std::ofstream(folder_ + "/other") << "no mbox\n";
    EXPECT_EQ(open_mbox(folder_ + "/other", {}).value()->list().error().kind, ErrorKind::invalid);
    EXPECT_FALSE(open_mbox(folder_, {}));
    EXPECT_EQ(open_mbox(folder_ + "/none", {}).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace restante::moving
