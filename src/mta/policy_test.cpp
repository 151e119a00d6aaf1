// Who may send what, how much of it, and which connector serves whom.
#include "base/text.hpp"
#include "mta/test_fixture.hpp"

namespace restante::mta {
namespace {

using namespace std::string_literals;
using Kind = smtp::ServerOptions::Kind;

class PolicyTest : public SmtpFixture {
protected:
    PolicyTest() {
        EXPECT_TRUE(database_->migrate(directory::Alerts::migrations()));
        EXPECT_TRUE(database_->migrate(directory::SendAs::migrations()));
        EXPECT_TRUE(database_->migrate(directory::PopUses::migrations()));
    }
    ~PolicyTest() override { end_services(); }
    Service& serve_all(const Options& options) {
        Parts parts{io_, work_, group_, *directory_, *mda_, store_, clock_, ids_, null_log(), metrics_, guard_, &tls_};
        parts.switchboard = &switchboard_;
        parts.senders = &senders_;
        parts.send_as = &send_as_;
        parts.pop_logins = &pop_logins_;
        parts.pop_uses = &pop_uses_;
        services_.push_back(std::make_unique<Service>(parts, options));
        return *services_.back();
    }
    Service& started(const Options& options) {
        Service& service = serve_all(options);
        const auto done = service.start();
        EXPECT_TRUE(done) << done.error().detail;
        return service;
    }
    static void log_in(BlockingClient& client, const std::string& name) {
        client.reply();
        client.command("EHLO x");
        EXPECT_EQ(client.command("AUTH PLAIN " + base64_encode("\0"s + name + "\0s3cret-"s + name)).substr(0, 3),
                  "235");
    }
    /// The reply to the final dot.
    static std::string send(BlockingClient& client, const std::string& header) {
        client.command("MAIL FROM:<bob@example.org>");
        client.command("RCPT TO:<alice@example.org>");
        EXPECT_EQ(client.command("DATA").substr(0, 3), "354");
        return client.command(header + "\r\n\r\ntext\r\n.").substr(0, 9);
    }

