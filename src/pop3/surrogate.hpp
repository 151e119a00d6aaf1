#pragma once
// Headers in UTF-8 for clients that have not said that they take it (RFC 6856 2.1, in the manner of RFC 6858). Pure.
#include <cstddef>
#include <span>

namespace restante::pop3 {

/// Makes the header of a message ASCII, piece by piece and in place, without changing its size, so that LIST, STAT and
/// RETR agree (row P26). A line that is UTF-8 is written in the nearest ASCII letters ("Müller" as "Muller"), with '?'
/// where there are none; octets that are left over become blanks at its end. In a word with '@' every such octet
/// becomes '?', so that nobody else's address comes of it. Lines that are not UTF-8, and bodies, stay as they are.
class Surrogate {
public:
    /// piece: what comes next. Octets of it that are ready to be sent; the rest has to be offered again, with more
    /// behind it. last: there is no more. Never 0 for a piece that is not empty.
    std::size_t write(std::span<char> piece, bool last);
    /// The header is over: what follows needs no write().
    bool done() const { return done_; }

private:
    bool done_ = false;
    bool mid_line_ = false;  // of a line too long for a piece: its rest is only masked
};

}  // namespace restante::pop3
