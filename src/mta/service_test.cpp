// The services over real sockets: what transcripts cannot show. Conversations: tests/transcripts/smtp.
#include <fstream>

#include "base/text.hpp"
#include "mta/test_fixture.hpp"

namespace restante::mta {
namespace {

using Kind = smtp::ServerOptions::Kind;

std::string login_of(const std::string& name, const std::string& password) {
    using namespace std::string_literals;
    return "AUTH PLAIN " + base64_encode("\0"s + name + "\0"s + password);
}

void envelope(BlockingClient& client, const std::string& to = "bob@example.org") {
    EXPECT_EQ(client.command("EHLO client.example").substr(0, 4), "250 ");
    EXPECT_EQ(client.command("MAIL FROM:<a@sender.example>").substr(0, 9), "250 2.1.0");
    EXPECT_EQ(client.command("RCPT TO:<" + to + ">").substr(0, 9), "250 2.1.5");
}

long resident_kib() {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.rfind("VmRSS:", 0) == 0) return std::stol(line.substr(6));
    return 0;
}

class ServiceTest : public SmtpFixture {};

TEST_F(ServiceTest, AMessageIsDeliveredWithItsTrace) {
    Service& service = serve(options());
    BlockingClient client(port(service));
    EXPECT_EQ(client.reply().substr(0, 19), "220 mx.example.org ");
    envelope(client);
    EXPECT_EQ(client.command("DATA").substr(0, 3), "354");
    const std::string accepted = client.command("Subject: hi\r\n\r\nbody\r\n.");
    EXPECT_EQ(accepted.substr(0, 10), "250 2.6.0 ");
    const auto mails = store_.maildrop(bob_);
    ASSERT_EQ(mails.size(), 1U);
    const std::string id = accepted.substr(accepted.rfind(' ') + 1);
    EXPECT_NE(mails[0].find("Received: from client.example ([127.0.0.1])\r\n\tby mx.example.org with ESMTP id " + id),
              std::string::npos);
    EXPECT_NE(mails[0].find("\tfor <bob@example.org>;"), std::string::npos);
    EXPECT_EQ(mails[0].rfind("Return-Path: <a@sender.example>\r\n", 0), 0U);
    EXPECT_TRUE(mails[0].ends_with("Subject: hi\r\n\r\nbody\r\n"));
    EXPECT_EQ(mails[0].find("Message-ID"), std::string::npos);  // a mail exchange adds nothing (SM15)
    EXPECT_EQ(count("smtp_messages_total"), 1U);
}

TEST_F(ServiceTest, SubmissionAddsWhatIsMissing) {  // RFC 6409 8
    Service& service = serve(options(Kind::submission));
    BlockingClient client(tls_port(service), true);
    client.reply();
    EXPECT_EQ(client.command("EHLO client.example").substr(0, 4), "250 ");
    EXPECT_EQ(client.command(login_of("bob", "s3cret-bob")).substr(0, 4), "235 ");
    for (const char* text : {"Subject: a\r\n\r\nx\r\n.", "Date: now\r\nMessage-ID: <own@x>\r\n\r\nDate: no\r\n."}) {
        client.command("MAIL FROM:<bob@example.org>");
        client.command("RCPT TO:<alice@example.org>");
        client.command("DATA");
        EXPECT_EQ(client.command(text).substr(0, 4), "250 ");
    }
    const auto mails = store_.maildrop(alice_);
    ASSERT_EQ(mails.size(), 2U);
    EXPECT_NE(mails[0].find("with ESMTPSA id"), std::string::npos);
    EXPECT_NE(mails[0].find("\r\nDate: "), std::string::npos);
    EXPECT_NE(mails[0].find("\r\nMessage-ID: <"), std::string::npos);
    EXPECT_NE(mails[0].find("(TLSv1.3 TLS_"), std::string::npos);
    EXPECT_EQ(mails[1].find("\r\nMessage-ID: <"), mails[1].find("\r\nMessage-ID: <own@x>"));
}

TEST_F(ServiceTest, WrongPasswordsWaitLongerAndLonger) {
    guard_.set({.delay = 150ms});
    Service& service = serve(options(Kind::submission));
    BlockingClient client(tls_port(service), true);
    client.reply();
    client.command("EHLO x");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(client.command(login_of("bob", "wrong")).substr(0, 9), "535 5.7.8");
    EXPECT_EQ(client.command(login_of("bob", "wrong too")).substr(0, 9), "535 5.7.8");
    EXPECT_GE(std::chrono::steady_clock::now() - start, 450ms);
    EXPECT_EQ(client.command(login_of("bob@example.org", "s3cret-bob")).substr(0, 4), "235 ");  // the owner gets in
    EXPECT_EQ(count("smtp_logins_failed_total", "submission"), 2U);
}

TEST_F(ServiceTest, NobodyActsForSomebodyElse) {
    using namespace std::string_literals;
    Service& service = serve(options(Kind::submission));
    BlockingClient client(tls_port(service), true);
    client.reply();
    client.command("EHLO x");
    EXPECT_EQ(client.command("AUTH PLAIN " + base64_encode("alice\0bob\0s3cret-bob"s)).substr(0, 9), "535 5.7.8");
}

TEST_F(ServiceTest, SilentAndDrippingClientsAreClosed) {
    Options strict = options();
    strict.command_timeout = 1s;
    Service& service = serve(strict);
    BlockingClient silent(port(service)), dripping(port(service)), busy(port(service));
    silent.reply();
    dripping.reply();
    busy.reply();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 8; ++i) {  // an octet now and then does not move the deadline, a command does
        dripping.send("N");
        EXPECT_EQ(busy.command("NOOP").substr(0, 3), "250");
        std::this_thread::sleep_for(200ms);
    }
    EXPECT_EQ(silent.reply().substr(0, 9), "421 4.4.2");
    EXPECT_EQ(dripping.reply().substr(0, 9), "421 4.4.2");
    EXPECT_GE(std::chrono::steady_clock::now() - start, 1s);
    EXPECT_EQ(busy.command("NOOP").substr(0, 3), "250");
}