    Switchboard switchboard_;
    directory::Alerts alerts_{*database_, ids_, clock_};
    directory::SendAs send_as_{*database_, ids_, clock_};
    directory::PopUses pop_uses_{*database_, clock_};
    directory::PopLogins pop_logins_;
    SenderLimits senders_{work_, &alerts_, null_log()};
};

TEST_F(PolicyTest, FromIsOnesOwnAddress) {  // row SM15, sender spoofing
    BlockingClient client(tls_port(started(options(Kind::submission))), true);
    log_in(client, "bob");
    for (const char* own : {"From: bob@example.org", "FROM : B <BOB@example.org>",
                            "From:\r\n =?utf-8?q?eve=40example=2Eorg?=\r\n <bob@example.org>",
                            "Subject: no From at all", "X-From: eve@example.org"})
        EXPECT_EQ(send(client, own), "250 2.6.0") << own;
    EXPECT_NE(store_.maildrop(alice_).back().find("\r\nFrom: bob@example.org\r\nDate: "), std::string::npos) << "who it is from was added";
    EXPECT_EQ(send(client, "From: alice@example.org" + std::string(1, '\0') + " <bob@example.org>"), "550 5.6.0");
    EXPECT_EQ(send(client, "From: bob@example.org\x7F"), "550 5.6.0");
    for (const char* foreign :
         {"From: alice@example.org", "From: bob@example.org, alice@example.org", "From: bob\r\n <alice@example.org>",
          "From: \"bob@example.org\" <alice@example.org>", "From: team: bob@example.org, alice@example.org;"})
        EXPECT_EQ(send(client, foreign), "550 5.7.1") << foreign;
    for (const char* unclear : {"From: bob@example.org\r\nFrom: alice@example.org",
                                "From:", "From: nobody in particular", "From: bob@example.org, nonsense"})
        EXPECT_EQ(send(client, unclear), "550 5.6.0") << unclear;
    EXPECT_EQ(send(client, "From: bob@example.org," + std::string(20'000, ' ') + "\r\n alice@example.org"),
              "550 5.6.0");
    EXPECT_EQ(store_.maildrop(alice_).size(), 5U);
}

TEST_F(PolicyTest, ChunksAreJudgedAsData) {  // rows SM15, SM21
    BlockingClient client(tls_port(started(options(Kind::submission))), true);
    log_in(client, "bob");
    client.command("MAIL FROM:<bob@example.org>");
    client.command("RCPT TO:<alice@example.org>");
    const std::string text = "From: alice@example.org\r\n\r\nx\r\n";
    client.send("BDAT 10\r\n" + text.substr(0, 10));
    EXPECT_EQ(client.reply().substr(0, 3), "250");
    client.send("BDAT " + std::to_string(text.size() - 10) + " LAST\r\n" + text.substr(10));
    EXPECT_EQ(client.reply().substr(0, 9), "550 5.7.1");
    EXPECT_TRUE(store_.all().empty());
}

TEST_F(PolicyTest, AGrantLetsSomebodySendAsAnother) {
    BlockingClient client(tls_port(started(options(Kind::submission))), true);
    log_in(client, "bob");
    EXPECT_EQ(client.command("MAIL FROM:<alice@example.org>").substr(0, 9), "553 5.7.1");
    ASSERT_TRUE(send_as_.grant("bob", "Alice@example.org", "boss"));
    ASSERT_TRUE(send_as_.grant("bob", "@example.com", "boss"));
    EXPECT_EQ(send_as_.grant("bob", "alice@example.org", "boss").error().kind, ErrorKind::already_exists);
    EXPECT_EQ(client.command("MAIL FROM:<alice@example.org>").substr(0, 3), "250");
    client.command("RSET");
    EXPECT_EQ(send(client, "From: anyone@example.com"), "250 2.6.0");
    directory::SendAs again{*database_, ids_, clock_};
    ASSERT_TRUE(again.load());
    EXPECT_TRUE(again.allows("bob", message::Address::parse("alice@example.org").value()));
    ASSERT_TRUE(send_as_.revoke("bob", "alice@example.org", "boss"));
    EXPECT_EQ(client.command("MAIL FROM:<alice@example.org>").substr(0, 9), "553 5.7.1");
    EXPECT_EQ(send_as_.revoke("bob", "alice@example.org", "boss").error().kind, ErrorKind::not_found);
}

TEST_F(PolicyTest, AnHourHasALimitAndAnAlert) {
    Options strict = options(Kind::submission);
    strict.account_messages = 2;
    BlockingClient client(tls_port(started(strict)), true);
    log_in(client, "bob");
    for (int i = 0; i < 2; ++i) EXPECT_EQ(send(client, "Subject: x"), "250 2.6.0");
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client.command("MAIL FROM:<bob@example.org>").substr(0, 9), "450 4.7.1");
    BlockingClient other(tls_port(*services_.back()), true);
    log_in(other, "alice");
    EXPECT_EQ(other.command("MAIL FROM:<alice@example.org>").substr(0, 3), "250");
    work_.stop();  // what was posted is done
    const auto alerts = alerts_.list(0, 10, false).value();
    ASSERT_EQ(alerts.size(), 1U) << "one alert an hour is enough";
    EXPECT_EQ(alerts[0].kind, "smtp.sending_limit");
    EXPECT_EQ(alerts[0].account, "bob");
}

TEST_F(PolicyTest, RecipientsAreCountedToo) {
    Options strict = options(Kind::submission);
    strict.account_recipients = 3;
    BlockingClient client(tls_port(started(strict)), true);
    log_in(client, "bob");
    client.command("MAIL FROM:<bob@example.org>");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.command("RCPT TO:<alice@example.org>").substr(0, 3), "250");
    EXPECT_EQ(client.command("RCPT TO:<alice@example.org>").substr(0, 9), "450 4.7.1");
}

TEST(RateWindow, ForgetsAsTimePasses) {
    RateWindow window(std::chrono::seconds(60), 2);
    const auto start = RateWindow::Time{} + std::chrono::hours(1);
    const auto at = [&](int seconds) { return start + std::chrono::seconds(seconds); };
    EXPECT_TRUE(window.take("a", 10, 10, at(0)));
    EXPECT_FALSE(window.take("a", 1, 10, at(59)));
    EXPECT_TRUE(window.take("a", 5, 10, at(90)));  // half of the minute before still counts
    EXPECT_FALSE(window.take("a", 1, 10, at(90)));
    EXPECT_TRUE(window.take("a", 10, 10, at(600)));
    EXPECT_TRUE(window.take("b", 1, 1, at(600)));
    EXPECT_TRUE(window.take("c", 1, 1, at(601))) << "the oldest makes room";
    EXPECT_TRUE(window.take("x", 1'000'000, 0, at(601))) << "0: no limit";
}

class PopBeforeSmtpTest : public PolicyTest {
protected:
    Options allowing() {
        Options out = options(Kind::submission);
        out.pop_before_smtp.enabled = true;
        return out;
    }
    directory::Login login_of(const std::string& name) {
        return directory_->login_as(name, {directory::Protocol::pop3, "127.0.0.1"}).value();
    }
    static std::string mail(std::uint16_t port, const std::string& sender) {
        BlockingClient client(port);
        client.reply();
        client.command("EHLO x");
        return client.command("MAIL FROM:<" + sender + ">").substr(0, 9);
    }
};

TEST_F(PopBeforeSmtpTest, IsOffUntilSwitchedOn) {  // S4.10
    pop_logins_.logged_in(login_of("bob"), "127.0.0.1", true, std::chrono::steady_clock::now());
    EXPECT_EQ(mail(port(started(options(Kind::submission))), "bob@example.org"), "530 5.7.0");
}

TEST_F(PopBeforeSmtpTest, LetsTheAddressOfALoginSendAsItself) {  // S4.14, S5.30
    const auto where = port(started(allowing()));
    EXPECT_EQ(mail(where, "bob@example.org"), "530 5.7.0");
    pop_logins_.logged_in(login_of("bob"), "127.0.0.2", true, std::chrono::steady_clock::now());
    EXPECT_EQ(mail(where, "bob@example.org"), "530 5.7.0") << "another address";
    pop_logins_.logged_in(login_of("bob"), "127.0.0.1", false, std::chrono::steady_clock::now());
    EXPECT_EQ(mail(where, "bob@example.org"), "530 5.7.0") << "a login in clear proves little";
    pop_logins_.logged_in(login_of("bob"), "127.0.0.1", true,
                          std::chrono::steady_clock::now() - std::chrono::seconds(601));
    EXPECT_EQ(mail(where, "bob@example.org"), "530 5.7.0") << "too long ago";
    pop_logins_.logged_in(login_of("bob"), "127.0.0.1", true, std::chrono::steady_clock::now());
    EXPECT_EQ(mail(where, "bob@example.org"), "250 2.1.0");
    EXPECT_EQ(mail(where, "alice@example.org"), "553 5.7.1") << "the sender has to be that account's";
    work_.stop();
    const auto users = pop_uses_.list().value();
    ASSERT_EQ(users.size(), 1U);
    EXPECT_EQ(users[0].account, "bob");
    EXPECT_EQ(users[0].last_from, "127.0.0.1");
}

TEST_F(PopBeforeSmtpTest, EndsWithTheAccount) {
    const auto where = port(started(allowing()));
    pop_logins_.logged_in(login_of("bob"), "127.0.0.1", true, std::chrono::steady_clock::now());
    ASSERT_TRUE(directory_->set_enabled("bob", false, {"test"}));
    EXPECT_EQ(mail(where, "bob@example.org"), "530 5.7.0");
}

TEST_F(PopBeforeSmtpTest, HasALimitOfItsOwn) {
    Options strict = allowing();
    strict.pop_before_smtp.messages = 1;
    const auto where = port(started(strict));
    pop_logins_.logged_in(login_of("bob"), "127.0.0.1", true, std::chrono::steady_clock::now());
    EXPECT_EQ(mail(where, "bob@example.org"), "250 2.1.0");
    EXPECT_EQ(mail(where, "bob@example.org"), "450 4.7.1");
}

TEST(PopLogins, AreBounded) {
    directory::PopLogins logins(100);
    directory::Login login;
    const auto now = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) {
        login.id = i;
        logins.logged_in(login, "10.0.0." + std::to_string(i), true, now + std::chrono::seconds(i));
    }
    EXPECT_TRUE(logins.since("10.0.0.0", {}, true).empty());
    EXPECT_EQ(logins.since("10.0.0.999", {}, true).size(), 1U);
}

class ConnectorTest : public PolicyTest {
protected:
    /// A connector whose greeting names it.
    Options named(const std::string& name, std::vector<std::string> networks, const std::string& bind = "127.0.0.1:0") {
        Options out = options();
        out.name = out.protocol.banner = name;
        out.remote_networks = std::move(networks);
        out.listen = {bind};
        out.listen_tls.clear();
        return out;
    }
    static std::string greeting(std::uint16_t port) {
        BlockingClient client(port);
        return client.reply();
    }
};

TEST_F(ConnectorTest, TheClosestNetworkServesWhicheverAccepts) {  // S2.47: RemoteIPRanges
    Service& wide = started(named("wide", {}));
    const std::string bind = "127.0.0.1:" + std::to_string(port(wide));
    started(named("near", {"127.0.0.0/8"}, bind));
    started(named("far", {"192.0.2.0/24"}, bind));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(greeting(port(wide)), "220 mx.example.org near");
    services_[1]->stop();
    services_[1]->settle();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(greeting(port(wide)), "220 mx.example.org wide");
}

TEST_F(ConnectorTest, NobodyServesAStranger) {
    Service& far = started(named("far", {"192.0.2.0/24"}));
    BlockingClient client(port(far));
    EXPECT_EQ(client.reply().substr(0, 9), "554 5.7.1");
    EXPECT_TRUE(client.at_end());
}

TEST_F(ConnectorTest, TheSameClientsAtTheSameAddressAreRefused) {
    Service& one = started(named("one", {"127.0.0.0/8"}));
    const std::string bind = "127.0.0.1:" + std::to_string(port(one));
    const auto second = serve_all(named("two", {"127.0.0.0/8"}, bind)).start();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::already_exists);
    EXPECT_NE(second.error().detail.find("connector one"), std::string::npos);
    EXPECT_EQ(greeting(port(one)), "220 mx.example.org one");
    Service& three = started(named("three", {}, bind));
    EXPECT_FALSE(three.apply(named("three", {"127.0.0.0/8"}, bind))) << "live changes are judged as well";
    EXPECT_EQ(greeting(port(one)), "220 mx.example.org one");
}

