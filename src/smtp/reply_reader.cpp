#include "smtp/reply_reader.hpp"

#include <algorithm>
#include <utility>

namespace restante::smtp {
namespace {

/// "250" at the start; 0 if the line does not start like a reply.
unsigned code_of(std::string_view line) {
    if (line.size() < 3 || line[0] < '2' || line[0] > '5') return 0;
    unsigned code = 0;
    for (const char c : line.substr(0, 3)) {
        if (c < '0' || c > '9') return 0;
        code = code * 10 + static_cast<unsigned>(c - '0');
    }
    return line.size() == 3 || line[3] == ' ' || line[3] == '-' ? code : 0;
}

}  // namespace

std::optional<Reply> ReplyReader::next() {
    while (!broken_) {
        const std::size_t end = input_.find('\n');
        if (end == std::string::npos) {
            broken_ = input_.size() > limits_.line;
            break;
        }
        const std::size_t length = end > 0 && input_[end - 1] == '\r' ? end - 1 : end;
        broken_ = length > limits_.line || lines_ >= limits_.lines;
        const bool complete = !broken_ && take_line(std::string_view(input_).substr(0, length));
        input_.erase(0, end + 1);
        if (!complete) continue;
        lines_ = 0;
        return std::exchange(reply_, {});
    }
    return std::nullopt;
}

bool ReplyReader::take_line(std::string_view line) {
    const unsigned code = code_of(line);
    if (code == 0 || (lines_ > 0 && code != reply_.code)) {
        broken_ = true;
        return false;
    }
    std::string_view text = line.substr(std::min<std::size_t>(4, line.size()));
    std::string_view without = text;
    const EnhancedCode enhanced = take_enhanced(without);
    if (enhanced.klass != 0 && enhanced.klass == code / 100) {
        text = without;
        if (reply_.enhanced.klass == 0) reply_.enhanced = enhanced;
    }
    reply_.code = static_cast<std::uint16_t>(code);
    if (lines_ > 0) reply_.text += '\n';
    reply_.text += text;
    ++lines_;
    return line.size() == 3 || line[3] == ' ';
}

void ReplyReader::clear() {
    input_.clear();
    reply_ = {};
    lines_ = 0;
}

}  // namespace restante::smtp
