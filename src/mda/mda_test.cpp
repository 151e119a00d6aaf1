#include "mda/mda.hpp"

#include "directory/test_fixture.hpp"
#include "mda/test_store.hpp"

namespace restante::mda {
namespace {

class RecordingIntake final : public Intake {
public:
    Result<Verdict> take(const Mail& mail) override {
        EXPECT_TRUE(store.by_delivery.contains(mail.delivery_id)) << "the original comes first";
        EXPECT_EQ(store.by_delivery[mail.delivery_id], mail.original_id);
        if (failure) return fail(*failure);
        raw = mail.raw;
        if (comments.insert({mail.delivery_id, mail.uidl}).second) ++made;
        return verdict;
    }
    explicit RecordingIntake(MemoryStore& s) : store(s) {}
    MemoryStore& store;
    std::map<std::string, std::string> comments;
    Verdict verdict{Verdict::Kind::received, "comment 1"};
    std::optional<Error> failure;
    std::string raw;
    int made = 0;
};

class RecordingOutbound final : public Outbound {
public:
    void take(Mail mail, std::function<void(Result<store::Committed>)> done) override {
        if (failure) return done(fail(*failure));
        bytes.push_back(mail.trace + static_cast<MemoryDraft&>(*mail.draft).bytes_);
        mail.draft.reset();
        mails.push_back(std::move(mail));
        done(store::Committed{7, false});
    }
    std::vector<Mail> mails;
    std::vector<std::string> bytes;
    std::optional<Error> failure;
};

class MdaTest : public directory::DirectoryFixture {
protected:
    MdaTest() { make({}); }
    void make(Options options) {
        const auto now = [this](std::function<void()> job) {
            if (!pool_takes_) return false;
            ++pool_jobs_;
            job();
            return true;
        };
        mda_ = make_mda(*directory_, store_, &intake_, &outbound_, clock_, null_log(), now, options);
    }
    Result<Outcome> deliver(const std::vector<std::string>& to, const std::string& bytes, Origin origin = {}) {
        message::Envelope envelope;
        envelope.reverse_path = message::Address{"alice", "elsewhere.example"};
        for (const std::string& address : to) envelope.recipients.push_back({message::Address::parse(address).value()});
        auto draft = store_.create_draft().value();
        EXPECT_TRUE(draft->append(bytes));
        std::vector<Result<Outcome>> answers;
        mda_->deliver(std::move(envelope), std::move(draft), std::move(origin),
                      [&](Result<Outcome> o) { answers.push_back(std::move(o)); });
        EXPECT_EQ(answers.size(), 1U) << "answered exactly once";
        return answers.empty() ? fail(ErrorKind::internal, "no answer") : std::move(answers.front());
    }
    MemoryStore store_;
    RecordingIntake intake_{store_};
    RecordingOutbound outbound_;
    std::unique_ptr<Mda> mda_;
    bool pool_takes_ = true;
    int pool_jobs_ = 0;
};

const std::string kMail = "Subject: x\r\n\r\nhello\r\n";

TEST_F(MdaTest, OneRecipientGetsTheMailWithItsTrace) {
    const auto bob = add("bob");
    Origin origin;
    origin.trace = "Received: from there\r\n\tby here\r\n";
    const auto outcome = deliver({"Bob@example.org"}, kMail, origin);
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->note, "1 maildrop");
    EXPECT_NE(outcome->id, 0);
    EXPECT_EQ(pool_jobs_, 0) << "a small mail needs no other thread";
    ASSERT_EQ(store_.maildrops[bob].size(), 1U);
    EXPECT_EQ(store_.maildrops[bob][0],
              "Return-Path: <alice@elsewhere.example>\r\nDelivered-To: Bob@example.org\r\n"
              "Received: from there\r\n\tby here\r\n" +
                  kMail);
}

TEST_F(MdaTest, EachMaildropGetsItOnce) {
    const auto bob = add("bob"), eve = add("eve");
    ASSERT_TRUE(alias("all@example.org", {"bob", "eve"}));
    ASSERT_TRUE(alias("none@example.org", {"/dev/null"}));
    const auto outcome =
        deliver({"all@example.org", "bob@example.org", "bob+x@example.org", "none@example.org"}, kMail);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->note, "2 maildrops");
    EXPECT_EQ(store_.maildrops[bob].size(), 1U);
    EXPECT_EQ(store_.maildrops[eve].size(), 1U);
    EXPECT_EQ(store_.maildrops[bob][0].find("Delivered-To"), std::string::npos) << "it would show the others";
    EXPECT_EQ(store_.commits, 1);
}

TEST_F(MdaTest, WhoIsLeftGetsItAndNobodyLeftIsAnError) {
    const auto bob = add("bob");
    add("eve");
    ASSERT_TRUE(directory_->delete_account("eve", {}));  // between RCPT and the end of DATA
    ASSERT_TRUE(deliver({"eve@example.org", "bob@example.org"}, kMail));
    EXPECT_EQ(store_.maildrops[bob].size(), 1U);
    const auto nobody = deliver({"eve@example.org"}, kMail);
    EXPECT_EQ(nobody.error().kind, ErrorKind::not_found);
    EXPECT_EQ(deliver({}, kMail).error().kind, ErrorKind::not_found);
    EXPECT_EQ(store_.commits, 1);
}

