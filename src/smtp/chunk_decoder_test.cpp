#include "smtp/chunk_decoder.hpp"

#include <gtest/gtest.h>

namespace restante::smtp {
namespace {

using ChunkFault = ChunkDecoder::Fault;

/// The fault after feeding the text cut everywhere once.
std::vector<ChunkFault> faults(std::string_view text, bool binary, std::uint64_t most = 1000) {
    std::vector<ChunkFault> out;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        ChunkDecoder decoder(most, binary);
        std::string kept(decoder.decode(text.substr(0, cut)));
        kept += decoder.decode(text.substr(cut));
        decoder.finish();
        if (decoder.fault() == ChunkFault::none) {
            EXPECT_EQ(kept, text);
        }
        out.push_back(decoder.fault());
    }
    return out;
}

void expect(std::string_view text, bool binary, ChunkFault fault) {
    for (const ChunkFault found : faults(text, binary)) EXPECT_EQ(found, fault) << testing::PrintToString(text);
}

TEST(ChunkDecoder, TakesTextWithWholeLineEnds) {  // row SM21
    for (const char* text : {"", "a", "\r\n", "a: b\r\n\r\n.\r\n..\r\nend"}) expect(text, false, ChunkFault::none);
}

TEST(ChunkDecoder, RefusesEverySmugglersEnding) {  // row SM27
    for (const std::string_view text : {"a\n.\nb", "a\n.\r\nb", "a\r\n.\nb", "a\r.\rb", "a\r\n.\rb", "a\r.\r\nb",
                                        "a\r\r\n.\r\r\n", "\n", "\r", "a\r", "a\r\n\r"})
        expect(text, false, ChunkFault::bare_newline);
}

TEST(ChunkDecoder, AsksOfABinaryMessageOnlyItsHeader) {
    using namespace std::string_view_literals;
    expect("a: b\r\n\r\n\0\n\r.\n"sv, true, ChunkFault::none);
    expect("\r\n\n\n"sv, true, ChunkFault::none);
    expect("a: b\nc: d\r\n\r\n"sv, true, ChunkFault::bare_newline);
    expect("a: b\r\n\rx"sv, true, ChunkFault::bare_newline);
    expect("a: \0\r\n\r\n"sv, true, ChunkFault::bare_newline);
}

TEST(ChunkDecoder, CountsTheWholeMessage) {
    for (const ChunkFault found : faults("0123456789", false, 10)) EXPECT_EQ(found, ChunkFault::none);
    for (const ChunkFault found : faults("0123456789x", false, 10)) EXPECT_EQ(found, ChunkFault::too_large);
}

}  // namespace
}  // namespace restante::smtp
