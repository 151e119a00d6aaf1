#include "relay/relay_fixture.hpp"

namespace restante::relay {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class RelayTest : public RelayFixture {};

TEST_F(RelayTest, MailGoesToTheMailHostInOneTransaction) {  // SM13
    ASSERT_TRUE(submit(envelope({to("a@far.test"), to("b@far.test")})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return queue_is_empty(); }));
    ASSERT_THAT(remote_.mails(), SizeIs(1));
    const auto mail = remote_.mails()[0];
    EXPECT_THAT(mail.from, HasSubstr("MAIL FROM:<bob@example.org> SIZE="));
    EXPECT_THAT(mail.to, ElementsAre("RCPT TO:<a@far.test>", "RCPT TO:<b@far.test>"));
    EXPECT_EQ(mail.text, "Received: from bob\r\nSubject: hello\r\n\r\n..dot\r\nline\r\n");
    EXPECT_THAT(mails_of_bob(), SizeIs(0)) << "nobody asked for a report";
}

TEST_F(RelayTest, NothingButLineEndsThatAreLineEndsGoesOut) {  // SM27
    ASSERT_TRUE(submit(envelope({to("a@far.test")}), std::string("Subject: x\r\n\r\na\r.\rb\n.\nc\0.\r\n", 28)));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return !remote_.mails().empty(); }));
    EXPECT_EQ(remote_.mails()[0].text, "Received: from bob\r\nSubject: x\r\n\r\na\r\n..\r\nb\r\n..\r\nc.\r\n");
}

TEST_F(RelayTest, WorseHostsAreTriedWhenBetterOnesAreDead) {  // SM13
    resolver_.mx("far.test", {{20, "mx.far.test"}, {10, "dead.far.test"}, {5, "gone.far.test"}});
    resolver_.a("dead.far.test", {"127.0.0.99"});  // refuses
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    relay_->start();
    EXPECT_TRUE(eventually([&] { return !remote_.mails().empty(); }));
}

TEST_F(RelayTest, ADomainWithoutMxIsItsOwnHostAndLiteralsNeedNone) {  // SM13
    resolver_.a("plain.test", {"127.0.0.1"});
    ASSERT_TRUE(submit(envelope({to("a@plain.test"), to("b@[127.0.0.1]")})));
    relay_->start();
    EXPECT_TRUE(eventually([&] { return remote_.mails().size() == 2 && queue_is_empty(); }));
}

TEST_F(RelayTest, DomainsThatTakeNoMailAreToldAtOnce) {  // SM13: RFC 7505, RFC 5321 5.1
    resolver_.mx("null.test", {{0, ""}});
    resolver_.mx("own.test", {{10, "mx.example.org"}, {20, "mx.far.test"}});
    const std::pair<const char*, const char*> cases[] = {
        {"a@null.test", "Status: 5.1.10"}, {"a@nowhere.test", "Status: 5.1.2"}, {"a@own.test", "Status: 5.4.6"}};
    relay_->start();
    std::size_t reports = 0;
    for (const auto& [address, status] : cases) {
        ASSERT_TRUE(submit(envelope({to(address)})));
        EXPECT_THAT(told(++reports), HasSubstr(status));
        ASSERT_TRUE(eventually([&] { return queue_is_empty(); })) << address;
    }
    EXPECT_THAT(remote_.mails(), SizeIs(0));
}

TEST_F(RelayTest, NamesThatCannotBeLookedUpNowAreTriedLater) {  // SM13, SM14
    resolver_.status(net::DnsQuestion::Type::mx, "far.test", net::DnsAnswer::Status::servfail);
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return deferred(); }));
    EXPECT_THAT(queued()[0].last_error, HasSubstr("the name server does not tell"));
    EXPECT_EQ(queued()[0].next_try, clock_.now() + 30min);
    resolver_.mx("far.test", {{10, "mx.far.test"}});
    clock_.advance(29min);
    std::this_thread::sleep_for(50ms);
    EXPECT_THAT(remote_.mails(), SizeIs(0)) << "not before its time";
    clock_.advance(1min);
    EXPECT_TRUE(eventually([&] { return queue_is_empty(); }));
    EXPECT_THAT(mails_of_bob(), SizeIs(0));
}

