// What transcripts do not show: batches, buffers, early talk, shutdown, chunks. Conversations: tests/transcripts/smtp.
#include "smtp/server_machine.hpp"

#include <gtest/gtest.h>

namespace restante::smtp {
namespace {

/// Accepts everything and notes the steps.
class Agent {
public:
    explicit Agent(const ServerOptions& options, bool tls = false) : machine(options, tls) {}

    void feed(std::string_view bytes) {
        while (!bytes.empty() && !closed) {
            const auto space = machine.input_space();
            ASSERT_FALSE(space.empty());
            largest_space = std::max(largest_space, space.size());
            const std::size_t n = std::min(space.size(), bytes.size());
            std::copy_n(bytes.data(), n, space.data());
            machine.received(n);
            bytes.remove_prefix(n);
            run();
        }
    }
    void run() {
        while (!closed) {
            Step step = machine.next();
            if (std::holds_alternative<NeedInput>(step)) return;
            if (auto* send = std::get_if<Send>(&step)) writes.emplace_back(send->bytes);
            if (std::holds_alternative<CheckSender>(step)) machine.resume({250, {2, 1, 0}, "ok"});
            if (std::holds_alternative<CheckRecipient>(step)) machine.resume({250, {2, 1, 5}, "ok"});
            if (std::holds_alternative<BeginData>(step)) machine.resume(begin);
            if (std::holds_alternative<Deliver>(step)) {
                ++delivered;
                each.empty() ? machine.resume(outcome) : machine.resume_each(each);
            }
            if (auto* chunk = std::get_if<DataChunk>(&step)) {
                data += chunk->bytes;
                largest_chunk = std::max(largest_chunk, chunk->bytes.size());
            }
            if (auto* close = std::get_if<Close>(&step)) {
                closed = true;
                reason = close->reason;
            }
        }
    }

