#include "pop3/dot_codec.hpp"

#include <cstring>

namespace restante::pop3 {

bool DotStuffer::write(std::string_view chunk, std::string& out) {
    if (done_) return false;
    std::size_t copied = 0;  // octets of chunk that are in out
    for (std::size_t at = 0; at < chunk.size();) {
        if (line_start_ && chunk[at] == '.') {
            out.append(chunk.data() + copied, at - copied);
            out += '.';
            copied = at;
        }
        const void* lf = std::memchr(chunk.data() + at, '\n', chunk.size() - at);
        const std::size_t end =
            lf != nullptr ? static_cast<std::size_t>(static_cast<const char*>(lf) - chunk.data()) : chunk.size();
        const bool cr = end > at ? chunk[end - 1] == '\r' : after_cr_;
        // One leading CR still is a blank line: it is the first half of the line end.
        line_blank_ = line_blank_ && (end == at || (end == at + 1 && cr && line_start_));
        line_start_ = line_start_ && end == at;
        after_cr_ = cr;
        if (lf == nullptr) break;
        if (!cr) {
            out.append(chunk.data() + copied, end - copied);
            out += '\r';
            copied = end;
        }
        at = end + 1;
        if (line_ended(line_blank_)) {
            out.append(chunk.data() + copied, at - copied);
            return false;
        }
    }
    out.append(chunk.data() + copied, chunk.size() - copied);
    return true;
}

/// True when TOP has enough.
bool DotStuffer::line_ended(bool blank) {
    line_start_ = line_blank_ = true;
    after_cr_ = false;
    if (!body_lines_) return false;
    if (in_header_)
        in_header_ = !blank;
    else
        --*body_lines_;
    done_ = !in_header_ && *body_lines_ == 0;
    return done_;
}

void DotStuffer::finish(std::string& out) {
    if (!line_start_) out += after_cr_ ? "\n" : "\r\n";
    out += ".\r\n";
    done_ = true;
}

std::size_t DotUnstuffer::read(std::string_view bytes, std::string& out) {
    std::size_t at = 0;
    while (at < bytes.size() && !ended()) {
        const char c = bytes[at];
        switch (state_) {
            case State::line_start:
                at += c == '.' ? 1 : 0;
                state_ = c == '.' ? State::dot : State::text;
                break;
            case State::dot:  // if anything but a line end follows, the dot was stuffing
                state_ = c == '\r' ? State::dot_cr : c == '\n' && lf_only_ ? State::ended : State::text;
                at += state_ == State::text ? 0 : 1;
                break;
            case State::dot_cr:
                if (c == '\n') {
                    state_ = State::ended;
                    ++at;
                    break;
                }
                out += '\r';
                state_ = State::cr;
                break;
            case State::text:
            case State::cr:
                at += text(bytes.substr(at), out);
                break;
            case State::ended:
                break;
        }
    }
    return at;
}

/// Up to and with the next LF, or all; returns the octets used.
std::size_t DotUnstuffer::text(std::string_view bytes, std::string& out) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    const bool cr = line.empty() ? state_ == State::cr : line.back() == '\r';
    out += line;
    if (end == std::string_view::npos) {
        state_ = cr ? State::cr : State::text;
        return line.size();
    }
    out += cr ? "\n" : "\r\n";
    state_ = cr || lf_only_ ? State::line_start : State::text;
    return end + 1;
}

}  // namespace restante::pop3