TEST_F(ConnectorTest, CountsItsOwnConnections) {  // S2.46
    Options small = named("small", {});
    small.max_connections = 10;
    small.max_percent_per_address = 20;
    Service& service = started(small);
    BlockingClient one(port(service)), two(port(service));
    one.reply();
    two.reply();
    EXPECT_EQ(service.connections(), 2U);
    EXPECT_EQ(greeting(port(service)).substr(0, 9), "421 4.3.2");
}

TEST_F(ConnectorTest, LimitsOfASession) {  // S2.46, S2.47
    Options strict = named("strict", {});
    strict.message_rate = 2;
    strict.max_hops = 10;
    strict.refuse_reserved_domains = true;
    Service& service = started(strict);
    BlockingClient client(port(service));
    client.reply();
    client.command("EHLO x");
    EXPECT_EQ(client.command("MAIL FROM:<a@b.example>").substr(0, 3), "250");
    EXPECT_EQ(client.command("RCPT TO:<x@y.invalid>").substr(0, 9), "550 5.1.2");
    EXPECT_EQ(client.command("RCPT TO:<bob@example.org>").substr(0, 3), "250");
    client.command("DATA");
    std::string hops;
    for (int i = 0; i < 10; ++i) hops += "Received: from a by b\r\n";
    EXPECT_EQ(client.command(hops + "\r\ntext\r\n.").substr(0, 9), "554 5.4.6");  // row SM9
    EXPECT_EQ(client.command("MAIL FROM:<a@b.example>").substr(0, 3), "250");
    client.command("RSET");
    EXPECT_EQ(client.command("MAIL FROM:<a@b.example>").substr(0, 9), "450 4.7.1");
}

