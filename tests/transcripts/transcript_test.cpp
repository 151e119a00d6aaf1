#include "transcript.hpp"

#include <gtest/gtest.h>

namespace restante::transcripts {
namespace {
using namespace std::string_literals;

/// Answers every line with "got LINE"; "bye" closes.
class Echo final : public Peer {
public:
    void feed(std::string_view bytes) override {
        largest_ = std::max(largest_, bytes.size());
        in_ += bytes;
        for (std::size_t end; !closed_ && (end = in_.find("\r\n")) != std::string::npos; in_.erase(0, end + 2)) {
            out_ += "got " + in_.substr(0, end) + "\r\n";
            closed_ = in_.substr(0, end) == "bye";
        }
    }
    std::string read() override { return std::exchange(out_, {}); }
    bool closed() override { return closed_; }
    void start_tls() override { out_ += "tls\r\n"; }
    void drop() override { closed_ = true; }
    std::string check(std::string_view text) override { return text == "good" ? "" : "bad"; }
    std::size_t largest_ = 0;

private:
    std::string in_, out_;
    bool closed_ = false;
};

std::string play(std::string_view text, Cut cut = Cut::whole) {
    const auto transcript = parse(text);
    if (!transcript) return transcript.error().detail;
    Echo echo;
    return run(*transcript, Side::server, cut, 7, echo);
}

TEST(Transcript, ReadsOptionsAndLines) {
    const auto t = parse("# RFC 1 2: x\nkey: a\\r\\n\nkey: 7\n\nC: hi\nS~ raw\nTLS\nCHECK: good\n# c\nCLOSE\n");
    ASSERT_TRUE(t) << t.error().detail;
    EXPECT_EQ(t->proves, "RFC 1 2: x");
    EXPECT_EQ(t->all("key"), (std::vector<std::string>{"a\r\n", "7"}));
    EXPECT_EQ(t->number("key", 0), 7U);
    EXPECT_EQ(t->number("none", 3), 3U);
    ASSERT_EQ(t->lines.size(), 5U);
    EXPECT_EQ(t->lines[1].number, 6U);
    EXPECT_TRUE(std::get<Say>(t->lines[1].action).raw);
}

TEST(Transcript, RefusesWhatItDoesNotUnderstand) {
    EXPECT_FALSE(parse("C: hi\n"));                   // no reason given
    EXPECT_FALSE(parse("# x\n"));                     // no conversation
    EXPECT_FALSE(parse("# x\nC: hi\nkey: value\n"));  // option too late
    EXPECT_FALSE(parse("# x\nnonsense\n"));
    EXPECT_EQ(parse("# x\nC: \\q\n").error().detail.substr(0, 7), "line 2:");
}

TEST(Transcript, Escapes) {
    EXPECT_EQ(unescape("a\\x41\\0\\r\\n\\t\\\\"), "aA\0\r\n\t\\"s);
    EXPECT_EQ(unescape("\\*3{ab}c"), "abababc");
    EXPECT_EQ(unescape("\\b64{\\0bob\\0pw}"), "AGJvYgBwdw==");
    EXPECT_EQ(unescape("\\*2{\\*2{x}.}"), "xx.xx.");
    for (const char* bad : {"\\", "\\x4", "\\*3{ab", "\\*{ab}", "\\b65{a}"}) EXPECT_FALSE(unescape(bad)) << bad;
}

TEST(Transcript, Wildcards) {
    EXPECT_TRUE(matches("+OK <*>", "+OK ready"));
    EXPECT_TRUE(matches("a<*>c<*>e", "abcde"));
    EXPECT_TRUE(matches("<*>", ""));
    EXPECT_FALSE(matches("a<*>c", "abd"));
    EXPECT_FALSE(matches("<*>bb", "b"));
    EXPECT_FALSE(matches("abc", "abcd"));
}

TEST(Transcript, PlaysInEveryCut) {
    for (const Cut cut : {Cut::whole, Cut::bytes, Cut::random})
        EXPECT_EQ(
            play("# x\nC: one\nC: two\nS: got one\nS: got t<*>\nTLS\nS: tls\nCHECK: good\nC: bye\nS: <...>\nCLOSE\n",
                 cut),
            "");
}

TEST(Transcript, SaysWhereItFails) {
    EXPECT_EQ(play("# x\nC: one\nS: got two\n").substr(0, 2), "3:");
    EXPECT_EQ(play("# x\nC: one\n").substr(0, 4), "end:");                     // more was said
    EXPECT_EQ(play("# x\nC: one\nS: got one\nS: more\n").substr(0, 2), "4:");  // less was said
    EXPECT_EQ(play("# x\nC: one\nS: got one\nCLOSE\n").substr(0, 2), "4:");    // still open
    EXPECT_EQ(play("# x\nC: bye\nCLOSE\n").substr(0, 2), "3:");                // said something before
    EXPECT_EQ(play("# x\nCHECK: other\n").substr(0, 2), "2:");
}

TEST(Transcript, AnyLinesSkipsToTheNextMatch) {
    EXPECT_EQ(play("# x\nC: one\nC: two\nC: three\nS: <...>\nS: got three\n"), "");
    EXPECT_NE(play("# x\nC: one\nS: <...>\nS: got three\n"), "");
}

TEST(Transcript, ByteCutFeedsSingleBytes) {
    const auto t = parse("# x\nC: one\nS: got one\n");
    Echo echo;
    EXPECT_EQ(run(*t, Side::server, Cut::bytes, 1, echo), "");
    EXPECT_EQ(echo.largest_, 1U);
}

}  // namespace
}  // namespace restante::transcripts