TEST_F(ServiceTest, ATextThatDripsIsCutOffAndNotDelivered) {
    Options strict = options();
    strict.data_timeout = 1s;
    Service& service = serve(strict);
    BlockingClient client(port(service));
    client.reply();
    envelope(client);
    client.command("DATA");
    for (int i = 0; i < 15 && client.send("x\r\n"); ++i) std::this_thread::sleep_for(100ms);
    EXPECT_EQ(client.reply().substr(0, 9), "421 4.4.2");
    EXPECT_TRUE(store_.all().empty());
}

TEST_F(ServiceTest, AHalfOpenTlsHandshakeIsClosed) {
    Options strict = options();
    strict.handshake_timeout = 1s;
    Service& service = serve(strict);
    BlockingClient implicit(tls_port(service)), starttls(port(service));
    starttls.reply();
    starttls.command("EHLO x");
    EXPECT_EQ(starttls.command("STARTTLS").substr(0, 3), "220");
    starttls.send("\x16\x03\x01");
    implicit.send("\x16");
    EXPECT_EQ(starttls.reply(), "");
    EXPECT_TRUE(starttls.at_end());
    implicit.receive();  // perhaps an alert
    EXPECT_TRUE(implicit.at_end());
}

TEST_F(ServiceTest, CommandsBehindStarttlsAreNotRun) {  // SM17
    Service& service = serve(options());
    BlockingClient client(port(service));
    client.reply();
    client.command("EHLO x");
    client.send("STARTTLS\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<bob@example.org>\r\n");
    EXPECT_EQ(client.reply().substr(0, 3), "220");
    ASSERT_TRUE(client.start_tls());
    EXPECT_EQ(client.command("NOOP").substr(0, 3), "250");  // and not the reply to MAIL
    client.command("EHLO x");
    EXPECT_EQ(client.command("RCPT TO:<bob@example.org>").substr(0, 3), "503");
}

