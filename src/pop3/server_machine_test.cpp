#include "pop3/server_machine.hpp"

#include <gtest/gtest.h>

#include "pop3/command.hpp"

namespace restante::pop3 {
namespace {
using namespace std::string_literals;

class Drop final : public Listing {
public:
    explicit Drop(std::size_t count) : count_(count) {}
    std::size_t count() const override { return count_; }
    std::uint64_t octets(std::size_t index) const override { return 100 + index; }
    void append_uidl(std::size_t index, std::string& out) const override { out += "u" + std::to_string(index); }

private:
    std::size_t count_;
};

ServerOptions open_options() {
    ServerOptions options;
    options.allow_plaintext_login = true;
    options.mechanisms = {{"PLAIN", true}, {"STRONG", false}};
    return options;
}

template <class T>
bool is(const Step& step) {
    return std::holds_alternative<T>(step);
}

void log_in(ServerMachine& machine, const Listing& drop) {
    machine.feed("USER bob\r\nPASS pw\r\n");
    ASSERT_TRUE(is<Authenticate>(machine.next()));
    machine.authenticated();
    ASSERT_TRUE(is<OpenMaildrop>(machine.next()));
    machine.maildrop_opened(drop);
    machine.output().clear();
}

TEST(Command, TableOfStatesAndArguments) {
    Command command;
    EXPECT_EQ(parse_command("retr 5", State::transaction, command), Fault::none);
    EXPECT_EQ(command.verb, Verb::retr);
    EXPECT_EQ(command.number, 5U);
    EXPECT_EQ(parse_command("TOP 1 2", State::transaction, command), Fault::none);
    EXPECT_EQ(command.lines, 2U);
    EXPECT_EQ(parse_command("LIST", State::transaction, command), Fault::none);
    EXPECT_FALSE(command.has_number);
    EXPECT_EQ(parse_command("PASS  x ", State::user_given, command), Fault::none);
    EXPECT_EQ(command.text, " x ");
    EXPECT_EQ(parse_command("RETR 5", State::authorization, command), Fault::wrong_state);
    EXPECT_EQ(parse_command("PASS x", State::authorization, command), Fault::wrong_state);
    EXPECT_EQ(parse_command("RETR", State::transaction, command), Fault::syntax);
    EXPECT_EQ(parse_command("RETRO", State::transaction, command), Fault::unknown);
    EXPECT_EQ(parse_command("STAT\0"s, State::transaction, command), Fault::syntax);
    EXPECT_EQ(parse_command("QUIT", State::update, command), Fault::wrong_state);
}

TEST(ServerMachine, PipelinedRepliesGatherInOneOutput) {
    const ServerOptions options = open_options();
    ServerMachine machine(options, false);
    const Drop drop(2);
    log_in(machine, drop);
    machine.feed("STAT\r\nNOOP\r\nLIST 2\r\n");
    EXPECT_TRUE(is<NeedInput>(machine.next()));
    EXPECT_EQ(machine.output(), "+OK 2 201\r\n+OK\r\n+OK 2 101\r\n");
}

TEST(ServerMachine, PipelinedRetrievalsGatherToo) {
    const ServerOptions options = open_options();
    ServerMachine machine(options, false);
    const Drop drop(2);
    log_in(machine, drop);
    machine.feed("RETR 1\r\nRETR 2\r\nTOP 1 0\r\n");
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(is<ReadMessage>(machine.next()));
        machine.begin_message();
        machine.output() += ".\r\n";
        machine.end_message();
    }
    EXPECT_TRUE(is<NeedInput>(machine.next()));
    EXPECT_EQ(machine.output(), "+OK 100 octets\r\n.\r\n+OK 101 octets\r\n.\r\n+OK\r\n.\r\n");
}

// Attack "pipelined flood": whatever is asked for, the output stays near flush_at.
TEST(ServerMachine, OutputIsBounded) {
    ServerOptions options = open_options();
    options.flush_at = 1000;
    ServerMachine machine(options, false);
    const Drop drop(5000);
    log_in(machine, drop);
    std::string input;
    for (int i = 0; i < 20; ++i) input += "UIDL\r\nLIST\r\n";
    machine.feed(input);
    std::size_t written = 0, lines = 0;
    for (Step step = machine.next();; step = machine.next()) {
        EXPECT_LT(machine.output().size(), 1100U);
        written += machine.output().size();
        lines += static_cast<std::size_t>(std::count(machine.output().begin(), machine.output().end(), '\n'));
        machine.output().clear();
        if (is<NeedInput>(step)) break;
        ASSERT_TRUE(is<Flush>(step));
    }
    EXPECT_EQ(lines, 40U * 5002U);
    EXPECT_GT(written, 40U * 5000U * 6U);
}

TEST(ServerMachine, MechanismsWithoutPasswordNeedNoTls) {
    ServerOptions options = open_options();
    options.allow_plaintext_login = false;
    ServerMachine machine(options, false);
    machine.output().clear();
    machine.feed("AUTH\r\nAUTH PLAIN\r\nAUTH strong\r\n");
    const Step step = machine.next();
    ASSERT_TRUE(is<SaslStart>(step));
    EXPECT_EQ(std::get<SaslStart>(step).mechanism, "STRONG");
    EXPECT_EQ(std::get<SaslStart>(step).initial, std::nullopt);
    EXPECT_EQ(machine.output().substr(0, 18), "+OK\r\nSTRONG\r\n.\r\n-E");
}

TEST(ServerMachine, SaslRoundsUntilRefused) {
    const ServerOptions options = open_options();
    ServerMachine machine(options, true);
    machine.output().clear();
    machine.feed("AUTH STRONG =\r\nZm9v\r\n");
    Step step = machine.next();
    EXPECT_EQ(std::get<SaslStart>(step).initial, "");
    machine.sasl_challenge("x");
    step = machine.next();
    EXPECT_EQ(std::get<SaslResponse>(step).bytes, "foo");
    machine.refuse({ResponseCode::auth, "no"});
    EXPECT_TRUE(is<NeedInput>(machine.next()));
    EXPECT_EQ(machine.output(), "+ eA==\r\n-ERR [AUTH] no\r\n");
    EXPECT_EQ(machine.state(), State::authorization);
}

TEST(ServerMachine, DeletesAreHandedOverInOrderOnQuitOnly) {
    const ServerOptions options = open_options();
    ServerMachine machine(options, false);
    const Drop drop(9);
    log_in(machine, drop);
    machine.feed("DELE 7\r\nDELE 2\r\nQUIT\r\n");
    const Step step = machine.next();
    ASSERT_TRUE(is<CommitDeletes>(step));
    EXPECT_EQ(std::get<CommitDeletes>(step).indices, (std::vector<std::size_t>{1, 6}));
    EXPECT_EQ(machine.state(), State::update);
    machine.deletes_committed();
    EXPECT_TRUE(is<Close>(machine.next()));
    EXPECT_THROW(machine.next(), std::logic_error);
}

TEST(ServerMachine, OutcomesThatWereNotAskedForAreABrokenInvariant) {
    const ServerOptions options = open_options();
    ServerMachine machine(options, false);
    const Drop drop(1);
    EXPECT_THROW(machine.tls_started(), std::logic_error);
    EXPECT_THROW(machine.authenticated(), std::logic_error);
    EXPECT_THROW(machine.maildrop_opened(drop), std::logic_error);
    EXPECT_THROW(machine.begin_message(), std::logic_error);
    EXPECT_THROW(machine.refuse({}), std::logic_error);
    machine.feed("USER bob\r\nPASS pw\r\n");
    machine.next();
    EXPECT_THROW(machine.next(), std::logic_error);
    EXPECT_THROW(machine.maildrop_opened(drop), std::logic_error);
}

TEST(ServerMachine, TlsForgetsEverythingSaidInClear) {
    const ServerOptions options = open_options();
    ServerMachine machine(options, false);
    machine.feed("USER bob\r\nSTLS\r\nPASS pw\r\nCA");
    ASSERT_TRUE(is<StartTls>(machine.next()));
    machine.output().clear();
    machine.tls_started();
    EXPECT_FALSE(machine.mid_command());
    machine.feed("PA\r\n");
    EXPECT_TRUE(is<NeedInput>(machine.next()));
    EXPECT_EQ(machine.output(), "-ERR Unknown command\r\n");
}

TEST(ServerMachine, HalfACommandShows) {
    const ServerOptions options = open_options();
    ServerMachine machine(options, false);
    EXPECT_FALSE(machine.mid_command());
    machine.feed("CAP");
    machine.next();
    EXPECT_TRUE(machine.mid_command());
    machine.feed("A\r\n");
    machine.next();
    EXPECT_FALSE(machine.mid_command());
}

TEST(LineBuffer, LimitsCountTheLineEnd) {
    LineBuffer lines(100);
    std::string_view line;
    lines.feed("abc\r\nabcd\r\n\nabc");
    EXPECT_EQ(lines.next(line, 5), LineBuffer::Status::line);
    EXPECT_EQ(line, "abc");
    EXPECT_EQ(lines.next(line, 5), LineBuffer::Status::too_long);
    EXPECT_EQ(lines.next(line, 5), LineBuffer::Status::line);
    EXPECT_EQ(line, "");
    EXPECT_EQ(lines.next(line, 5), LineBuffer::Status::none);
    lines.feed(std::string(40, 'x'));
    EXPECT_EQ(lines.next(line, 5), LineBuffer::Status::none);
    lines.feed(std::string(40, 'x') + "\r\nok\n");
    EXPECT_EQ(lines.next(line, 5), LineBuffer::Status::too_long);
    EXPECT_EQ(lines.next(line, 5), LineBuffer::Status::line);
    EXPECT_EQ(line, "ok");
    EXPECT_TRUE(lines.empty());
}

TEST(LineBuffer, FloodIsNoticed) {
    LineBuffer lines(1000);
    std::string_view line;
    LineBuffer::Status status = LineBuffer::Status::none;
    std::size_t fed = 0;
    for (; status == LineBuffer::Status::none && fed < 10'000; fed += 100) {
        lines.feed(std::string(100, 'x'));
        status = lines.next(line, 255);
        EXPECT_LE(lines.rest().size(), 255U);
    }
    EXPECT_EQ(status, LineBuffer::Status::flood);
    EXPECT_LE(fed, 1400U);
}

}  // namespace
}  // namespace restante::pop3
