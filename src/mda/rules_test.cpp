// Lists, forwards, automatic replies and quotas through the door.
#include <algorithm>

#include "directory/test_fixture.hpp"
#include "mda/account_rules.hpp"
#include "mda/bounce_tokens.hpp"
#include "mda/mda.hpp"
#include "mda/receipts.hpp"
#include "mda/test_store.hpp"

namespace restante::mda {
namespace {
using namespace std::chrono_literals;

class SizedStore final : public MemoryStore {
public:
    Result<store::MaildropSize> size_of(store::MaildropId id) override { return sizes[id]; }
    std::optional<store::MaildropSize> known_size(store::MaildropId id) override {
        return known ? std::optional(sizes[id]) : std::nullopt;
    }
    std::map<store::MaildropId, store::MaildropSize> sizes;
    bool known = true;
};

class Collector final : public Outbound {
public:
    void take(Mail mail, std::function<void(Result<store::Committed>)> done) override {
        texts.push_back(mail.trace + static_cast<MemoryDraft&>(*mail.draft).bytes_);
        mail.draft.reset();
        mails.push_back(std::move(mail));
        done(store::Committed{7, false});
    }
    std::vector<Mail> mails;
    std::vector<std::string> texts;
};

class ToldOf final : public Receipts {
public:
    void delivered(const Arrival& arrival) override { arrivals.push_back(arrival); }
    std::vector<Arrival> arrivals;
};

class RulesThroughTheDoor : public directory::DirectoryFixture {
protected:
    RulesThroughTheDoor() {
        options_.allow_remote_destinations = true;
        reopen();
        EXPECT_TRUE(database_->migrate(store::Outbox::migrations()));
        outbox_.emplace(*database_, clock_, ids_);
        make({});
    }
    void make(RuleOptions rules, std::size_t verp_limit = 100) {
        auto opened = AccountRules::open({*database_, *directory_, store_, *outbox_, clock_, ids_, null_log()}, rules);
        ASSERT_TRUE(opened) << opened.error().detail;
        rules_ = std::move(*opened);
        Options options;
        options.list_key = "secret";
        options.forward_key = std::string(32, 'f');
        options.limits.verp_limit = verp_limit;
        const auto now = [](std::function<void()> job) { return job(), true; };
        mda_ = make_mda(*directory_, store_, nullptr, &out_, clock_, null_log(), now, options, rules_.get(), &told_);
    }
    Result<Outcome> deliver(const std::string& to, const std::string& bytes,
                            const std::string& from = "x@elsewhere.example", Origin origin = {}) {
        message::Envelope envelope;
        if (!from.empty()) envelope.reverse_path = message::Address::parse(from).value();
        envelope.recipients.push_back({message::Address::parse(to).value()});
        auto draft = store_.create_draft().value();
        EXPECT_TRUE(draft->append(bytes));
        Result<Outcome> answer = fail(ErrorKind::internal, "no answer");
        mda_->deliver(std::move(envelope), std::move(draft), std::move(origin),
                      [&](Result<Outcome> o) { answer = std::move(o); });
        return answer;
    }
    std::vector<store::WaitingMail> waiting() { return outbox_->due(clock_.now() + 1h, 100).value(); }
    Result<void> rcpt(const std::string& to) {
        return mda_->check_recipient(message::Address::parse(to).value(), Origin::Kind::mx);
    }

