// How a maildrop is served: order, polling interval, views for robots, what becomes of deletions.
#include <gtest/gtest.h>

#include "socket_connection.hpp"
#include "stack.hpp"

namespace restante::transcripts {
namespace {
using namespace std::chrono_literals;
using directory::Retrieval;

class RetrievalTest : public testing::Test {
protected:
    RetrievalTest() {
        accounts_.add("bob", "secret");
        options_.protocol.allow_plaintext_login = true;
    }
    void start() {
        stack_ = std::make_unique<Stack>(accounts_, options_);
        stack_->store.fill({"Subject: 1\r\n\r\na\r\n", "Subject: 2\r\n\r\nbb\r\n", "Subject: 3\r\n\r\nccc\r\n"},
                           {"u1", "u2", "u3"});
    }
    /// What the server says to these commands after a login, without its greeting and the answer to USER.
    std::string session(const std::string& commands, const std::string& name = "bob") {
        SocketConnection client(stack_->port());
        client.line();
        client.send("USER " + name + "\r\nPASS secret\r\n" + commands + "QUIT\r\n");
        client.line();
        const std::string all = client.rest();
        EXPECT_TRUE(stack_->wait_for_connections(0));
        return all;
    }

    Accounts accounts_;
    popd::Options options_;
    std::unique_ptr<Stack> stack_;
};

// S2.24: a number means the same message in every command
TEST_F(RetrievalTest, NewestFirst) {
    options_.accounts.descending = true;
    start();
    EXPECT_EQ(session("UIDL\r\nLIST 1\r\nTOP 1 0\r\nDELE 1\r\nLIST\r\n"),
              "+OK 3 messages\r\n+OK 3 messages\r\n1 u3\r\n2 u2\r\n3 u1\r\n.\r\n+OK 1 19\r\n"
              "+OK\r\nSubject: 3\r\n\r\n.\r\n+OK Marked as deleted\r\n+OK 2 messages\r\n2 18\r\n3 17\r\n.\r\n"
              "+OK Deleted and done\r\n");
    EXPECT_EQ(stack_->store.deleted(), (std::set<std::size_t>{3}));
}

// RFC 2449 8.1.1, row P19
TEST_F(RetrievalTest, NotBeforeTheDelayHasPassed) {
    options_.accounts.min_poll = 1h;
    options_.protocol.policy.login_delay = 3600;
    start();
    const std::string first = session("CAPA\r\n");
    EXPECT_NE(first.find("LOGIN-DELAY 3600\r\n"), std::string::npos) << first;
    EXPECT_EQ(session("").substr(0, 20), "-ERR [LOGIN-DELAY] Y");
    EXPECT_FALSE(stack_->store.leased());
}

TEST_F(RetrievalTest, DebugDeletesNothing) {
    options_.accounts.retrieval = Retrieval::debug;
    start();
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(session("DELE 1\r\nSTAT\r\n"),
                  "+OK 3 messages\r\n+OK Marked as deleted\r\n+OK 2 37\r\n+OK Deleted and done\r\n");
    }
    EXPECT_TRUE(stack_->store.deleted().empty());
}

TEST_F(RetrievalTest, LeaveHidesFromTheClientThatDeleted) {
    options_.accounts.retrieval = Retrieval::leave;
    start();
    session("DELE 1\r\nDELE 3\r\n");
    EXPECT_EQ(session("UIDL\r\n"), "+OK 1 message\r\n+OK 1 message\r\n1 u2\r\n.\r\n+OK Goodbye\r\n");
    EXPECT_EQ(session("", "bob@example.org"), "+OK 3 messages\r\n+OK Goodbye\r\n") << "another login name";
    EXPECT_EQ(session("", "BOB"), "+OK 1 message\r\n+OK Goodbye\r\n") << "the same";
    EXPECT_TRUE(stack_->store.deleted().empty());
}

TEST_F(RetrievalTest, SaysWhoDeleted) {
    start();
    session("DELE 2\r\n");
    ASSERT_EQ(stack_->store.deleters().size(), 1U);
    EXPECT_EQ(stack_->store.deleters()[0].login, "bob");
    EXPECT_EQ(stack_->store.deleters()[0].peer, "127.0.0.1");
}

TEST_F(RetrievalTest, WithoutUndoDeletedIsDeleted) {
    options_.accounts.undo = std::chrono::days(0);
    start();
    session("DELE 2\r\n");
    EXPECT_TRUE(stack_->store.deleters().empty());
    EXPECT_EQ(stack_->store.deleted(), (std::set<std::size_t>{2}));
}

TEST_F(RetrievalTest, TellsOfMassDeletions) {
    options_.accounts.alert_from = 3;
    start();
    session("DELE 1\r\n");
    EXPECT_TRUE(stack_->alerts->list(0, 10, true)->empty()) << "a third";
    options_.accounts.alert_from = 2;
    stack_ = nullptr;
    start();
    session("DELE 1\r\nDELE 2\r\n");
    const auto alerts = *stack_->alerts->list(0, 10, true);
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].account, "bob");
    EXPECT_NE(alerts[0].detail.find("deleted 2 of 3"), std::string::npos) << alerts[0].detail;
    EXPECT_NE(stack_->metrics.prometheus().find("pop3_mass_deletions_total 1\n"), std::string::npos);
}

}  // namespace
}  // namespace restante::transcripts
