// What others see of POP3 sessions: why they failed, who is there, and never a password.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.hpp"
#include "socket_connection.hpp"
#include "stack.hpp"

namespace restante::transcripts {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using watch::Cause;

class WatchTest : public testing::Test {
protected:
    WatchTest() {
        accounts_.add("bob", "hunter2");
        options_.watch.log.enabled = true;
        options_.watch.log.folder = folder_.string();
    }
    ~WatchTest() override {
        stack_.reset();
        std::filesystem::remove_all(folder_);
    }
    void start() { stack_ = std::make_unique<Stack>(accounts_, options_); }
    void in_clear() { options_.protocol.allow_plaintext_login = true; }
    /// All that the server says to these bytes.
    std::string talk(const std::string& bytes) {
        SocketConnection client(stack_->port());
        client.line();
        client.send(bytes);
        const std::string all = client.rest();
        EXPECT_TRUE(stack_->wait_for_connections(0));
        return all;
    }
    watch::FailedSession failed() {
        EXPECT_TRUE(stack_->wait_for_connections(0));
        for (int i = 0; i < 1'000 && stack_->watch.failed().empty(); ++i) std::this_thread::sleep_for(1ms);
        auto all = stack_->watch.failed();
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? watch::FailedSession{} : all.front();
    }
    std::string logged() {
        stack_->watch.log().flush();
        std::string all;
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            std::ifstream file(entry.path(), std::ios::binary);
            all.append(std::istreambuf_iterator<char>(file), {});
        }
        return all;
    }

