#include "pop3/dot_codec.hpp"

#include <gtest/gtest.h>

#include <random>

namespace restante::pop3 {
namespace {
using namespace std::string_literals;

std::string stuff(std::string_view text, std::size_t chunk = 1000, std::optional<std::uint64_t> lines = std::nullopt) {
    DotStuffer stuffer(lines);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += chunk)
        if (!stuffer.write(text.substr(at, chunk), out)) break;
    stuffer.finish(out);
    return out;
}

/// Line by line, the obvious way.
std::string plain_stuff(std::string_view text, std::optional<std::uint64_t> lines = std::nullopt) {
    std::string out;
    bool header = true;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        const bool ended = end != std::string_view::npos;
        text.remove_prefix(ended ? end + 1 : text.size());
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (!line.empty() && line[0] == '.') out += '.';
        (out += line) += "\r\n";
        if (!lines || !ended) continue;
        if (header)
            header = !line.empty();
        else
            --*lines;
        if (!header && *lines == 0) break;
    }
    return out + ".\r\n";
}

std::string random_text(std::minstd_rand& random) {
    constexpr std::string_view alphabet = "....\r\n\r\n\r\n\n\rab";
    std::string out(random() % 60, ' ');
    for (char& c : out) c = alphabet[random() % alphabet.size()];
    return out;
}

// RFC 1939 3
TEST(DotStuffer, StuffsAndEnds) {
    EXPECT_EQ(stuff(""), ".\r\n");
    EXPECT_EQ(stuff("a\r\n"), "a\r\n.\r\n");
    EXPECT_EQ(stuff(".\r\n..a\r\nb.\r\n"), "..\r\n...a\r\nb.\r\n.\r\n");
    EXPECT_EQ(stuff("a"), "a\r\n.\r\n");
    EXPECT_EQ(stuff("a\r"), "a\r\n.\r\n");
    EXPECT_EQ(stuff("a\n.b\n"), "a\r\n..b\r\n.\r\n");
}

TEST(DotStuffer, EqualsTheObviousWayInEveryCut) {
    std::minstd_rand random(1);
    for (int round = 0; round < 3000; ++round) {
        const std::string text = random_text(random);
        const std::optional<std::uint64_t> lines =
            random() % 2 ? std::optional<std::uint64_t>(random() % 4) : std::nullopt;
        const std::size_t chunk = 1 + random() % 8;
        ASSERT_EQ(stuff(text, chunk, lines), plain_stuff(text, lines))
            << testing::PrintToString(text) << " by " << chunk;
    }
}

// RFC 1939 7, TOP
TEST(DotStuffer, TopStopsReading) {
    DotStuffer stuffer(1);
    std::string out;
    EXPECT_TRUE(stuffer.write("H: x\r\n\r\non", out));
    EXPECT_FALSE(stuffer.write("e\r\ntwo\r\n", out));
    EXPECT_FALSE(stuffer.write("three\r\n", out));
    stuffer.finish(out);
    EXPECT_EQ(out, "H: x\r\n\r\none\r\n.\r\n");
}

std::string unstuff(std::string_view bytes, bool lf_only, std::size_t chunk, std::string_view& rest) {
    DotUnstuffer reader(lf_only);
    std::string out;
    std::size_t used = 0;
    while (used < bytes.size() && !reader.ended()) used += reader.read(bytes.substr(used, chunk), out);
    rest = bytes.substr(used);
    return reader.ended() ? out : out + "<open>";
}

TEST(DotUnstuffer, ReadsBackAndLeavesTheRest) {
    std::string_view rest;
    for (const std::size_t chunk : {1U, 2U, 3U, 100U}) {
        EXPECT_EQ(unstuff("..\r\n..a\r\nb.\r\n.\r\n+OK", false, chunk, rest), ".\r\n.a\r\nb.\r\n");
        EXPECT_EQ(rest, "+OK");
        EXPECT_EQ(unstuff(".\r\n", false, chunk, rest), "");
        EXPECT_EQ(unstuff("a\r\n.\r", false, chunk, rest), "a\r\n<open>");
        EXPECT_EQ(unstuff("a\r\n.\rb\r\n.\r\n", false, chunk, rest), "a\r\n\rb\r\n");
        EXPECT_EQ(unstuff("a\r\r\n.\r\n", false, chunk, rest), "a\r\r\n");
    }
}

// Row P29: a bare LF is no line end to a server that speaks CRLF, so it cannot fake the end of a message.
TEST(DotUnstuffer, BareLfDoesNotEndTheText) {
    std::string_view rest;
    for (const std::size_t chunk : {1U, 100U}) {
        EXPECT_EQ(unstuff("a\n.\n.\r\nb\r\n.\r\n", false, chunk, rest), "a\r\n.\r\n.\r\nb\r\n");
        EXPECT_EQ(unstuff(".\nb\r\n.\r\n", false, chunk, rest), "\r\nb\r\n");
    }
}

TEST(DotUnstuffer, LfOnlyServers) {
    std::string_view rest;
    for (const std::size_t chunk : {1U, 2U, 100U}) {
        EXPECT_EQ(unstuff("a\n..b\n\n.\nnext", true, chunk, rest), "a\r\n.b\r\n\r\n");
        EXPECT_EQ(rest, "next");
        EXPECT_EQ(unstuff("a\r\nb\n.\r\n", true, chunk, rest), "a\r\nb\r\n");  // mixes both
    }
}

TEST(DotCodec, RoundTrip) {
    std::minstd_rand random(2);
    for (int round = 0; round < 3000; ++round) {
        const std::string stuffed = stuff(random_text(random), 7), bytes = stuffed + "x";
        std::string_view rest;
        const std::string text = unstuff(bytes, false, 1 + random() % 8, rest);
        ASSERT_EQ(rest, "x");
        ASSERT_EQ(stuff(text), stuffed);
    }
}

}  // namespace
}  // namespace restante::pop3
