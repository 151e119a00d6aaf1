#pragma once
// Internal to net's tests: loops, a group and a log that remembers.
#include <gtest/gtest.h>

#include <future>

#include "net/connect.hpp"
#include "net/io_pool.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"
#include "net/task_group.hpp"
#include "net/tls_context.hpp"
#include "net/watchdog.hpp"
#include "net/work_pool.hpp"

namespace restante::net {

using namespace std::chrono_literals;

class RecordingLog final : public Log {
public:
    bool enabled(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) override {
        const std::scoped_lock lock(mutex_);
        text_ += event;
        for (const LogField& field : fields)
            if (const auto* value = std::get_if<std::string_view>(&field.value)) (text_ += " ") += *value;
        text_ += '\n';
    }
    std::string text() const {
        const std::scoped_lock lock(mutex_);
        return text_;
    }

private:
    mutable std::mutex mutex_;
    std::string text_;
};

/// Members are destroyed in reverse: first the group must be empty, which TearDown sees to.
class NetTest : public testing::Test {
protected:
    void TearDown() override {
        group.cancel();
        ASSERT_TRUE(group.wait(20s)) << "tasks hang";
    }

    std::pair<Stream, Stream> pair() { return std::move(*make_stream_pair(io.executor(0), io.executor(1))); }

    RecordingLog log;
    IoPool io{IoPoolOptions{.threads = 2}};
    WorkPool work{WorkPoolOptions{.threads = 2, .queue_limit = 16}};
    TaskGroup group{log};
};

/// Everything until the end of the stream or an error, which is appended as "!kind".
inline Task<std::string> read_to_end(Stream& stream) {
    std::string out;
    char buffer[4096];
    for (;;) {
        const auto got = co_await stream.read_some(buffer);
        if (!got) {
            out += "!";
            out += to_string(got.error().kind);
            co_return out;
        }
        if (*got == 0) co_return out;
        out.append(buffer, *got);
    }
}

inline Task<> echo(Stream stream) {
    char buffer[1024];
    for (;;) {
        const auto got = co_await stream.read_some(buffer);
        if (!got || *got == 0) break;
        if (!co_await stream.write_all(std::string_view(buffer, *got))) break;
    }
    co_await stream.shutdown();
}

}  // namespace restante::net
