#include "smtp/dot_stuffing.hpp"

namespace restante::smtp {
namespace {
constexpr std::string_view special{"\r\n\0", 3};
}

void DotStuffing::encode(std::string_view chunk, std::string& out) {
    while (!chunk.empty()) {
        if (state_ == State::after_cr) {  // its line end was written when the CR came
            state_ = State::line_start;
            if (chunk.front() == '\n') {
                chunk.remove_prefix(1);
                continue;
            }
        }
        const std::size_t plain = chunk.find_first_of(special);
        const std::string_view run = chunk.substr(0, plain);
        if (!run.empty()) {
            if (state_ == State::line_start && run.front() == '.') out += '.';
            out += run;
            state_ = State::text;
        }
        if (plain == std::string_view::npos) return;
        if (chunk[plain] != '\0') {
            out += "\r\n";
            state_ = chunk[plain] == '\r' ? State::after_cr : State::line_start;
        }
        chunk.remove_prefix(plain + 1);
    }
}

void DotStuffing::finish(std::string& out) {
    if (state_ == State::text) out += "\r\n";
    out += ".\r\n";
    state_ = State::line_start;
}

}  // namespace restante::smtp
