#include "mta/relay.hpp"

#include "mta/test_fixture.hpp"

namespace restante::mta {
namespace {

class RelayTest : public SmtpFixture {
protected:
    RelayTest() { EXPECT_TRUE(database_->migrate(store::Outbox::migrations())); }
    ~RelayTest() override {
        if (relay_) relay_->stop();
        EXPECT_TRUE(group_.wait(20s));
    }
    void start() {
        RelayOptions options;
        options.host_name = "mx.example.org";
        options.poll = 5ms;
        relay_ = std::make_unique<Relay>(
            Relay::Parts{work_, group_, outbox_, *mda_, store_, clock_, null_log(), metrics_}, options);
        relay_->start(io_.next());
    }
    store::OutboxId enqueue(std::vector<std::string> to, const std::string& from = "") {
        const auto id = outbox_.enqueue({from, std::move(to), "Subject: note\r\n\r\nhello\r\n", {}, ""});
        EXPECT_TRUE(id) << id.error().detail;
        return id.value_or(0);
    }
    template <class Condition>
    bool eventually(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 15s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(2ms);
        }
        return true;
    }
    bool empties() {
        return eventually([this] { return outbox_.size() == 0; });
    }
    std::uint64_t total(const char* name) { return metrics_.counter(name, "").value(); }

    store::Outbox outbox_{*database_, clock_, ids_};
    std::unique_ptr<Relay> relay_;
};

TEST_F(RelayTest, AMailReachesItsMaildropsAndLeavesTheOutbox) {
    enqueue({"bob@example.org", "alice@example.org"});
    start();
    ASSERT_TRUE(empties());
    ASSERT_EQ(store_.maildrop(bob_).size(), 1U);
    EXPECT_EQ(store_.maildrop(alice_).size(), 1U);
    const std::string mail = store_.maildrop(bob_)[0];
    EXPECT_EQ(mail.rfind("Return-Path: <>\r\nReceived: by mx.example.org id ", 0), 0U) << mail;
    EXPECT_TRUE(mail.ends_with("Subject: note\r\n\r\nhello\r\n"));
    enqueue({"bob@example.org"});  // later ones too
    EXPECT_TRUE(eventually([this] { return store_.maildrop(bob_).size() == 2; }));
}

TEST_F(RelayTest, MoreThanOneBatchArrivesWhole) {
    for (int i = 0; i < 100; ++i) enqueue({"bob@example.org"});
    start();
    ASSERT_TRUE(empties());
    EXPECT_EQ(store_.maildrop(bob_).size(), 100U);
    EXPECT_EQ(total("outbox_delivered_total"), 100U);
}

TEST_F(RelayTest, ACrashBeforeTheRemovalMakesNoSecondCopy) {
    const auto id = enqueue({"bob@example.org"});
    store::Delivery first;  // what the process before had committed
    first.maildrops = {bob_};
    first.delivery_id = "outbox:" + std::to_string(id);
    auto draft = store_.create_draft().value();
    ASSERT_TRUE(draft->append("first\r\n"));
    std::atomic<bool> stored{false};
    store_.commit(std::move(draft), first, [&](const auto& done) { stored = done.has_value(); });
    ASSERT_TRUE(eventually([&] { return stored.load(); }));
    start();
    ASSERT_TRUE(empties());
    EXPECT_EQ(store_.maildrop(bob_), std::vector<std::string>{"first\r\n"});
}

TEST_F(RelayTest, AFullDiskPostponesAndNothingIsLost) {
    store_.fail_with({}, {}, Error{ErrorKind::no_space, "disk full", Retry::later});
    enqueue({"bob@example.org"});
    start();
    ASSERT_TRUE(eventually([this] { return total("outbox_postponed_total") == 1; }));
    EXPECT_EQ(outbox_.size(), 1U);
    store_.fail_with({}, {}, {});
    std::this_thread::sleep_for(50ms);
    EXPECT_TRUE(store_.all().empty());  // not before its time
    clock_.advance(1s);
    ASSERT_TRUE(empties());
    EXPECT_EQ(store_.maildrop(bob_).size(), 1U);
}

TEST_F(RelayTest, FailuresOfTheDraftPostponeToo) {
    store_.fail_with(Error{ErrorKind::io, "broken", Retry::later}, {}, {});
    enqueue({"bob@example.org"});
    start();
    ASSERT_TRUE(eventually([this] { return total("outbox_postponed_total") == 1; }));
    store_.fail_with({}, Error{ErrorKind::no_space, "full", Retry::later}, {});
    clock_.advance(1s);
    ASSERT_TRUE(eventually([this] { return total("outbox_postponed_total") == 2; }));
    store_.fail_with({}, {}, {});
    clock_.advance(1s);
    std::this_thread::sleep_for(30ms);
    EXPECT_EQ(outbox_.size(), 1U);  // the second pause is longer
    clock_.advance(1s);
    EXPECT_TRUE(empties());
}

TEST_F(RelayTest, WhoIsNotHereIsGivenUpAndTheOthersGetIt) {
    enqueue({"nobody@example.org", "bob@example.org", "x@elsewhere.example", "not an address"});
    enqueue({"x@elsewhere.example"});
    start();
    ASSERT_TRUE(empties());
    EXPECT_EQ(store_.all().size(), 1U);
    EXPECT_EQ(store_.maildrop(bob_).size(), 1U);
    EXPECT_EQ(total("outbox_given_up_total"), 1U);
}

TEST_F(RelayTest, AMailIsNotTriedForEver) {
    store_.fail_with({}, {}, Error{ErrorKind::io, "broken", Retry::later});
    enqueue({"bob@example.org"});
    clock_.advance(std::chrono::hours(5 * 24 + 1));
    start();
    ASSERT_TRUE(empties());
    EXPECT_EQ(total("outbox_given_up_total"), 1U);
}

}  // namespace
}  // namespace restante::mta