    ServerMachine machine;
    Reply begin{354, {}, "go"}, outcome{250, {2, 6, 0}, "queued"};
    std::vector<Reply> each;  // outcomes of a delivery by LMTP
    std::vector<std::string> writes;
    std::string data;
    std::size_t largest_space = 0, largest_chunk = 0, delivered = 0;
    bool closed = false;
    Close::Reason reason{};
};

constexpr std::string_view transaction =
    "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@d.example>\r\nDATA\r\n";

TEST(ServerMachine, AnswersAPipelinedGroupInOneWrite) {
    const ServerOptions options;
    Agent agent(options);
    agent.run();
    agent.feed("EHLO x\r\n");
    agent.writes.clear();
    agent.feed(transaction);
    ASSERT_EQ(agent.writes.size(), 1U);
    EXPECT_EQ(agent.writes[0], "250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.1.5 ok\r\n354 go\r\n");
}

TEST(ServerMachine, HoldsBackABoundedAmountOfReplies) {
    ServerOptions options;
    options.data_buffer = options.idle_buffer = 1 << 20;
    Agent agent(options);
    agent.run();
    std::string flood;
    for (int i = 0; i < 10'000; ++i) flood += "NOOP\r\n";
    agent.feed(flood);
    for (const auto& write : agent.writes) EXPECT_LE(write.size(), options.reply_batch + 600);
    EXPECT_GT(agent.writes.size(), 5U);
}

TEST(ServerMachine, KeepsAMessageOutOfMemory) {
    const ServerOptions options;
    Agent agent(options);
    agent.run();
    agent.feed("EHLO x\r\n" + std::string(transaction));
    EXPECT_TRUE(agent.machine.in_data());
    std::string megabyte;
    while (megabyte.size() < 1'000'000) megabyte += "a line of text that is not long\r\n";
    for (int i = 0; i < 5; ++i) agent.feed(megabyte);
    agent.feed(".\r\n");
    EXPECT_EQ(agent.data.size(), 5 * megabyte.size());
    EXPECT_LE(agent.largest_chunk, options.data_buffer);
    EXPECT_LE(agent.largest_space, options.data_buffer);
    EXPECT_EQ(agent.delivered, 1U);
    EXPECT_LE(agent.machine.input_space().size(), options.idle_buffer);  // given back after the message
}

TEST(ServerMachine, AnEndlessLineTakesNoMemory) {
    const ServerOptions options;
    Agent agent(options);
    agent.run();
    const std::string part(100'000, 'x');
    for (int i = 0; i < 100 && !agent.closed; ++i) agent.feed(part);
    EXPECT_TRUE(agent.closed);
    EXPECT_LE(agent.largest_space, options.max_command_line);
}

TEST(ServerMachine, RefusesAClientThatDoesNotWaitForTheGreeting) {  // CONFORMANCE: early talk
    const ServerOptions options;
    Agent agent(options);
    agent.feed("EHLO x\r\n");
    EXPECT_TRUE(agent.machine.session().spoke_early);
    EXPECT_TRUE(agent.closed);
    EXPECT_EQ(agent.writes.at(0).substr(0, 10), "554 5.5.0 ");
}

TEST(ServerMachine, ShutsDownBetweenCommandsButNotInsideAMessage) {
    const ServerOptions options;
    Agent agent(options);
    agent.run();
    agent.feed("EHLO x\r\n" + std::string(transaction) + "half ");
    agent.machine.shut_down();
    agent.run();
    EXPECT_FALSE(agent.closed);
    EXPECT_FALSE(agent.machine.idle());
    agent.feed("a line\r\n.\r\nNOOP\r\n");
    EXPECT_EQ(agent.delivered, 1U);
    EXPECT_TRUE(agent.closed);
    EXPECT_EQ(agent.reason, Close::Reason::shutdown);
    EXPECT_NE(agent.writes.back().find("250 2.6.0 queued\r\n421 4.3.2 "), std::string::npos);
}

TEST(ServerMachine, AnOutcomeOf421Closes) {
    const ServerOptions options;
    Agent agent(options);
    agent.outcome = {421, {4, 3, 0}, "broken"};
    agent.run();
    agent.feed("EHLO x\r\n" + std::string(transaction) + "text\r\n.\r\nNOOP\r\n");
    EXPECT_TRUE(agent.closed);
    EXPECT_TRUE(agent.writes.back().ends_with("354 go\r\n421 4.3.0 broken\r\n"));
}

TEST(ServerMachine, ARefusedDataIsNotFollowedByText) {
    const ServerOptions options;
    Agent agent(options);
    agent.begin = {452, {4, 3, 1}, "full"};
    agent.run();
    agent.feed("EHLO x\r\n" + std::string(transaction) + "NOOP\r\nDATA\r\n");
    EXPECT_FALSE(agent.machine.in_data());
    EXPECT_NE(agent.writes.back().find("452 4.3.1 full\r\n250 2.0.0 OK\r\n452 4.3.1 full\r\n"), std::string::npos);
    EXPECT_EQ(agent.delivered, 0U);
}

TEST(ServerMachine, OnLmtpEveryRecipientHasItsOwnOutcome) {  // row SM28
    ServerOptions options;
    options.kind = ServerOptions::Kind::lmtp;
    Agent agent(options);
    agent.each = {{250, {2, 6, 0}, "kept"}, {452, {4, 2, 2}, "full"}};
    agent.run();
    agent.feed("LHLO x\r\n" + std::string(transaction));
    agent.feed("text\r\n.\r\nNOOP\r\n");
    EXPECT_EQ(agent.writes.back(), "250 2.6.0 kept\r\n452 4.2.2 full\r\n250 2.0.0 OK\r\n");
    agent.each = {{250, {2, 6, 0}, "kept"}};
    EXPECT_THROW(agent.feed(std::string(transaction) + "text\r\n.\r\n"), std::logic_error);
}

TEST(ServerMachine, AChunkIsNotHeldInMemory) {  // row SM21
    const ServerOptions options;
    Agent agent(options);
    agent.run();
    agent.feed("EHLO x\r\n" + std::string(transaction.substr(0, transaction.find("DATA"))) + "BDAT 5000000 LAST\r\n");
    EXPECT_TRUE(agent.machine.in_data());
    std::string octets;
    while (octets.size() < 1'000'000) octets += "0123456789abcdefghi\n";
    for (std::size_t at = octets.find('\n'); at != std::string::npos; at = octets.find('\n', at + 1)) octets[at - 1] = '\r';
    for (int i = 0; i < 5; ++i) agent.feed(octets);
    EXPECT_EQ(agent.data.size(), 5'000'000U);
    EXPECT_LE(agent.largest_space, options.data_buffer);
    EXPECT_EQ(agent.delivered, 1U);
}

TEST(ServerMachine, AMessageGivenUpBetweenChunksIsDiscarded) {  // row SM21
    const ServerOptions options;
    ServerMachine machine(options, false);
    const auto feed = [&](std::string_view bytes) {
        std::copy(bytes.begin(), bytes.end(), machine.input_space().begin());
        machine.received(bytes.size());
    };
    (void)machine.next();
    feed("EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 2\r\nabRSET\r\n");
    bool discarded = false;
    for (Step step = machine.next(); !std::holds_alternative<NeedInput>(step); step = machine.next()) {
        discarded = discarded || std::holds_alternative<DiscardData>(step);
        if (std::holds_alternative<CheckSender>(step) || std::holds_alternative<CheckRecipient>(step))
            machine.resume({250, {2, 1, 0}, "ok"});
        if (std::holds_alternative<BeginData>(step)) machine.resume({354, {}, "go"});
    }
    EXPECT_TRUE(discarded);
    EXPECT_TRUE(machine.envelope().recipients.empty());
}

TEST(ServerMachine, CountsLinesNotBytes) {
    const ServerOptions options;
    Agent agent(options);
    agent.run();
    agent.feed("NO");
    EXPECT_EQ(agent.machine.lines(), 0U);
    EXPECT_FALSE(agent.machine.idle());
    agent.feed("OP\r\nNOOP\r\n");
    EXPECT_EQ(agent.machine.lines(), 2U);
    EXPECT_TRUE(agent.machine.idle());
}

TEST(ServerMachine, MisuseIsAFaultOfTheProgram) {
    const ServerOptions options;
    ServerMachine machine(options, false);
    EXPECT_THROW(machine.resume({250, {2, 0, 0}, "to nothing"}), std::logic_error);
    EXPECT_THROW(machine.tls_started(), std::logic_error);
}

TEST(ServerMachine, EveryTlsRenewalForgetsTheTransaction) {
    const ServerOptions options;
    Agent agent(options);
    agent.run();
    std::string bytes = "EHLO x\r\nSTARTTLS\r\nEVIL\r\n";
    const auto space = agent.machine.input_space();
    std::copy(bytes.begin(), bytes.end(), space.data());
    agent.machine.received(bytes.size());
    EXPECT_TRUE(std::holds_alternative<Send>(agent.machine.next()));
    EXPECT_TRUE(std::holds_alternative<StartTls>(agent.machine.next()));
    agent.machine.tls_started();
    EXPECT_TRUE(agent.machine.session().injected_in_clear);
    EXPECT_TRUE(agent.machine.session().tls);
    EXPECT_EQ(agent.machine.session().client_name, "");
    EXPECT_TRUE(std::holds_alternative<NeedInput>(agent.machine.next()));
}

}  // namespace
}  // namespace restante::smtp