TEST_F(RelayTest, AGreylistedRecipientIsTriedAgainTheOthersAreNot) {  // SM14
    std::atomic<int> asked{0};
    FakeRemote::Script script;
    script.answer = [&](const std::string& line) -> std::string {
        if (line.find("<grey@") == std::string::npos) return "";
        return asked++ == 0 ? "450 4.2.0 greylisted\r\n" : "";
    };
    remote_.say(script);
    ASSERT_TRUE(submit(envelope({to("a@far.test"), to("grey@far.test")})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return deferred(); }));
    ASSERT_THAT(queued(), SizeIs(1));
    EXPECT_THAT(queued()[0].last_error, HasSubstr("mx.far.test[127.0.0.1]: 450 4.2.0 greylisted"));
    clock_.advance(31min);
    ASSERT_TRUE(eventually([&] { return queue_is_empty(); }));
    EXPECT_THAT(remote_.mails()[1].to, ElementsAre("RCPT TO:<grey@far.test>"));
}

TEST_F(RelayTest, ARefusedRecipientIsReportedWithTheServersWords) {  // SM24: RFC 3464
    FakeRemote::Script script;
    script.answer = [](const std::string& line) -> std::string {
        return line.find("<no@") != std::string::npos ? "550 5.1.1 no such user\r\n" : "";
    };
    remote_.say(script);
    auto asked = envelope({to("no@far.test"), to("a@far.test")});
    asked.envid = "id42";
    asked.ret = message::Ret::hdrs;
    ASSERT_TRUE(submit(asked));
    relay_->start();
    const std::string report = told();
    EXPECT_THAT(report, HasSubstr("Return-Path: <>\r\n"));
    EXPECT_THAT(report, HasSubstr("Original-Envelope-Id: id42\r\n"));
    EXPECT_THAT(report, HasSubstr("Final-Recipient: rfc822;no@far.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"));
    EXPECT_THAT(report, HasSubstr("Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"));
    EXPECT_THAT(report, HasSubstr("Content-Type: text/rfc822-headers\r\n\r\nReceived: from bob\r\nSubject: hello\r\n"));
    EXPECT_THAT(report, Not(HasSubstr("a@far.test")));
    EXPECT_TRUE(eventually([&] { return queue_is_empty(); }));
    EXPECT_THAT(remote_.mails(), SizeIs(1)) << "the other one got it";
}

TEST_F(RelayTest, NobodyIsToldOfABounceThatBounces) {  // SM10: RFC 5321 4.5.5
    resolver_.mx("null.test", {{0, ""}});
    ASSERT_TRUE(submit(envelope({to("a@null.test")}, "")));
    ASSERT_TRUE(submit(envelope({to("a@null.test", {.never = true})})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return queue_is_empty(); }));
    EXPECT_THAT(mails_of_bob(), SizeIs(0));
}

TEST_F(RelayTest, DsnWishesGoOnlyToServersThatTakeThem) {  // SM24: RFC 3461 5.2
    auto asked = envelope({{message::Address::parse("a@far.test").value(),
                            {.success = true, .failure = true},
                            message::OriginalRecipient{"rfc822", "x+y@far.test"}}});
    asked.envid = "a b";
    asked.ret = message::Ret::full;
    ASSERT_TRUE(submit(asked));
    relay_->start();
    const std::string report = told();
    EXPECT_THAT(report, HasSubstr("Action: relayed\r\n"));
    EXPECT_THAT(report, HasSubstr("Original-Recipient: rfc822;x+y@far.test\r\n"));
    EXPECT_THAT(remote_.mails()[0].to, ElementsAre("RCPT TO:<a@far.test>"));
    FakeRemote::Script script;
    ASSERT_TRUE(idle());
    script.ehlo = "250-far.test\r\n250-PIPELINING\r\n250 DSN\r\n";
    remote_.say(script);
    ASSERT_TRUE(submit(asked));
    ASSERT_TRUE(eventually([&] { return remote_.mails().size() == 2 && queue_is_empty(); }));
    EXPECT_EQ(remote_.mails()[1].from, "MAIL FROM:<bob@example.org> RET=FULL ENVID=a+20b");
    EXPECT_THAT(remote_.mails()[1].to,
                ElementsAre("RCPT TO:<a@far.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x+2By@far.test"));
    EXPECT_THAT(mails_of_bob(), SizeIs(1)) << "the next server tells";
}

