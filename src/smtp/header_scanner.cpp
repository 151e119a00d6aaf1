#include "smtp/header_scanner.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"

namespace restante::smtp {
namespace {
/// Does the text of a Received field say that this host took the mail (RFC 5321 4.4, By-domain)? Comments are skipped.
bool is_by(std::string_view text, std::string_view host) {
    std::string word;
    bool after_by = false;
    int depth = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ' ';
        if (c == '(') ++depth;
        if (c == ')' && depth > 0) --depth;
        if (depth == 0 && std::strchr(" \t\r\n;()", c) == nullptr) {
            word += c;
            continue;
        }
        if (word.empty()) continue;
        if (after_by && iequals(word, host)) return true;
        after_by = iequals(word, "by");
        word.clear();
    }
    return false;
}

constexpr std::array<std::string_view, 6> kUnwanted{"bcc",         "resent-bcc",   "authentication-results",
                                                    "x-spam-flag", "x-spam-score", "x-spam-tests"};
}  // namespace

void HeaderScanner::count_field() {
    ++facts_.fields;
    const std::string_view name(name_, length_);
    in_received_ = name == "received";
    if (in_received_) ++facts_.received, received_.clear();
    if (name == "date") facts_.date = true;
    if (name == "message-id") facts_.message_id = true;
    if (std::find(kUnwanted.begin(), kUnwanted.end(), name) != kUnwanted.end()) ++facts_.unwanted;
    in_from_ = name == "from";
    if (in_from_) ++facts_.from_fields;
}

void HeaderScanner::end_field() {
    if (in_received_ && !own_name_.empty() && is_by(received_, own_name_)) ++facts_.received_here;
    in_from_ = in_received_ = false;
}

void HeaderScanner::keep(std::string_view text) {
    if (in_received_) received_ += text.substr(0, received_room - received_.size());
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
    if (c != ' ' && c != '\t') end_field();
    if (c == '\n') {
        facts_.complete = true;
    } else if (c == '\r') {
        state_ = State::empty_cr;
    } else if (c == ' ' || c == '\t') {
        state_ = State::rest;  // folded
        keep(" ");
    } else {
        state_ = State::name;
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
