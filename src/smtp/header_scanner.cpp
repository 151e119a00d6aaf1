#include "smtp/header_scanner.hpp"

#include <cstring>

#include "base/text.hpp"

namespace restante::smtp {

void HeaderScanner::count_field() {
    ++facts_.fields;
    const std::string_view name(name_, length_);
    if (name == "received") ++facts_.received;
    if (name == "date") facts_.date = true;
    if (name == "message-id") facts_.message_id = true;
    in_from_ = name == "from";
    if (in_from_) ++facts_.from_fields;
}

void HeaderScanner::keep(std::string_view text) {
    if (!in_from_) return;
    const std::size_t room = from_room - from_.size();
    facts_.from_cut = facts_.from_cut || text.size() > room;
    from_ += text.substr(0, room);
}

void HeaderScanner::name_octet(char c) {
    if (c == '\n') {  // a line without a colon is no field, nor does it end the section here
        state_ = State::line_start;
    } else if (c == ':') {
        count_field();
        state_ = State::rest;
    } else if (c == ' ' || c == '\t') {
        // RFC 5322 4.5: blanks may stand before the colon; they are not part of the name.
    } else if (length_ == name_room) {
        ++facts_.fields;  // longer than any name of interest
        state_ = State::rest;
    } else {
        name_[length_++] = ascii_lower(c);
    }
}

void HeaderScanner::start_of_line(char c) {
    length_ = 0;
    if (c == '\n') {
        facts_.complete = true;
    } else if (c == '\r') {
        state_ = State::empty_cr;
    } else if (c == ' ' || c == '\t') {
        state_ = State::rest;  // folded
        keep(" ");
    } else {
        state_ = State::name;
        in_from_ = false;
        name_octet(c);
    }
}

void HeaderScanner::feed(std::string_view chunk) {
    std::size_t at = 0;
    while (at < chunk.size() && !facts_.complete) {
        if (state_ == State::rest) {
            const void* end = std::memchr(chunk.data() + at, '\n', chunk.size() - at);
            const std::size_t next = end == nullptr
                                         ? chunk.size()
                                         : static_cast<std::size_t>(static_cast<const char*>(end) - chunk.data()) + 1;
            keep(chunk.substr(at, next - at));
            at = next;
            if (end == nullptr) break;
            state_ = State::line_start;
            continue;
        }
        const char c = chunk[at++];
        if (state_ == State::line_start) {
            start_of_line(c);
        } else if (state_ == State::name) {
            name_octet(c);
        } else {  // empty_cr
            facts_.complete = c == '\n';
            state_ = State::rest;
        }
    }
    facts_.octets += at;
}

}  // namespace restante::smtp
