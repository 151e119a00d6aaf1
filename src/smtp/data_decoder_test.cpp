#include "smtp/data_decoder.hpp"

#include <gtest/gtest.h>

#include <random>

namespace restante::smtp {
namespace {

struct Decoded {
    std::string data, rest;
    DataDecoder::Fault fault = DataDecoder::Fault::none;
    bool ended = false;
    std::uint64_t size = 0;
};

/// Feeds pieces of `cut` octets (0: whole).
Decoded decode(std::string wire, std::size_t cut = 0, std::uint64_t limit = 1 << 20) {
    DataDecoder decoder(limit);
    Decoded out;
    std::size_t at = 0;
    while (at < wire.size() && !decoder.ended()) {
        const std::size_t n = cut == 0 ? wire.size() - at : std::min(cut, wire.size() - at);
        const auto piece = decoder.decode({wire.data() + at, n});
        out.data += piece.data;
        at += piece.consumed;
    }
    out.rest = wire.substr(at);
    out.fault = decoder.fault();
    out.ended = decoder.ended();
    out.size = decoder.size();
    return out;
}

/// What the decoder must do, said in the plainest way.
Decoded reference(const std::string& wire) {
    Decoded out;
    std::size_t at = 0;
    bool line_start = true;
    while (at < wire.size()) {
        if (line_start && wire.compare(at, 3, ".\r\n") == 0) {
            out.ended = true;
            at += 3;
            break;
        }
        if (line_start && wire[at] == '.') {
            ++at;
            line_start = false;
            continue;
        }
        if (wire.compare(at, 2, "\r\n") == 0) {
            out.data += "\r\n";
            at += 2;
            line_start = true;
            continue;
        }
        if (wire[at] == '\r' || wire[at] == '\n') out.fault = DataDecoder::Fault::bare_newline;
        out.data += wire[at++];
        line_start = false;
    }
    out.rest = wire.substr(at);
    return out;
}

TEST(DataDecoder, EndsOnlyAtCrLfDotCrLf) {
    const Decoded out = decode("Subject: hi\r\n\r\nbody\r\n.\r\nQUIT\r\n");
    EXPECT_TRUE(out.ended);
    EXPECT_EQ(out.data, "Subject: hi\r\n\r\nbody\r\n");
    EXPECT_EQ(out.rest, "QUIT\r\n");
    EXPECT_EQ(out.size, out.data.size());
}

TEST(DataDecoder, AnEmptyMessageIsADotAtOnce) {
    const Decoded out = decode(".\r\n");
    EXPECT_TRUE(out.ended);
    EXPECT_EQ(out.data, "");
}

TEST(DataDecoder, RemovesOneDotAtTheStartOfALine) {
    EXPECT_EQ(decode("..\r\n...\r\na..\r\n.x\r\n.\r\n").data, ".\r\n..\r\na..\r\nx\r\n");
}

// CONFORMANCE SM27: each of these ends the data for some server; here none may, and the message is refused.
TEST(DataDecoder, NoMalformedEndingEndsTheData) {
    const std::string nul(1, '\0');
    for (const std::string& ending :
         {std::string("\n.\n"), std::string("\n.\r\n"), std::string("\r\n.\n"), std::string("\r.\r"),
          std::string("\r.\r\n"), std::string("\r\n.\r"), std::string("\n.\r"), std::string("\r.\n"),
          "\r\n" + nul + ".\n", std::string("\r\r\n.\r\r\n")}) {
        for (std::size_t cut = 0; cut < 5; ++cut) {
            const Decoded out = decode("Subject: a\r\n\r\nbody" + ending + "MAIL FROM:<evil@example.org>\r\n", cut);
            EXPECT_FALSE(out.ended);
            EXPECT_EQ(out.fault, DataDecoder::Fault::bare_newline);
            const Decoded drained = decode("body" + ending + "MAIL FROM:<a@b>\r\n.\r\nNEXT", cut);
            EXPECT_TRUE(drained.ended);
            EXPECT_EQ(drained.rest, "NEXT");
        }
    }
}

TEST(DataDecoder, NulBeforeTheDotIsTextNotAnEnd) {
    const std::string wire("a\r\n\0.\r\nb\r\n.\r\n", 14);
    const Decoded out = decode(wire);
    EXPECT_EQ(out.data, wire.substr(0, 10));
    EXPECT_EQ(out.fault, DataDecoder::Fault::none);
}

TEST(DataDecoder, DrainsWhatIsTooLarge) {
    const Decoded out = decode(std::string(5000, 'x') + "\r\n.\r\nQUIT\r\n", 100, 1000);
    EXPECT_TRUE(out.ended);
    EXPECT_EQ(out.fault, DataDecoder::Fault::too_large);
    EXPECT_EQ(out.size, 5002U);
    EXPECT_LE(out.data.size(), 1000U);
    EXPECT_EQ(out.rest, "QUIT\r\n");
    EXPECT_EQ(decode(std::string(998, 'x') + "\r\n.\r\n", 0, 1000).fault, DataDecoder::Fault::none);
    EXPECT_EQ(decode(std::string(999, 'x') + "\r\n.\r\n", 0, 1000).fault, DataDecoder::Fault::too_large);
}

TEST(DataDecoder, AgreesWithAPlainReferenceOnRandomText) {
    std::minstd_rand random(7);
    const std::string alphabet = "\r\n.\r\nabc";
    for (int round = 0; round < 4000; ++round) {
        std::string wire;
        const int filler = static_cast<int>(random() % 3) * 90;  // long plain runs take the fast path
        for (int n = static_cast<int>(random() % 12); n > 0; --n) {
            wire += std::string(random() % (filler + 1), 'x');
            if (random() % 2) wire += "\r\n";
            if (random() % 3 == 0) wire += ".";
            if (random() % 6 == 0) wire += alphabet[random() % alphabet.size()];
        }
        const Decoded expected = reference(wire);
        const Decoded out = decode(wire, random() % 70);
        ASSERT_EQ(out.ended, expected.ended);
        ASSERT_EQ(out.rest, expected.rest);
        if (wire.ends_with('\r')) continue;  // a CR that waits for its LF
        ASSERT_EQ(out.fault, expected.fault);
        if (expected.fault == DataDecoder::Fault::none) {
            ASSERT_EQ(out.data, expected.data);
        }
    }
}

}  // namespace
}  // namespace restante::smtp