TEST_F(MdaTest, DiscardedMailIsAcceptedAndNotStored) {
    ASSERT_TRUE(alias("none@example.org", {"/dev/null"}));
    const auto outcome = deliver({"none@example.org"}, kMail);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->id, 0);
    EXPECT_EQ(outcome->note, "discarded");
    EXPECT_EQ(store_.commits, 0);
    EXPECT_EQ(pool_jobs_, 1) << "the answer comes from another thread";
}

TEST_F(MdaTest, AMailLoopEndsAtTheHopLimit) {  // RFC 5321 6.3
    const auto bob = add("bob");
    std::string hops;
    for (int i = 0; i < 99; ++i) hops += "Received: from a\r\n\tby b; Sat, 21 Nov 2026 10:00:00 +0000\r\n";
    ASSERT_TRUE(deliver({"bob@example.org"}, hops + kMail));
    const auto loop = deliver({"bob@example.org"}, hops + "Received: again\r\n" + kMail);
    ASSERT_FALSE(loop);
    EXPECT_EQ(loop.error().kind, ErrorKind::protocol);
    EXPECT_NE(loop.error().detail.find("mail loop"), std::string::npos);
    EXPECT_EQ(store_.maildrops[bob].size(), 1U);
    make({.limits = {.hop_limit = 101}});
    EXPECT_TRUE(deliver({"bob@example.org"}, hops + "Received: again\r\n" + kMail));
}

TEST_F(MdaTest, AnOldReturnPathGivesWayExceptOnFetchedMail) {  // RFC 5321 4.4
    const auto bob = add("bob");
    const std::string old = "X: 1\r\nReturn-Path: <old@a>\r\n\tfolded\r\nY: 2\r\n\r\nReturn-Path: <body@a>\r\n";
    ASSERT_TRUE(deliver({"bob@example.org"}, old));
    EXPECT_EQ(store_.maildrops[bob][0],
              "Return-Path: <alice@elsewhere.example>\r\nDelivered-To: bob@example.org\r\n"
              "X: 1\r\nY: 2\r\n\r\nReturn-Path: <body@a>\r\n");
    Origin fetched;
    fetched.kind = Origin::Kind::fetch;
    ASSERT_TRUE(deliver({"bob@example.org"}, old, fetched));
    EXPECT_EQ(store_.maildrops[bob][1], "Delivered-To: bob@example.org\r\n" + old);
}