TEST_F(ServiceTest, TenThousandRecipientsAreBounded) {
    Options wide = options();
    wide.protocol.max_recipients = 1000;
    Service& service = serve(wide);
    BlockingClient client(port(service));
    client.reply();
    client.command("EHLO x");
    client.command("MAIL FROM:<a@b.example>");
    std::thread sender([&] {
        std::string all;
        for (int i = 0; i < 10'000; ++i) all += "RCPT TO:<bob@example.org>\r\n";
        client.send(all);
    });
    std::map<std::string, int> answers;
    for (int i = 0; i < 10'000; ++i) ++answers[client.reply().substr(0, 9)];
    sender.join();
    EXPECT_EQ(answers["250 2.1.5"], 1000);
    EXPECT_EQ(answers["452 4.5.3"], 9000);
    client.command("DATA");
    EXPECT_EQ(client.command("x\r\n.").substr(0, 4), "250 ");
    EXPECT_EQ(store_.all().size(), 1U);
    EXPECT_EQ(store_.maildrop(bob_).size(), 1U);
}

TEST_F(ServiceTest, AnEndlessLineIsBounded) {
    Service& service = serve(options());
    BlockingClient client(port(service));
    client.reply();
    const long before = resident_kib();
    const std::string megabyte(1 << 20, 'x');
    int sent = 0;
    while (sent < 64 && client.send(megabyte)) ++sent;
    EXPECT_LT(sent, 64);  // the server hangs up
    EXPECT_LT(resident_kib() - before, 16 * 1024);
}

TEST_F(ServiceTest, AHugeMessageIsDrainedAndRefused) {
    Options small = options();
    small.protocol.max_message_size = 1 << 20;
    Service& service = serve(small);
    BlockingClient client(port(service));
    client.reply();
    envelope(client);
    client.command("DATA");
    std::string text;
    while (text.size() < 5 << 20) text += "a line of a message that is much too large\r\n";
    EXPECT_TRUE(client.send(text));
    EXPECT_EQ(client.command(".").substr(0, 9), "552 5.3.4");
    EXPECT_EQ(client.command("NOOP").substr(0, 3), "250");
    EXPECT_TRUE(store_.all().empty());
}

TEST_F(ServiceTest, AHugeHeaderIsRefused) {  // CONFORMANCE section 4: hdr1M
    Options small = options();
    small.max_header_octets = 100'000;
    Service& service = serve(small);
    BlockingClient client(port(service));
    client.reply();
    envelope(client);
    client.command("DATA");
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "X-a: b\r\n";
    client.send(text);
    EXPECT_EQ(client.command("\r\nbody\r\n.").substr(0, 9), "552 5.3.4");
    EXPECT_TRUE(store_.all().empty());
}

TEST_F(ServiceTest, AMailLoopEnds) {  // SM9
    Service& service = serve(options());
    BlockingClient client(port(service));
    client.reply();
    envelope(client);
    client.command("DATA");
    std::string text;
    for (int i = 0; i < 100; ++i) text += "Received: from a by b; Thu, 01 Jan 1970 00:00:00 +0000\r\n";
    client.send(text);
    EXPECT_EQ(client.command("\r\nbody\r\n.").substr(0, 9), "554 5.4.6");
}

TEST_F(ServiceTest, TheAnswerComesAfterTheCommit) {  // SM11
    Service& service = serve(options());
    store_.commit_time = 300ms;
    BlockingClient client(port(service));
    client.reply();
    envelope(client);
    client.command("DATA");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(client.command("x\r\n.").substr(0, 4), "250 ");
    EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
    EXPECT_EQ(store_.all().size(), 1U);
}

TEST_F(ServiceTest, ManyConnectionsCommitTogether) {
    Service& service = serve(options());
    store_.commit_time = 300ms;
    constexpr int clients = 24;
    std::vector<std::unique_ptr<BlockingClient>> all;
    for (int i = 0; i < clients; ++i) all.push_back(std::make_unique<BlockingClient>(port(service)));
    for (auto& client : all) {
        client->reply();
        envelope(*client);
        client->command("DATA");
    }
    const auto start = std::chrono::steady_clock::now();
    for (auto& client : all) client->send("x\r\n.\r\n");
    for (auto& client : all) EXPECT_EQ(client->reply().substr(0, 4), "250 ");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 300ms * clients / 3);  // not one after the other
    EXPECT_EQ(store_.all().size(), std::size_t{clients});
}

TEST_F(ServiceTest, StoppingEndsIdleSessionsAtOnceAndBusyOnesAfterTheirMessage) {
    Service& service = serve(options());
    BlockingClient idle(port(service)), busy(port(service));
    idle.reply();
    idle.command("EHLO x");
    busy.reply();
    envelope(busy);
    busy.command("DATA");
    busy.send("half a ");
    service.stop();
    EXPECT_EQ(idle.reply().substr(0, 9), "421 4.3.2");
    EXPECT_TRUE(idle.at_end());
    busy.send("message\r\n.\r\n");
    EXPECT_EQ(busy.reply().substr(0, 9), "250 2.6.0");
    EXPECT_EQ(busy.reply().substr(0, 9), "421 4.3.2");
    EXPECT_TRUE(busy.at_end());
    EXPECT_EQ(store_.maildrop(bob_).size(), 1U);
}

TEST_F(ServiceTest, TooManyConnectionsOfOneAddressAreRefused) {
    Options narrow = options();
    narrow.max_per_address = 2;
    Service& service = serve(narrow);
    BlockingClient first(port(service)), second(port(service));
    EXPECT_EQ(first.reply().substr(0, 3), "220");
    EXPECT_EQ(second.reply().substr(0, 3), "220");
    BlockingClient third(port(service));
    EXPECT_EQ(third.reply().substr(0, 9), "421 4.3.2");
}

TEST_F(ServiceTest, AClientThatTalksFirstIsRefused) {
    Service& service = serve(options());
    bool refused = false;
    for (int i = 0; i < 200 && !refused; ++i) {  // what arrives with or after the greeting is in time
        BlockingClient client(port(service));
        client.send("EHLO x\r\n");
        refused = client.reply().substr(0, 9) == "554 5.5.0";
    }
    EXPECT_TRUE(refused);
}

TEST_F(ServiceTest, AnUnknownFormOfAddressOverTheRealDirectory) {
    ASSERT_TRUE(alias("sales@example.org", {"bob", "alice"}));
    Service& service = serve(options());
    BlockingClient client(port(service));
    client.reply();
    envelope(client, "sales@example.org");
    EXPECT_EQ(client.command("RCPT TO:<nobody@example.org>").substr(0, 9), "550 5.1.1");
    EXPECT_EQ(client.command("RCPT TO:<x@elsewhere.example>").substr(0, 9), "550 5.7.1");
    client.command("DATA");
    EXPECT_EQ(client.command("x\r\n.").substr(0, 4), "250 ");
    EXPECT_EQ(store_.maildrop(bob_).size(), 1U);
    EXPECT_EQ(store_.maildrop(alice_).size(), 1U);
}

}  // namespace
}  // namespace restante::mta