TEST_F(ConnectorTest, WhatComesBackAgainAndAgainIsALoop) {  // S2.46: local hops
    Service& service = started(named("loops", {}));
    BlockingClient client(port(service));
    client.reply();
    client.command("EHLO x");
    const auto answer = [&](int times) {
        client.command("MAIL FROM:<a@b.example>");
        client.command("RCPT TO:<bob@example.org>");
        client.command("DATA");
        std::string hops;
        for (int i = 0; i < times; ++i) hops += "Received: from a by b\r\nReceived: from b by MX.example.org; date\r\n";
        return client.command(hops + "\r\ntext\r\n.").substr(0, 3);
    };
    EXPECT_EQ(answer(7), "250");
    EXPECT_EQ(answer(8), "554");
}

TEST_F(ConnectorTest, GuessersWaitAndLongSessionsEnd) {  // S2.46: tarpit, connection time
    Options strict = named("strict", {});
    strict.tarpit = 300ms;
    strict.tarpit_after = 1;
    Service& service = started(strict);
    BlockingClient client(port(service));
    client.reply();
    client.command("EHLO x");
    client.command("MAIL FROM:<a@b.example>");
    EXPECT_EQ(client.command("RCPT TO:<nobody1@example.org>").substr(0, 3), "550");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(client.command("RCPT TO:<nobody2@example.org>").substr(0, 3), "550");
    EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
    Options brief = named("brief", {});
    brief.session_time = 1s;
    BlockingClient lasting(port(started(brief)));
    lasting.reply();
    std::string reply;
    while ((reply = lasting.command("NOOP")).starts_with("250")) std::this_thread::sleep_for(50ms);
    EXPECT_EQ(reply.substr(0, 9), "421 4.4.2");
}

TEST_F(ConnectorTest, LmtpOnASocketOfThisMachine) {  // row SM28
    const std::string path = (folder_ / "lmtp").string();
    Options lmtp = named("lmtp", {}, "unix:" + path);
    lmtp.protocol.kind = Kind::lmtp;
    Service& service = started(lmtp);
    ASSERT_EQ(service.addresses().size(), 1U);
    EXPECT_EQ(service.addresses()[0].to_string(), "unix:" + path);
    const auto chosen = switchboard_.choose(service.addresses()[0], net::Address::unix_socket(""), false);
    EXPECT_TRUE(chosen);
}

}  // namespace
}  // namespace restante::mta
