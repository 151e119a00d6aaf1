#include "net/stream.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include "net/net_fixture.hpp"

namespace restante::net {
namespace {

class StreamTest : public NetTest {};

Task<std::string> say_and_listen(Stream stream, std::string words) {
    const auto sent = co_await stream.write_all(words);
    EXPECT_TRUE(sent);
    co_await stream.shutdown();
    co_return co_await read_to_end(stream);
}

TEST_F(StreamTest, EchoesUntilTheEnd) {
    auto [a, b] = pair();
    group.spawn(io.executor(1), echo(std::move(b)), "echo");
    const std::string words(50'000, 'x');
    EXPECT_EQ(run_blocking(io.executor(0), say_and_listen(std::move(a), words)), words);
}

Task<std::string> write_pieces_of(Stream stream, std::vector<std::string_view> pieces) {
    EXPECT_TRUE(co_await stream.write_all(pieces));
    co_await stream.shutdown();
    co_return co_await read_to_end(stream);
}

TEST_F(StreamTest, PiecesArriveInOrderAndEmptyOnesDoNoHarm) {
    auto [a, b] = pair();
    group.spawn(io.executor(1), echo(std::move(b)), "echo");
    std::vector<std::string_view> pieces{"", "one ", "", "two "};
    for (int i = 0; i < 40; ++i) pieces.push_back("n");
    pieces.push_back("");
    EXPECT_EQ(run_blocking(io.executor(0), write_pieces_of(std::move(a), pieces)), "one two " + std::string(40, 'n'));
}

Task<ErrorKind> write_until_it_fails(Stream stream) {
    const std::string chunk(100'000, 'x');
    for (;;) {
        const auto sent = co_await stream.write_all(chunk);
        if (!sent) co_return sent.error().kind;
    }
}

TEST_F(StreamTest, WritingToAGonePeerIsAnErrorNotASignal) {
    auto [a, b] = pair();
    b.close();
    EXPECT_EQ(run_blocking(io.executor(0), write_until_it_fails(std::move(a))), ErrorKind::io);
}

Task<ErrorKind> read_under_watchdog(Stream stream, Watchdog::Duration limit) {
    Watchdog watchdog(stream);
    watchdog.extend(limit);
    char buffer[16];
    const auto got = co_await stream.read_some(buffer);
    EXPECT_TRUE(watchdog.expired());
    stream.try_write("421 bye\r\n");
    const auto again = co_await stream.read_some(buffer);
    EXPECT_FALSE(again);
    co_return got ? ErrorKind::internal : got.error().kind;
}

TEST_F(StreamTest, WatchdogEndsASilentSessionWhichMayStillSayGoodbye) {
    auto [a, b] = pair();
    EXPECT_EQ(run_blocking(io.executor(0), read_under_watchdog(std::move(a), 30ms)), ErrorKind::timeout);
    EXPECT_EQ(run_blocking(io.executor(1), read_to_end(b)), "421 bye\r\n");
}

TEST_F(StreamTest, WatchdogEndsASlowReader) {
    auto [a, b] = pair();
    struct Run {
        static Task<ErrorKind> write(Stream stream) {
            Watchdog watchdog(stream);
            watchdog.extend(50ms);
            const std::string much(10'000'000, 'x');
            const auto sent = co_await stream.write_all(much);
            co_return sent ? ErrorKind::internal : sent.error().kind;
        }
    };
    EXPECT_EQ(run_blocking(io.executor(0), Run::write(std::move(a))), ErrorKind::timeout);
}

Task<> take_slowly(Stream stream) {
    std::vector<char> buffer(400'000);
    for (;;) {
        const auto waited = co_await sleep_for(100ms);
        if (!waited) co_return;
        const auto got = co_await stream.read_some(buffer);
        if (!got || *got == 0) co_return;
    }
}

TEST_F(StreamTest, WatchdogLetsASlowReaderGoOn) {
    auto [a, b] = pair();
    group.spawn(io.executor(1), take_slowly(std::move(b)), "reader");
    struct Run {
        static Task<bool> write(Stream stream) {
            Watchdog watchdog(stream);
            watchdog.extend(2s);  // less than it takes
            const std::string much(6'000'000, 'x');
            const auto sent = co_await stream.write_all(much);
            co_return sent.has_value();
        }
    };
    EXPECT_TRUE(run_blocking(io.executor(0), Run::write(std::move(a))));
}

Task<int> extend_often(Stream stream) {
    Watchdog watchdog(stream);
    int rounds = 0;
    char buffer[1];
    for (; rounds < 5; ++rounds) {
        watchdog.extend(200ms);
        const auto got = co_await stream.read_some(buffer);
        if (!got || *got == 0) break;
    }
    watchdog.extend(10s);
    watchdog.cap(50ms);
    const auto got = co_await stream.read_some(buffer);
    EXPECT_FALSE(got);
    co_return watchdog.expired() ? rounds : -1;
}

Task<> drip(Stream stream, int bytes) {
    for (int i = 0; i < bytes; ++i) {
        if (!co_await sleep_for(80ms)) co_return;
        if (!co_await stream.write_all("x")) co_return;
    }
    char buffer[1];
    (void)co_await stream.read_some(buffer);
}

TEST_F(StreamTest, EveryCommandMovesTheDeadlineButTheCapHolds) {
    auto [a, b] = pair();
    group.spawn(io.executor(1), drip(std::move(b), 5), "drip");
    EXPECT_EQ(run_blocking(io.executor(0), extend_often(std::move(a))), 5);
}

Task<> read_for_ever(Stream stream, std::promise<ErrorKind>& outcome) {
    char buffer[16];
    const auto got = co_await stream.read_some(buffer);
    outcome.set_value(got ? ErrorKind::internal : got.error().kind);
    co_await yield();  // throws: the task is cancelled
    ADD_FAILURE() << "went on after cancellation";
}

TEST_F(StreamTest, CancellingTheGroupEndsAReadWithAValueThenUnwinds) {
    auto [a, b] = pair();
    std::promise<ErrorKind> outcome;
    group.spawn(io.executor(0), read_for_ever(std::move(a), outcome), "reader");
    group.cancel();
    EXPECT_TRUE(group.wait(5s));
    EXPECT_EQ(log.text(), "");
    auto future = outcome.get_future();
    if (future.wait_for(0s) == std::future_status::ready) {
        EXPECT_EQ(future.get(), ErrorKind::cancelled);
    }
}

Task<> count_turns(int& turns, const bool& stop) {
    while (!stop) {
        ++turns;
        co_await yield();
    }
}

Task<int> take_bytes_one_by_one(Stream stream, std::size_t count) {
    int turns = 0;
    bool stop = false;
    TaskGroup others(null_log());
    others.spawn(co_await this_executor, count_turns(turns, stop), "other");
    char byte[1];
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(co_await stream.read_some(byte));
    const int seen = turns;
    stop = true;
    co_await others.join();
    co_return seen;
}

TEST_F(StreamTest, AStreamWithMuchToReadLetsOthersRun) {
    auto [a, b] = pair();
    const std::string much(6400, 'x');
    ASSERT_EQ(::send(b.descriptor(), much.data(), much.size(), 0), 6400);
    EXPECT_GE(run_blocking(io.executor(0), take_bytes_one_by_one(std::move(a), much.size())), 50);
}

Task<bool> wait_then_read(Stream stream) {
    const auto ready = co_await stream.wait_readable();
    char buffer[8];
    const auto got = co_await stream.read_some(buffer);
    co_return ready&& got&& std::string_view(buffer, *got) == "hello";
}

TEST_F(StreamTest, WaitsForDataWithoutABuffer) {
    auto [a, b] = pair();
    auto answer =
        std::async(std::launch::async, [&] { return run_blocking(io.executor(0), wait_then_read(std::move(a))); });
    b.try_write("hello");
    EXPECT_TRUE(answer.get());
}

}  // namespace
}  // namespace restante::net
