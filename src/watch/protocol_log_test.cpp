#include "watch/protocol_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace restante::watch {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using namespace std::chrono_literals;

// Row S2.32
TEST(ProtocolRows, AreOneLineOfCsvEach) {
    ProtocolRow row{from_micros(1'763'766'225'123'456),
                    "08D",
                    3,
                    "192.0.2.1:110",
                    "[2001:db8::1]:4000",
                    '<',
                    "USER a,\"b\"",
                    "x\r\ny"};
    EXPECT_EQ(encode_row("pop3", row),
              "2025-11-21T23:03:45.123456Z,pop3,08D,3,192.0.2.1:110,[2001:db8::1]:4000,<,\"USER "
              "a,\"\"b\"\"\",x\\x0d\\x0ay\r\n");
    row.data = "\x1B[2J";
    EXPECT_THAT(encode_row("pop3", row), HasSubstr("\\x1b[2J"));
}

// Row S2.30
TEST(Periods, BeginAtFullTimesOfUtc) {
    const Timestamp at = from_micros(1'763'766'225'123'456);  // a Friday
    EXPECT_EQ(period_of(at, "hourly"), "20251121T23");
    EXPECT_EQ(period_of(at, "daily"), "20251121");
    EXPECT_EQ(period_of(at, "weekly"), "20251117");
    EXPECT_EQ(period_of(at + 72h, "weekly"), "20251124");
    EXPECT_EQ(period_of(at, "monthly"), "202511");
}

class ProtocolLogTest : public testing::Test {
protected:
    ProtocolLogTest() {
        char name[] = "/tmp/restante-watch-XXXXXX";
        folder_ = mkdtemp(name);
        options_.enabled = true;
        options_.folder = folder_ / "logs";
    }
    ~ProtocolLogTest() override { std::filesystem::remove_all(folder_); }
    void add(std::string_view data) { log_.add({clock_.now(), "1", 1, "l", "r", '<', data, ""}); }
    std::vector<std::string> files() const {
        std::vector<std::string> out;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / "logs"))
            out.push_back(entry.path().filename().string());
        std::sort(out.begin(), out.end());
        return out;
    }
    std::string slurp(const std::string& name) const {
        std::ifstream file(folder_ / "logs" / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::filesystem::path folder_;
    ManualClock clock_{from_micros(1'763'766'225'123'456)};
    Metrics metrics_;
    ProtocolLogOptions options_;
    ProtocolLog log_{"pop3", clock_, null_log(), metrics_};
};

// Rows S2.28, S2.29
TEST_F(ProtocolLogTest, IsOffUntilItIsSwitchedOn) {
    add("lost");
    log_.set(options_);
    add("kept");
    log_.flush();
    ASSERT_EQ(files(), std::vector<std::string>{"pop3-20251121-1.csv"});
    const std::string text = slurp(files()[0]);
    EXPECT_THAT(text, HasSubstr("\r\n#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,"
                                "remote-endpoint,event,data,context\r\n"));
    EXPECT_THAT(text, EndsWith(",pop3,1,1,l,r,<,kept,\r\n"));
    EXPECT_EQ(text.find("lost"), std::string::npos);
    log_.set({});
    add("lost");
    EXPECT_EQ(slurp(files()[0]), text);
}

TEST_F(ProtocolLogTest, WritesWhatWaitsWhenItIsSwitchedOff) {
    log_.set(options_);
    for (int i = 0; i < 100; ++i) add("row " + std::to_string(i));
    log_.set({});
    EXPECT_THAT(slurp("pop3-20251121-1.csv"), EndsWith("row 99,\r\n"));
}

// Rows S2.30, S2.31
TEST_F(ProtocolLogTest, RollsOverByTimeAndSize) {
    options_.file_bytes = 300;
    log_.set(options_);
    for (int i = 0; i < 3; ++i) {
        add(std::string(100, 'x'));
        log_.flush();
    }
    clock_.advance(1h);
    add("tomorrow");
    log_.flush();
    EXPECT_EQ(files(), (std::vector<std::string>{"pop3-20251121-1.csv", "pop3-20251121-2.csv", "pop3-20251121-3.csv",
                                                 "pop3-20251122-1.csv"}));
    // Another start goes on in the file that has room.
    log_.set({});
    log_.set(options_);
    add("again");
    log_.flush();
    EXPECT_THAT(slurp("pop3-20251122-1.csv"), testing::AllOf(HasSubstr("tomorrow"), EndsWith("again,\r\n")));
}

TEST_F(ProtocolLogTest, RemovesTheOldestBeyondItsQuota) {
    options_.file_bytes = 1'000;
    options_.total_bytes = 3'500;
    std::filesystem::create_directories(options_.folder);
    std::ofstream(folder_ / "logs" / "pop3s-20200101-1.csv") << std::string(5'000, 'x');
    std::ofstream(folder_ / "logs" / "notes.txt") << "mine";
    log_.set(options_);
    for (int i = 0; i < 10; ++i) {
        add(std::string(900, 'x'));
        log_.flush();
    }
    const auto left = files();
    EXPECT_THAT(left, testing::Contains("notes.txt"));
    EXPECT_THAT(left, testing::Contains("pop3s-20200101-1.csv")) << "another service's";
    EXPECT_THAT(left, testing::Not(testing::Contains("pop3-20251121-1.csv")));
    EXPECT_THAT(left, testing::Contains("pop3-20251121-10.csv"));
    EXPECT_LE(left.size(), 7U);
}

TEST_F(ProtocolLogTest, NeverWaitsAndSaysWhatItLost) {
    options_.queue_bytes = 2'000;
    log_.set(options_);
    for (int i = 0; i < 20'000; ++i) add(std::string(300, 'x'));
    log_.flush();
    add("after");
    log_.flush();
    EXPECT_THAT(slurp("pop3-20251121-1.csv"), HasSubstr(" rows were lost here"));
    EXPECT_EQ(metrics_.prometheus().find("protocol_log_dropped_total{service=\"pop3\"} 0\n"), std::string::npos);
}

TEST_F(ProtocolLogTest, GoesOnWhenTheFolderIsBack) {
    options_.folder = folder_ / "file" / "logs";
    std::ofstream(folder_ / "file") << "in the way";
    log_.set(options_);
    add("lost");
    log_.flush();
    std::filesystem::remove(folder_ / "file");
    add("kept");
    log_.flush();
    EXPECT_TRUE(std::filesystem::exists(folder_ / "file" / "logs" / "pop3-20251121-1.csv"));
}

}  // namespace
}  // namespace restante::watch