    SizedStore store_;
    Collector out_;
    std::optional<store::Outbox> outbox_;
    std::unique_ptr<AccountRules> rules_;
    ToldOf told_;
    std::unique_ptr<Mda> mda_;
};

TEST_F(RulesThroughTheDoor, AListIsOneCommitForItsMembersHereAndHidesThem) {  // S5.27
    const auto bob = add("bob"), eve = add("eve");
    ASSERT_TRUE(directory_->create_list("staff", "example.org", {}, {}));
    ASSERT_TRUE(directory_->put_members(
        "staff", {"bob@example.org", "eve@example.org", "x@elsewhere.example", "y@elsewhere.example"}, {}));
    const int before = store_.commits;
    const auto done =
        deliver("staff@example.org", "Sender: q@r.test\r\nFrom: x@elsewhere.example\r\nSubject: s\r\n\r\nhi\r\n");
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(done->note, "2 maildrops, 2 to send");
    EXPECT_EQ(store_.commits, before + 1);
    ASSERT_EQ(store_.maildrops[bob].size(), 1U);
    EXPECT_EQ(store_.maildrops[bob], store_.maildrops[eve]);
    const std::string& text = store_.maildrops[bob][0];
    EXPECT_TRUE(text.starts_with("Return-Path: <staff-bounces+")) << text;
    EXPECT_NE(text.find("\r\nList-Id: <staff.example.org>\r\n"), std::string::npos);
    EXPECT_EQ(text.find("q@r.test"), std::string::npos) << "the sender's Sender is replaced";
    EXPECT_EQ(text.find("eve@example.org"), std::string::npos) << "no member is named";
    ASSERT_EQ(out_.mails.size(), 2U) << "each with a bounce address of its own";
    EXPECT_NE(out_.mails[0].envelope.reverse_path, out_.mails[1].envelope.reverse_path);
    EXPECT_EQ(deliver("staff@example.org", "From: nobody@elsewhere.example\r\n\r\nhi\r\n").error().kind,
              ErrorKind::denied);
    EXPECT_EQ(deliver("staff@example.org", out_.texts[0]).error().kind, ErrorKind::protocol)
        << "a copy does not come in again";
}

TEST_F(RulesThroughTheDoor, ManyMembersElsewhereShareACopy) {
    make({}, 1);
    ASSERT_TRUE(directory_->create_list("staff", "example.org", {.posting = directory::Posting::anyone}, {}));
    ASSERT_TRUE(directory_->put_members("staff", {"x@elsewhere.example", "y@elsewhere.example"}, {}));
    ASSERT_TRUE(deliver("staff@example.org", "Subject: s\r\n\r\nhi\r\n"));
    ASSERT_EQ(out_.mails.size(), 1U);
    EXPECT_EQ(out_.mails[0].envelope.recipients.size(), 2U);
    EXPECT_EQ(
        out_.mails[0].envelope.reverse_path->to_string(),
        "staff-bounces+" + BounceTokens("secret").make(directory_->list_named("staff")->list.id, 0) + "@example.org");
}

TEST_F(RulesThroughTheDoor, ABounceCountsAgainstItsMemberOnly) {
    ASSERT_TRUE(directory_->create_list("staff", "example.org",
                                        {.posting = directory::Posting::anyone, .bounce_limit = 1}, {}));
    ASSERT_TRUE(directory_->put_members("staff", {"x@elsewhere.example", "y@elsewhere.example"}, {}));
    ASSERT_TRUE(deliver("staff@example.org", "Subject: s\r\n\r\nhi\r\n"));
    const std::string back = out_.mails.at(1).envelope.reverse_path->to_string();
    EXPECT_TRUE(rcpt(back));
    EXPECT_FALSE(deliver("staff-bounces+0000000000000001aaaaaaaa@example.org", "Subject: forged\r\n\r\n", ""));
    EXPECT_FALSE(deliver(back, "Subject: no bounce\r\n\r\n", "z@elsewhere.example"));
    EXPECT_EQ(directory_->list_named("staff")->list.suspended, 0U);
    ASSERT_TRUE(deliver(back, "From: MAILER-DAEMON@elsewhere.example\r\nSubject: Undelivered\r\n\r\n", ""));
    const auto view = directory_->list_named("staff");
    EXPECT_TRUE(view->member("y@elsewhere.example")->suspended_at);
    EXPECT_FALSE(view->member("x@elsewhere.example")->suspended_at);
    out_.mails.clear();
    ASSERT_TRUE(deliver("staff@example.org", "Subject: s\r\n\r\nhi\r\n"));
    EXPECT_EQ(out_.mails.size(), 1U) << "the suspended one gets nothing";
}

TEST_F(RulesThroughTheDoor, TenThousandMembersAreOneCommit) {
    std::vector<directory::Directory::NewAccount> accounts;
    std::vector<std::string> members;
    for (int i = 0; i < 10'000; ++i) {
        accounts.push_back({"u" + std::to_string(i), "example.org", "", "", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="});
        members.push_back("u" + std::to_string(i) + "@example.org");
    }
    ASSERT_TRUE(directory_->create_accounts(accounts, {}));
    ASSERT_TRUE(directory_->create_list("all", "example.org", {.posting = directory::Posting::anyone}, {}));
    ASSERT_TRUE(directory_->put_members("all", members, {}));
    const int before = store_.commits;
    const auto done = deliver("all@example.org", "Subject: s\r\n\r\nhi\r\n");
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(done->note, "10000 maildrops");
    EXPECT_EQ(store_.commits, before + 1);
}

TEST_F(RulesThroughTheDoor, AForwardLeavesWithASenderOfOursAndItsBounceFindsBack) {
    const auto bob = add("bob");
    ASSERT_TRUE(directory_->set_forwarding("bob", {{"y@far.example"}, true}, {}));
    ASSERT_TRUE(deliver("bob@example.org", "Subject: s\r\n\r\nhi\r\n"));
    EXPECT_EQ(store_.maildrops[bob].size(), 1U);
    ASSERT_EQ(out_.mails.size(), 1U);
    const auto rewritten = *out_.mails[0].envelope.reverse_path;
    EXPECT_EQ(rewritten.domain, "example.org");
    EXPECT_TRUE(rcpt(rewritten.to_string()));
    ASSERT_TRUE(deliver(rewritten.to_string(), "Subject: Undelivered\r\n\r\n", ""));
    EXPECT_EQ(out_.mails.at(1).envelope.recipients.at(0).address.to_string(), "x@elsewhere.example");
    EXPECT_FALSE(out_.mails[1].envelope.reverse_path);
    EXPECT_FALSE(deliver(rewritten.to_string(), "Subject: advertisement\r\n\r\n")) << "bounces only";
    EXPECT_FALSE(rcpt("SRS0=aaaaaaaa=aa=elsewhere.example=x@example.org")) << "not made here";
    ASSERT_TRUE(deliver("bob@example.org", "Subject: s\r\n\r\nhi\r\n", ""));
    EXPECT_FALSE(out_.mails.back().envelope.reverse_path) << "the null reverse-path stays";
}

TEST_F(RulesThroughTheDoor, AnAutomaticReplyOnceAWeekAndSender) {  // D5
    add("bob");
    directory::AutoReply reply;
    reply.body = "Away";
    ASSERT_TRUE(directory_->set_auto_reply("bob", reply, {}));
    const std::string mail = "To: bob@example.org\r\nSubject: s\r\n\r\nhi\r\n";
    ASSERT_TRUE(deliver("bob@example.org", mail));
    ASSERT_EQ(waiting().size(), 1U);
    EXPECT_EQ(waiting()[0].mail.reverse_path, "");
    EXPECT_EQ(waiting()[0].mail.recipients, std::vector<std::string>{"x@elsewhere.example"});
    ASSERT_TRUE(deliver("bob@example.org", mail, "X@elsewhere.example"));
    EXPECT_EQ(waiting().size(), 1U);
    ASSERT_TRUE(deliver("bob@example.org", mail, "z@elsewhere.example"));
    EXPECT_EQ(waiting().size(), 2U);
    ASSERT_TRUE(deliver("bob@example.org", mail, ""));
    EXPECT_EQ(waiting().size(), 2U) << "never to the null sender: two of them cannot keep each other busy";
    clock_.advance(8 * 24h);
    make({.auto_reply_senders = 1});
    ASSERT_TRUE(deliver("bob@example.org", mail));
    EXPECT_EQ(waiting().size(), 3U);
    clock_.advance(1s);
    ASSERT_TRUE(deliver("bob@example.org", mail, "z@elsewhere.example"));
    ASSERT_TRUE(deliver("bob@example.org", mail));
    EXPECT_EQ(waiting().size(), 5U) << "with room for one, the older is forgotten";
    reply.until = clock_.now();
    ASSERT_TRUE(directory_->set_auto_reply("bob", reply, {}));
    ASSERT_TRUE(deliver("bob@example.org", mail, "new@elsewhere.example"));
    EXPECT_EQ(waiting().size(), 5U) << "its time is over";
}

TEST_F(RulesThroughTheDoor, AFullMaildropIsRefusedForNowAndLaterForGood) {
    const auto bob = add("bob");
    ASSERT_TRUE(directory_->set_account_quota("bob", directory::Quota{1000, 0}, {}));
    store_.sizes[bob] = {3, 999};
    EXPECT_TRUE(rcpt("bob@example.org"));
    store_.sizes[bob] = {3, 1000};
    store_.known = false;
    EXPECT_TRUE(rcpt("bob@example.org")) << "not looked up while RCPT waits";
    EXPECT_EQ(deliver("bob@example.org", "Subject: s\r\n\r\n").error().kind, ErrorKind::over_quota);
    store_.known = true;
    EXPECT_EQ(rcpt("bob@example.org").error().retry, Retry::later);
    clock_.advance(8 * 24h);
    EXPECT_EQ(rcpt("bob@example.org").error().retry, Retry::never);
    Origin own;
    own.kind = Origin::Kind::outbox;
    EXPECT_TRUE(deliver("bob@example.org", "Subject: s\r\n\r\n", "", own)) << "a warning gets in";
    add("eve");
    ASSERT_TRUE(alias("both@example.org", {"bob", "eve"}));
    EXPECT_TRUE(rcpt("both@example.org")) << "eve is not kept from her mail";
}

TEST_F(RulesThroughTheDoor, TheOwnerIsWarnedOnceACrossing) {
    const auto bob = add("bob");
    ASSERT_TRUE(directory_->set_account_quota("bob", directory::Quota{0, 100}, {}));
    std::vector<std::string> subjects;
    const auto with = [&](std::uint64_t messages) {
        store_.sizes[bob] = {messages, 0};
        EXPECT_TRUE(
            deliver("bob@example.org", "Subject: s\r\n\r\n", "x@elsewhere.example", {.kind = Origin::Kind::outbox}));
        subjects.clear();
        for (const auto& mail : waiting()) subjects.push_back(message::parse(mail.mail.bytes).subject);
        return subjects.size();
    };
    EXPECT_EQ(with(79), 0U);
    EXPECT_EQ(with(80), 1U);
    EXPECT_EQ(with(85), 1U);
    EXPECT_EQ(with(90), 2U);
    make({});
    EXPECT_EQ(with(94), 2U) << "known after a restart";
    EXPECT_EQ(with(97), 3U);
    EXPECT_EQ(with(100), 4U);
    EXPECT_EQ(subjects, (std::vector<std::string>{"Your mailbox is 80 % full", "Your mailbox is 90 % full",
                                                  "Your mailbox is 95 % full", "Your mailbox is full"}));
    EXPECT_EQ(with(10), 4U);
    EXPECT_EQ(with(81), 5U) << "made room, and crossed again";
    EXPECT_EQ(with(80), 5U) << "one was deleted, one came";
    store_.sizes[bob] = {};
    ASSERT_TRUE(directory_->set_account_quota("bob", directory::Quota{0, 1}, {}));
    EXPECT_EQ(with(1), 6U);
    EXPECT_EQ(with(1), 7U) << "emptied, and filled by one mail: nothing was delivered below the mark";
}

TEST_F(RulesThroughTheDoor, TellsSendersWhoAskedThatTheirMailHasArrived) {  // SM24: RFC 3461 4.1
    add("bob");
    add("ann");
    message::Envelope envelope;
    envelope.reverse_path = message::Address::parse("x@elsewhere.example").value();
    envelope.recipients.push_back({message::Address::parse("bob@example.org").value(), {.success = true}});
    envelope.recipients.push_back({message::Address::parse("ann@example.org").value(), {.failure = true}});
    const auto send = [&](message::Envelope sent, const char* id) {
        auto draft = store_.create_draft().value();
        EXPECT_TRUE(draft->append("Subject: x\r\n\r\nbody\r\n"));
        Origin origin;
        origin.delivery_id = id;
        mda_->deliver(std::move(sent), std::move(draft), std::move(origin), [](Result<Outcome> o) { EXPECT_TRUE(o); });
    };
    send(envelope, "one");
    ASSERT_EQ(told_.arrivals.size(), 1U);
    EXPECT_EQ(told_.arrivals[0].recipients.size(), 1U);
    EXPECT_EQ(told_.arrivals[0].recipients[0].address.to_string(), "bob@example.org");
    EXPECT_TRUE(told_.arrivals[0].head.starts_with("Subject: x\r\n"));
    EXPECT_EQ(told_.arrivals[0].delivery_id, "one");
    envelope.reverse_path.reset();
    send(envelope, "two");
    store_.failure = Error{ErrorKind::no_space, "disk full", Retry::later};
    envelope.reverse_path = message::Address::parse("x@elsewhere.example").value();
    auto draft = store_.create_draft().value();
    mda_->deliver(envelope, std::move(draft), {}, [](Result<Outcome> o) { EXPECT_FALSE(o); });
    EXPECT_EQ(told_.arrivals.size(), 1U) << "the null sender, and what was not stored";
}

}  // namespace
}  // namespace restante::mda