    Accounts accounts_;
    // Its own: the tests of this file run at the same time, each in a process.
    const std::filesystem::path folder_ = [] {
        std::string pattern = testing::TempDir() + "restante-watch-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        return std::filesystem::path(pattern);
    }();
    popd::Options options_;
    std::unique_ptr<Stack> stack_;
};

TEST_F(WatchTest, WrongPassword) {
    in_clear();
    start();
    talk("USER bob\r\nPASS wrong\r\nQUIT\r\n");
    const auto session = failed();
    EXPECT_EQ(session.cause, Cause::credentials);
    EXPECT_EQ(session.facts.login, "bob");
    EXPECT_THAT(session.transcript, HasSubstr("< USER bob\n"));
    EXPECT_THAT(session.transcript, HasSubstr("< PASS <password, 5 octets>\n"));
    EXPECT_THAT(session.transcript, HasSubstr("> -ERR [AUTH] Wrong user name or password\n"));
}

TEST_F(WatchTest, PasswordInClearWhereThatIsNotTaken) {
    start();
    talk("USER bob\r\nQUIT\r\n");
    EXPECT_EQ(failed().cause, Cause::login_needs_tls);
}

TEST_F(WatchTest, TlsOnThePortThatStartsInClear) {
    start();
    SocketConnection client(stack_->port());
    client.line();
    client.send(std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n", 12));
    client.close();
    EXPECT_EQ(failed().cause, Cause::tls_on_clear_port);
}

TEST_F(WatchTest, HttpAndTextOnTheTlsPort) {
    start();
    {
        SocketConnection browser(stack_->tls_port());
        browser.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        browser.rest();
    }
    EXPECT_EQ(failed().cause, Cause::http);
    stack_.reset();
    start();
    {
        SocketConnection client(stack_->tls_port());
        client.send("USER bob\r\n");
        client.rest();
    }
    EXPECT_EQ(failed().cause, Cause::clear_on_tls_port);
}

TEST_F(WatchTest, MaildropInUse) {
    in_clear();
    start();
    SocketConnection first(stack_->port());
    first.line();
    first.send("USER bob\r\nPASS hunter2\r\n");
    first.line();
    first.line();
    ASSERT_EQ(stack_->watch.live().size(), 1U);
    EXPECT_EQ(stack_->watch.live()[0].login, "bob");
    {
        SocketConnection second(stack_->port());
        second.line();
        second.send("USER bob\r\nPASS hunter2\r\nQUIT\r\n");
        second.rest();
    }
    for (int i = 0; i < 1'000 && stack_->watch.failed().empty(); ++i) std::this_thread::sleep_for(1ms);
    ASSERT_EQ(stack_->watch.failed().size(), 1U);
    EXPECT_EQ(stack_->watch.failed()[0].cause, Cause::in_use);
    // An administrator makes room.
    EXPECT_TRUE(stack_->watch.end(stack_->watch.live()[0].id));
    first.rest();
    EXPECT_TRUE(first.ended());
    EXPECT_TRUE(stack_->wait_until_lease_is_free());
}

TEST_F(WatchTest, SilenceBeforeTheLogin) {
    options_.login_timeout = 1s;
    start();
    SocketConnection client(stack_->port());
    client.line();
    client.send("CAPA\r\n");
    client.rest();
    EXPECT_EQ(failed().cause, Cause::timeout);
}

TEST_F(WatchTest, WhatWentWellIsNotKept) {
    in_clear();
    start();
    talk("USER bob\r\nPASS wrong\r\nUSER bob\r\nPASS hunter2\r\nSTAT\r\nQUIT\r\n");
    talk("QUIT\r\n");
    EXPECT_TRUE(stack_->watch.failed().empty());
    EXPECT_TRUE(stack_->watch.live().empty());
}

/// S2.28 to S2.32
TEST_F(WatchTest, TheProtocolLogTellsAllButSecrets) {
    in_clear();
    start();
    const std::string secret = base64_encode(std::string("\0bob\0hunter2", 12));
    talk("USER bob\r\nPASS hunter2\r\nSTAT\r\nRETR 99\r\nQUIT\r\n");
    talk("AUTH PLAIN " + secret + "\r\nQUIT\r\n");
    talk("AUTH PLAIN\r\n" + secret + "\r\nLIST\r\nQUIT\r\n");
    const std::string all = logged();
    EXPECT_THAT(all, HasSubstr(",<,USER bob,"));
    EXPECT_THAT(all, HasSubstr("AUTH PLAIN <SASL data"));
    EXPECT_THAT(all, HasSubstr(",>,+OK 0 messages,"));
    EXPECT_THAT(all, HasSubstr(",>,-ERR No such message,"));
    EXPECT_THAT(all, HasSubstr(",*,logged in,bob"));
    for (const std::string& word : {std::string("hunter2"), secret, secret.substr(0, 8)})
        EXPECT_THAT(all, Not(HasSubstr(word)));
}

TEST_F(WatchTest, NoSecretWhateverAClientDoesWithIt) {
    const std::string secret = base64_encode(std::string("\0bob\0hunter2", 12));
    for (const bool clear : {false, true}) {
        options_.protocol.allow_plaintext_login = clear;
        start();
        for (const std::string& bytes : std::vector<std::string>{
                 std::string("USER bob\r\nPASS hunter2\nPASS hunter2\r\n"), std::string("PASS hunter2\r\n"),
                 std::string("hunter2\r\n"), std::string("USER bob hunter2\r\n"),
                 std::string("PASS hunter2 \0 hunter2\r\n", 24), "AUTH PLAIN\r\n" + secret + "\r\n",
                 "AUTH NOSUCH\r\n" + secret + "\r\n", secret + "\r\n",
                 "AUTH PLAIN =\r\n" + secret + "\r\n" + secret + "\r\n",
                 "AUTH LOGIN\r\nYm9i\r\nhunter2\r\n" + secret + "\r\n", "AUTH hunter2 hunter2\r\n",
                 "LOGIN bob hunter2\r\n", "PASS " + std::string(400, 'x') + "hunter2\r\n", std::string("pass hunter2"),
                 std::string("USER bob\r\nPASS hun")}) {
            SocketConnection client(stack_->port());
            client.line();
            client.send(bytes);
            if (bytes.ends_with("\n")) client.line();
            client.close();
        }
        EXPECT_TRUE(stack_->wait_for_connections(0));
        std::string all = logged();
        for (const auto& session : stack_->watch.failed()) all += session.transcript + session.detail;
        stack_.reset();
        for (const std::string& word : {std::string("hunter2"), std::string("hun\r"), secret, secret.substr(0, 8)})
            EXPECT_THAT(all, Not(HasSubstr(word)));
    }
}

}  // namespace
}  // namespace restante::transcripts
