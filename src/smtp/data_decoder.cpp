#include "smtp/data_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace restante::smtp {
namespace {

constexpr std::size_t block = 64;

/// True if in the 64 pairs (p[i], p[i+1]) CR and LF come only together and no line starts with a dot, so that the
/// block is copied as it is. Free of branches and of fixed length: compilers turn it into vector code.
bool plain_block(const char* p) {
    unsigned char odd = 0;
    for (std::size_t i = 0; i < block; ++i) {
        const unsigned char cr = p[i] == '\r', next_lf = p[i + 1] == '\n';
        const unsigned char lf = p[i] == '\n', next_dot = p[i + 1] == '.';
        odd |= static_cast<unsigned char>((cr ^ next_lf) | (lf & next_dot));
    }
    return odd == 0;
}

/// Octets, a multiple of 64, that need no change. The octet after them is looked at, so it must exist.
std::size_t plain_run(const char* p, std::size_t n) {
    std::size_t run = 0;
    while (n - run > block && plain_block(p + run)) run += block;
    return run;
}

}  // namespace

/// The state after c; notes a bare CR or LF.
DataDecoder::State DataDecoder::step(char c) {
    const bool after_cr = state_ == State::after_cr || state_ == State::dot_cr;
    if (after_cr != (c == '\n')) {
        if (fault_ == Fault::none) fault_ = Fault::bare_newline;
    } else if (after_cr) {
        return state_ == State::dot_cr ? State::ended : State::line_start;
    } else if (state_ == State::line_start && c == '.') {
        return State::dot;
    } else if (state_ == State::dot && c == '\r') {
        return State::dot_cr;
    }
    return c == '\r' ? State::after_cr : State::text;
}

DataDecoder::Piece DataDecoder::decode(std::span<char> input) {
    char* const begin = input.data();
    char* out = begin;
    std::size_t at = 0;
    while (at < input.size() && state_ != State::ended) {
        if (state_ == State::text && begin[at] != '\n') {
            if (const std::size_t run = plain_run(begin + at, input.size() - at)) {
                if (out != begin + at) std::memmove(out, begin + at, run);
                out += run;
                at += run;
                const char last = begin[at - 1];
                state_ = last == '\r' ? State::after_cr : last == '\n' ? State::line_start : State::text;
                continue;
            }
        }
        // Octet by octet until a run can start again. The dot that starts a line is dropped, and so is the CR after
        // it: if that CR does not end the data, the message is refused and its text no longer matters.
        const std::size_t stop = std::min(input.size(), at + block);
        while (at < stop && state_ != State::ended) {
            const char c = begin[at++];
            state_ = step(c);
            if (state_ != State::dot && state_ != State::dot_cr && state_ != State::ended) *out++ = c;
        }
    }
    return {at, account({begin, static_cast<std::size_t>(out - begin)})};
}

std::string_view DataDecoder::account(std::string_view data) {
    size_ += data.size();
    if (fault_ == Fault::none && size_ > max_size_) fault_ = Fault::too_large;
    return fault_ == Fault::none ? data : std::string_view{};
}

}  // namespace restante::smtp
