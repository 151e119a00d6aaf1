#pragma once
// Cuts a byte stream into lines of bounded length. The one place where POP3 judges line ends: LF ends a line, one CR
// before it belongs to the end. (Old clients and servers send bare LF; nothing in POP3 depends on telling them apart.)
#include <cstddef>
#include <string>
#include <string_view>

namespace restante::pop3 {

/// Memory: at most one limit plus one fed chunk.
class LineBuffer {
public:
    /// max_discarded: octets of one too long line that are thrown away before it counts as a flood.
    explicit LineBuffer(std::size_t max_discarded) : max_discarded_(max_discarded) {}

    enum class Status { none, line, too_long, flood };

    void feed(std::string_view bytes) { data_ += bytes; }
    /// The next line without its end, valid until the next call. limit counts the line end. A longer line is thrown
    /// away as it comes in and reported as too_long when it has ended.
    Status next(std::string_view& line, std::size_t limit);
    /// Bytes fed and not yet taken; take() takes them out, for what is not made of lines.
    std::string_view rest() const { return std::string_view(data_).substr(begin_); }
    void take(std::size_t count) {
        begin_ += count;
        scanned_ = 0;
    }
    /// Gives back the room of what was taken.
    void compact();
    /// Whether the last line returned by next() ended in CRLF rather than in a bare LF.
    bool last_had_cr() const { return last_had_cr_; }
    bool empty() const { return begin_ == data_.size() && !discarding_; }
    void clear();

private:
    Status discard(std::size_t count);

    std::size_t max_discarded_;
    std::string data_;
    std::size_t begin_ = 0;    // first octet not yet taken
    std::size_t scanned_ = 0;  // octets after begin_ known to hold no LF
    std::size_t discarded_ = 0;
    bool discarding_ = false;
    bool last_had_cr_ = false;
};

}  // namespace restante::pop3