TEST_F(RelayTest, WhatTheNextServerCannotTakeGoesBack) {  // SM22, SM23
    FakeRemote::Script script;
    script.ehlo = "250-far.test\r\n250 PIPELINING\r\n";
    remote_.say(script);
    relay_->start();
    ASSERT_TRUE(submit(envelope({to("a@far.test")}), "Subject: x\r\n\r\n\xC3\xA9\r\n"));
    EXPECT_THAT(told(1), HasSubstr("Status: 5.6.3"));
    ASSERT_TRUE(submit(envelope({to("jörg@far.test")})));
    EXPECT_THAT(told(2), HasSubstr("Status: 5.6.7"));
    EXPECT_THAT(remote_.mails(), SizeIs(0));
    ASSERT_TRUE(idle());
    script.ehlo = "250-far.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n";
    remote_.say(script);
    ASSERT_TRUE(submit(envelope({to("jörg@far.test")}), "Subject: \xC3\xA9\r\n\r\n\xC3\xA9\r\n"));
    ASSERT_TRUE(eventually([&] { return remote_.mails().size() == 1; }));
    EXPECT_EQ(remote_.mails()[0].from, "MAIL FROM:<bob@example.org> BODY=8BITMIME SMTPUTF8");
}

TEST_F(RelayTest, TheSenderHearsOfADelayAndGetsItBackAfterFiveDays) {  // SM14
    resolver_.a("mx.far.test", {"127.0.0.99"});                        // refuses
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return deferred(1); }));
    EXPECT_THAT(mails_of_bob(), SizeIs(0));
    clock_.advance(4h);
    const std::string delay = told(1);
    EXPECT_THAT(delay, HasSubstr("Action: delayed\r\nStatus: 4.4.7\r\n"));
    EXPECT_THAT(delay, HasSubstr("cannot connect"));
    ASSERT_TRUE(eventually([&] { return deferred(2); }));
    clock_.advance(4 * 24h);
    ASSERT_TRUE(eventually([&] { return deferred(3); }));
    EXPECT_THAT(mails_of_bob(), SizeIs(1)) << "told once";
    clock_.advance(24h);
    const std::string failure = told(2);
    EXPECT_THAT(failure, HasSubstr("Action: failed\r\nStatus: 5.4.7\r\n"));
    EXPECT_THAT(failure, HasSubstr("Content-Type: message/rfc822\r\n\r\nReceived: from bob\r\nSubject: hello\r\n"));
    EXPECT_TRUE(eventually([&] { return queue_is_empty(); }));
}

TEST_F(RelayTest, TheWaitsDoubleUpToTheLongest) {  // SM14
    resolver_.a("mx.far.test", {"127.0.0.99"});
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    relay_->start();
    std::int64_t attempts = 0;
    for (const auto wait : {30min, 60min, 120min, 240min, 240min}) {
        ASSERT_TRUE(eventually([&] { return deferred(attempts + 1); }));
        ++attempts;
        EXPECT_EQ(queued()[0].next_try, clock_.now() + wait) << attempts;
        clock_.advance(wait);
    }
}

TEST_F(RelayTest, WhatWaitsSurvivesARestartAndGoesOnce) {
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    reopen_all();
    ASSERT_THAT(queued(), SizeIs(1));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return queue_is_empty(); }));
    reopen_all();
    relay_->start();
    ASSERT_TRUE(submit(envelope({to("b@far.test")})));
    ASSERT_TRUE(eventually([&] { return remote_.mails().size() == 2 && queue_is_empty(); }));
}

TEST_F(RelayTest, RowsThatACrashLostComeBackFromTheStore) {
    ASSERT_TRUE(submit(envelope({to("a@far.test"), to("b@far.test", {.delay = true})})));
    ASSERT_TRUE(eventually([&] { return queued().size() == 2; }));
    ASSERT_TRUE(database_->write([](db::Session& s) {
        return s.script("DELETE FROM relay_mail; DELETE FROM relay_recipient; DELETE FROM relay_destination");
    }));
    reopen_all();
    ASSERT_THAT(queued(), SizeIs(2));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return queue_is_empty(); }));
    EXPECT_EQ(remote_.mails()[0].text, "Received: from bob\r\nSubject: hello\r\n\r\n..dot\r\nline\r\n");
}

