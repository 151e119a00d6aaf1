// Replies, outgoing data, header scan.
#include <gtest/gtest.h>

#include "smtp/data_decoder.hpp"
#include "smtp/dot_stuffing.hpp"
#include "smtp/header_scanner.hpp"
#include "smtp/reply.hpp"

namespace restante::smtp {
namespace {

TEST(Reply, HasTheEnhancedCodeOnEveryLine) {
    EXPECT_EQ(to_wire({250, {}, "hi"}), "250 hi\r\n");
    EXPECT_EQ(to_wire({550, {5, 1, 1}, "a\nb"}), "550-5.1.1 a\r\n550 5.1.1 b\r\n");
}

TEST(Reply, NoTextCanForgeALine) {
    EXPECT_EQ(to_wire({250, {2, 0, 0}, "a\r\n250 b\x1b"}), "250-2.0.0 a?\r\n250 2.0.0 250 b?\r\n");
    EXPECT_EQ(to_wire({550, {5, 1, 1}, std::string(2000, 'x')}).size(), 512U);
}

TEST(Reply, EnhancedCodesAreReadStrictly) {
    std::string_view text = "5.1.1 no such user";
    EXPECT_EQ(take_enhanced(text), (EnhancedCode{5, 1, 1}));
    EXPECT_EQ(text, "no such user");
    for (const char* none : {"", "OK", "5.1 x", "3.1.1 x", "5.1.1x", "5.1234.1 x", "5..1 x", "55.1.1 x"}) {
        text = none;
        EXPECT_EQ(take_enhanced(text).klass, 0) << none;
        EXPECT_EQ(text, none);
    }
}

std::string stuffed(std::string_view text, std::size_t cut) {
    DotStuffing stuffing;
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += cut) stuffing.encode(text.substr(at, cut), out);
    stuffing.finish(out);
    return out;
}

TEST(DotStuffing, GivesOnlyCrLfLines) {
    for (const std::size_t cut : {1, 2, 3, 100}) {
        EXPECT_EQ(stuffed("", cut), ".\r\n");
        EXPECT_EQ(stuffed("a", cut), "a\r\n.\r\n");
        EXPECT_EQ(stuffed("a\r\n", cut), "a\r\n.\r\n");
        EXPECT_EQ(stuffed(".\r\n..b\r\n", cut), "..\r\n...b\r\n.\r\n");
        EXPECT_EQ(stuffed("a\nb\rc\n", cut), "a\r\nb\r\nc\r\n.\r\n");
        EXPECT_EQ(stuffed("a\n.\nMAIL", cut), "a\r\n..\r\nMAIL\r\n.\r\n");
        EXPECT_EQ(stuffed("a\r.\rb", cut), "a\r\n..\r\nb\r\n.\r\n");
        EXPECT_EQ(stuffed(std::string_view("a\r\n\0.\r\nb", 9), cut), "a\r\n..\r\nb\r\n.\r\n");
        EXPECT_EQ(stuffed("a\r\r\nb", cut), "a\r\n\r\nb\r\n.\r\n");
    }
}

TEST(DotStuffing, IsUndoneByTheDecoder) {
    const std::string text = ".a\r\n\r\n..\r\nb.\r\n.\r\nend\r\n";
    std::string wire = stuffed(text, 3);
    DataDecoder decoder(1000);
    EXPECT_EQ(decoder.decode(wire).data, text);
    EXPECT_TRUE(decoder.ended());
    EXPECT_EQ(decoder.fault(), DataDecoder::Fault::none);
}

HeaderScanner::Facts scan(std::string_view text, std::size_t cut) {
    HeaderScanner scanner;
    for (std::size_t at = 0; at < text.size(); at += cut) scanner.feed(text.substr(at, cut));
    return scanner.facts();
}

TEST(HeaderScanner, FindsFieldsHoweverTheTextIsCut) {
    const std::string_view text =
        "RECEIVED: a\r\n\tfrom: folded\r\nReceived : b\r\nX-Received: c\r\nreceived-spf: d\r\n"
        "Message-Id: <x>\r\nFrom: a@b\r\n\r\nDate: in the body\r\nReceived: too\r\n";
    for (std::size_t cut = 1; cut < 30; ++cut) {
        const auto facts = scan(text, cut);
        EXPECT_EQ(facts.received, 2U);
        EXPECT_EQ(facts.fields, 6U);
        EXPECT_TRUE(facts.message_id && facts.from_fields == 1 && facts.complete);
        EXPECT_FALSE(facts.date);
        EXPECT_EQ(facts.octets, text.find("\r\n\r\n") + 4);
    }
}

TEST(HeaderScanner, KnowsTheFieldsThisHostWrote) {
    const std::string_view text =
        "Received: from by (by mx.example.org)\r\n\tBY MX.example.org; now\r\n"
        "Received: from mx.example.org by mx.example.net\r\nReceived: by\r\n mx.example.org\r\n"
        "Received: by mx.example.org.evil.example\r\nReceived: (by mx.example.org\r\nX-Received: by mx.example.org\r\n\r\n"
        "Received: by mx.example.org\r\n";
    for (std::size_t cut = 1; cut < 40; ++cut) {
        HeaderScanner scanner("mx.example.org");
        for (std::size_t at = 0; at < text.size(); at += cut) scanner.feed(text.substr(at, cut));
        EXPECT_EQ(scanner.facts().received, 5U);
        EXPECT_EQ(scanner.facts().received_here, 2U) << cut;
    }
}

TEST(HeaderScanner, AHeaderWithoutAnEndIsAllHeader) {
    const auto facts = scan("Date: x\r\nnot a field\r\n: empty name\r\n", 5);
    EXPECT_TRUE(facts.date);
    EXPECT_FALSE(facts.complete);
    EXPECT_EQ(facts.octets, 36U);
    EXPECT_TRUE(scan("\r\nbody", 1).complete);
    EXPECT_EQ(scan("", 1).fields, 0U);
}

}  // namespace
}  // namespace restante::smtp
