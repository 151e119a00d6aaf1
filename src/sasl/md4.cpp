// MD4 (RFC 1320), for NTLM's password hash and nothing else.
#include <array>
#include <bit>

#include "sasl/hash.hpp"

namespace restante::sasl {
namespace {
using State = std::array<std::uint32_t, 4>;
using Block = std::array<std::uint32_t, 16>;

/// One step [abcd k s]; round picks the function and its constant (RFC 1320 3.4).
void step(State& state, std::uint32_t word, int shift, int round) {
    const auto [a, b, c, d] = state;
    std::uint32_t mixed = 0;
    if (round == 0) mixed = (b & c) | (~b & d);
    if (round == 1) mixed = ((b & c) | (b & d) | (c & d)) + 0x5A827999U;
    if (round == 2) mixed = (b ^ c ^ d) + 0x6ED9EBA1U;
    state = {d, std::rotl(a + mixed + word, shift), b, c};
}

void absorb(State& state, const Block& block) {
    static constexpr std::uint8_t order[3][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                                  {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
                                                  {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15}};
    static constexpr int shifts[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    State next = state;
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 16; ++i) step(next, block[order[round][i]], shifts[round][i % 4], round);
    for (std::size_t i = 0; i < state.size(); ++i) state[i] += next[i];
}
}  // namespace

std::string md4(std::string_view bytes) {
    std::string padded(bytes);
    padded += '\x80';
    padded.resize((padded.size() + 8 + 63) / 64 * 64 - 8, '\0');
    const std::uint64_t bits = static_cast<std::uint64_t>(bytes.size()) * 8;
    for (unsigned shift = 0; shift < 64; shift += 8) padded += static_cast<char>(bits >> shift & 0xFFU);

    State state{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U};
    for (std::size_t at = 0; at < padded.size(); at += 64) {
        Block block{};
        for (std::size_t i = 0; i < 64; ++i)
            block[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(padded[at + i])) << (i % 4 * 8);
        absorb(state, block);
    }
    std::string out;
    for (const std::uint32_t word : state)
        for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(word >> shift & 0xFFU);
    return out;
}

}  // namespace restante::sasl