TEST_F(RelayTest, RowsThatCannotBeWrittenAreWrittenLater) {
    ASSERT_TRUE(database_->write([](db::Session& s) { return s.script("ALTER TABLE relay_mail RENAME TO away"); }));
    ASSERT_TRUE(submit(envelope({to("a@far.test")}))) << "it is durable in the store";
    relay_->start();
    ASSERT_TRUE(queue_->change([](db::Session&) -> Result<void> { return {}; })) << "after it, in the same queue";
    ASSERT_TRUE(database_->write([](db::Session& s) { return s.script("ALTER TABLE away RENAME TO relay_mail"); }));
    EXPECT_TRUE(eventually([&] { return remote_.mails().size() == 1; }));
}

TEST_F(RelayTest, AnAdministratorHoldsReleasesReturnsAndDeletes) {
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    ASSERT_TRUE(eventually([&] { return queued().size() == 1; }));
    Selection far;
    far.domain = "far.test";
    EXPECT_EQ(queue_->act(Queue::Action::hold, far).value(), 1);
    relay_->start();
    clock_.advance(10 * 24h);  // nothing happens to what is held
    std::this_thread::sleep_for(50ms);
    ASSERT_THAT(queued(), SizeIs(1));
    EXPECT_TRUE(queued()[0].held);
    EXPECT_EQ(queue_->act(Queue::Action::bounce, far).value(), 1);
    EXPECT_THAT(told(), HasSubstr("returned by an administrator"));
    ASSERT_TRUE(eventually([&] { return queue_is_empty(); }));
    ASSERT_TRUE(queue_->pause("far.test", true));
    ASSERT_TRUE(submit(envelope({to("b@far.test")})));
    ASSERT_TRUE(eventually([&] { return queued().size() == 1; }));
    ASSERT_THAT(queue_->destinations().value(), SizeIs(1));
    EXPECT_TRUE(queue_->destinations().value()[0].paused);
    Selection nobody;
    nobody.recipient = "x@far.test";
    EXPECT_EQ(queue_->act(Queue::Action::remove, nobody).value(), 0);
    EXPECT_EQ(queue_->act(Queue::Action::remove, far).value(), 1);
    ASSERT_TRUE(eventually([&] { return queue_is_empty(); }));
    ASSERT_TRUE(submit(envelope({to("c@far.test")})));
    ASSERT_TRUE(queue_->pause("far.test", false));
    EXPECT_TRUE(eventually([&] { return remote_.mails().size() == 1; }));
}

TEST_F(RelayTest, RetryDoesNotWaitForItsTime) {
    resolver_.a("mx.far.test", {"127.0.0.99"});
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return deferred(); }));
    resolver_.a("mx.far.test", {"127.0.0.1"});
    EXPECT_EQ(queue_->act(Queue::Action::retry, {}).value(), 1);
    EXPECT_TRUE(eventually([&] { return queue_is_empty(); }));
}

TEST_F(RelayTest, StoppingDoesNotWaitForHostsThatSayNothing) {
    FakeRemote::Script silent;
    silent.silent = true;
    FakeRemote dead("127.0.0.2", remote_.port(), silent);
    resolver_.a("dead.test", {"127.0.0.2"});
    ASSERT_TRUE(submit(envelope({to("a@dead.test")})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return relay_->sessions() == 1 && dead.connections() == 1; }));
    relay_->stop();
    EXPECT_TRUE(group_->wait(5s)) << "a greeting may take five minutes";
    ASSERT_THAT(queued(), SizeIs(1));
    EXPECT_EQ(queued()[0].attempts, 0) << "the host is not to blame";
    dead.say({});
    relay_->start();
    EXPECT_TRUE(eventually([&] { return queue_is_empty(); }));
}

TEST_F(RelayTest, ASilentServerDoesNotHoldUpOthers) {  // SM14
    FakeRemote::Script silent;
    silent.silent = true;
    FakeRemote dead("127.0.0.2", remote_.port(), silent);
    ASSERT_TRUE(dead.bound());
    resolver_.a("dead.test", {"127.0.0.2"});
    settings_.sessions = 1;  // which the silent one keeps
    settings_.reply_timeout = 3600s;
    queue_->set_options(settings_);
    ASSERT_TRUE(submit(envelope({to("a@dead.test")})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return dead.connections() == 1; }));
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    EXPECT_TRUE(eventually([&] { return remote_.mails().size() == 1; }));
}