TEST_F(MdaTest, ALargeMailIsLookedAtOnThePool) {
    const auto bob = add("bob");
    const std::string large = "Return-Path: <x@y>\r\n" + kMail + std::string(200'000, 'x') + "\r\n";
    ASSERT_TRUE(deliver({"bob@example.org"}, large));
    EXPECT_EQ(pool_jobs_, 1);
    EXPECT_TRUE(store_.maildrops[bob][0].ends_with(large.substr(20)));
    EXPECT_EQ(store_.maildrops[bob][0].find("x@y"), std::string::npos);
    pool_takes_ = false;
    EXPECT_EQ(deliver({"bob@example.org"}, large).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(store_.maildrops[bob].size(), 1U);
}

TEST_F(MdaTest, AStoreFailureIsHandedOn) {
    add("bob");
    store_.failure = Error{ErrorKind::no_space, "disk full", Retry::later};
    EXPECT_EQ(deliver({"bob@example.org"}, kMail).error().kind, ErrorKind::no_space);
    store_.failure.reset();
    EXPECT_TRUE(deliver({"bob@example.org"}, kMail));
}

TEST_F(MdaTest, TheSameDeliveryAgainIsADuplicate) {
    const auto bob = add("bob");
    Origin origin;
    origin.kind = Origin::Kind::outbox;
    origin.delivery_id = "outbox:17";
    const auto first = deliver({"bob@example.org"}, kMail, origin);
    const auto again = deliver({"bob@example.org"}, kMail, origin);
    EXPECT_FALSE(first->duplicate);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(first->id, again->id);
    EXPECT_EQ(store_.maildrops[bob].size(), 1U);
}

TEST_F(MdaTest, RecipientsAreCheckedAsTheyAreRouted) {
    add("bob");
    const auto check = [&](const char* address, Origin::Kind from = Origin::Kind::mx) {
        return mda_->check_recipient(message::Address::parse(address).value(), from);
    };
    EXPECT_TRUE(check("bob@example.org"));
    EXPECT_EQ(check("eve@example.org").error().kind, ErrorKind::not_found);
    EXPECT_EQ(check("bob@elsewhere.example").error().kind, ErrorKind::denied) << "strangers do not relay";
    EXPECT_EQ(check("bob@elsewhere.example", Origin::Kind::fetch).error().kind, ErrorKind::denied);
    EXPECT_TRUE(check("bob@elsewhere.example", Origin::Kind::submission));
    EXPECT_TRUE(check("bob@elsewhere.example", Origin::Kind::outbox));
    EXPECT_EQ(check("eve@example.org", Origin::Kind::submission).error().kind, ErrorKind::not_found);
}

TEST_F(MdaTest, MailForElsewhereGoesToWhoeverCarriesIt) {
    const auto bob = add("bob");
    Origin origin;
    origin.kind = Origin::Kind::submission;
    origin.trace = "Received: x\r\n";
    const auto outcome = deliver(
        {"x@elsewhere.example", "bob@example.org", "y@elsewhere.example", "x@elsewhere.example"}, kMail, origin);
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->note, "1 maildrop, 2 to send");
    EXPECT_EQ(store_.maildrops[bob].size(), 1U);
    ASSERT_EQ(outbound_.mails.size(), 1U);
    EXPECT_EQ(outbound_.mails[0].envelope.recipients.size(), 2U) << "each once, bob not among them";
    EXPECT_EQ(outbound_.bytes[0], "Received: x\r\n" + kMail) << "no Return-Path, no Delivered-To before the last hop";
    outbound_.failure = Error{ErrorKind::no_space, "disk full", Retry::later};
    EXPECT_EQ(deliver({"x@elsewhere.example"}, kMail, origin).error().kind, ErrorKind::no_space);
    EXPECT_EQ(deliver({"x@elsewhere.example", "bob@example.org"}, kMail, origin).error().kind, ErrorKind::no_space)
        << "half of it is not enough for a 250";
}

TEST_F(MdaTest, AnAliasMayLeadOutside) {
    const auto bob = add("bob");
    options_.allow_remote_destinations = true;
    reopen();
    make({});
    ASSERT_TRUE(alias("out@example.org", {"x@elsewhere.example", "bob"}));
    ASSERT_TRUE(deliver({"out@example.org"}, kMail));
    EXPECT_EQ(store_.maildrops[bob].size(), 1U);
    ASSERT_EQ(outbound_.mails.size(), 1U);
    const auto& recipient = outbound_.mails[0].envelope.recipients.at(0);
    EXPECT_EQ(recipient.address.to_string(), "x@elsewhere.example");
    ASSERT_TRUE(recipient.orcpt);  // SM24: who was written to is not forgotten
    EXPECT_EQ(recipient.orcpt->address, "out@example.org");
    mda_ = make_mda(*directory_, store_, nullptr, nullptr, clock_, null_log(), [](auto job) {
        job();
        return true;
    });
    EXPECT_FALSE(deliver({"out@example.org"}, kMail)) << "half a delivery would lose mail";
}

Origin reply(const std::string& uidl) {
    Origin origin;
    origin.kind = Origin::Kind::fetch;
    origin.purpose = Origin::Purpose::replies;
    origin.connection_id = 3;
    origin.uidl = uidl;
    origin.delivery_id = "pop3:3:" + uidl;
    return origin;
}

TEST_F(MdaTest, AReplyIsKeptThenTakenIn) {
    const auto outcome = deliver({}, kMail, reply("a"));
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->note, "received: comment 1");
    EXPECT_EQ(intake_.raw, kMail);
    EXPECT_EQ(store_.maildrops[store::kOriginals], std::vector<std::string>{kMail});
    intake_.verdict = {Verdict::Kind::unrelated, "no token"};
    EXPECT_EQ(deliver({}, kMail, reply("b"))->verdict, Verdict::Kind::unrelated);
}

TEST_F(MdaTest, ARepeatedReplyMakesNoSecondComment) {
    intake_.failure = Error{ErrorKind::unavailable, "database away", Retry::later};
    EXPECT_EQ(deliver({}, kMail, reply("a")).error().kind, ErrorKind::unavailable);
    intake_.failure.reset();
    ASSERT_TRUE(deliver({}, kMail, reply("a")));  // after the fault, and again after a lost QUIT
    const auto again = deliver({}, kMail, reply("a"));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->note, "received: comment 1");
    EXPECT_EQ(intake_.made, 1);
    EXPECT_EQ(store_.maildrops[store::kOriginals].size(), 1U);
}

TEST_F(MdaTest, AReplyIsNotJudgedBeforeItsOriginalIsSafe) {
    store_.failure = Error{ErrorKind::no_space, "disk full", Retry::later};
    EXPECT_EQ(deliver({}, kMail, reply("a")).error().kind, ErrorKind::no_space);
    EXPECT_EQ(intake_.made, 0);
    store_.failure.reset();
    Origin nameless = reply("a");
    nameless.delivery_id.clear();
    EXPECT_FALSE(deliver({}, kMail, nameless));
    make({.limits = {.intake_octets = 10}});
    ASSERT_TRUE(deliver({}, kMail, reply("a")));
    EXPECT_EQ(intake_.raw, kMail.substr(0, 10));
    EXPECT_EQ(store_.maildrops[store::kOriginals], std::vector<std::string>{kMail}) << "the original is whole";
    mda_ = make_mda(*directory_, store_, nullptr, nullptr, clock_, null_log(), [](auto job) {
        job();
        return true;
    });
    EXPECT_EQ(deliver({}, kMail, reply("b")).error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace restante::mda