TEST_F(RelayTest, InternalAddressesAreNoTargetsUnlessAllowed) {
    settings_.allow_internal = false;
    queue_->set_options(settings_);
    ASSERT_TRUE(submit(envelope({to("a@far.test"), to("b@[127.0.0.1]"), to("c@[IPv6:::ffff:127.0.0.1]")})));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return mails_of_bob().size() == 3; }));
    EXPECT_THAT(mails_of_bob()[0], HasSubstr("is not one mail may be sent to"));
    EXPECT_EQ(remote_.connections(), 0);
}

TEST_F(RelayTest, TwoHundredRecipientsTakeTwoTransactionsOfOneSession) {
    std::vector<message::Recipient> many;
    for (int i = 0; i < 200; ++i) many.push_back(to("r" + std::to_string(i) + "@far.test"));
    ASSERT_TRUE(submit(envelope(many)));
    ASSERT_TRUE(eventually([&] { return queued().size() == 200; }));
    settings_.per_destination = 1;
    queue_->set_options(settings_);
    relay_->start();
    ASSERT_TRUE(eventually([&] { return queue_is_empty(); }));
    EXPECT_THAT(remote_.mails(), SizeIs(2));
    EXPECT_THAT(remote_.mails()[0].to, SizeIs(100));
    EXPECT_EQ(remote_.connections(), 1);
}

/// A tenth of a percent of 100,000 mails to 5,000 domains; docs/performance.md has the whole.
TEST_F(RelayTest, DeadDomainsAmongManyDelayNobody) {  // SM14
    FakeRemote::Script silent;
    silent.silent = true;
    FakeRemote dead("127.0.0.2", remote_.port(), silent);
    ASSERT_TRUE(dead.bound());
    resolver_.a("dead.test", {"127.0.0.2"});
    std::vector<message::Recipient> all;
    for (int domain = 0; domain < 100; ++domain) {
        const std::string name = "d" + std::to_string(domain) + ".test";
        resolver_.mx(name, {{10, domain % 10 == 0 ? "dead.test" : "mx.far.test"}});
        for (int i = 0; i < 2; ++i) all.push_back(to("r" + std::to_string(i) + "@" + name));
    }
    settings_.sessions = 5;  // fewer than there are dead domains
    settings_.reply_timeout = 3600s;
    queue_->set_options(settings_);
    ASSERT_TRUE(submit(envelope(all)));
    ASSERT_TRUE(eventually([&] { return queued().size() == 200; }));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return queued().size() == 20; })) << queued().size() << " are left";
    for (const auto& row : queued()) EXPECT_EQ(row.domain.substr(row.domain.size() - 6), "0.test") << row.domain;
    EXPECT_THAT(remote_.mails(), SizeIs(90)) << "both recipients of a domain in one transaction";
}

TEST_F(RelayTest, SmarthostsTakeTheMailOfTheirDomainsOrOfAll) {
    Smarthost smart;
    smart.domain = "smart.test";
    smart.host = "[127.0.0.1]";
    smart.port = remote_.port();
    smart.tls = Smarthost::Tls::if_offered;
    settings_.allow_internal = false;  // whoever names a smarthost means it
    queue_->set_options(settings_);
    ASSERT_TRUE(smarthosts_->set(smart, std::nullopt));
    relay_->start();
    ASSERT_TRUE(submit(envelope({to("a@smart.test")})));
    ASSERT_TRUE(eventually([&] { return remote_.mails().size() == 1; }));
    smart.domain.clear();
    smart.host = "127.0.0.1";
    ASSERT_TRUE(smarthosts_->set(smart, std::nullopt));
    EXPECT_EQ(smarthosts_->all().front().host, "[127.0.0.1]") << "no name to look up";
    ASSERT_TRUE(submit(envelope({to("a@anything.test")})));
    ASSERT_TRUE(eventually([&] { return remote_.mails().size() == 2; }));
    smart.user = "me";
    EXPECT_FALSE(smarthosts_->set(smart, "secret")) << "not in clear";
    smart.tls = Smarthost::Tls::required;
    ASSERT_TRUE(smarthosts_->set(smart, "secret"));
    const auto reopened = Smarthosts::open(*database_, clock_, std::string(SecretBox::kKeyOctets, 'k')).value();
    EXPECT_EQ(reopened->find("x.test").value()->password, "secret");
    ASSERT_TRUE(submit(envelope({to("b@anything.test")})));
    ASSERT_TRUE(eventually([&] { return deferred(); }));
    EXPECT_THAT(queued()[0].last_error, HasSubstr("STARTTLS")) << "no TLS, no mail";
}

}  // namespace
}  // namespace restante::relay
