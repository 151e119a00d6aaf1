#pragma once
// The octets between DATA's 354 and the final dot (RFC 5321 4.5.2), line ends judged here and nowhere else.
//
// Only CRLF ends a line and only CRLF "." CRLF ends the data. Servers that disagree about a bare CR or LF can be made
// to see a second message inside the first (SMTP smuggling, CVE-2023-51764), so a message with one is refused as a
// whole, after reading on to its real end: what follows it must not be taken for commands.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace restante::smtp {

class DataDecoder {
public:
    /// What is wrong with the message; the first fault wins.
    enum class Fault { none, bare_newline, too_large };

    /// max_size: decoded octets; a longer message is drained without output.
    explicit DataDecoder(std::uint64_t max_size) : max_size_(max_size) {}

    struct Piece {
        std::size_t consumed = 0;  // octets of the input that belong to the data
        std::string_view data;     // decoded, inside the input's own memory; empty once there is a fault
    };

    /// Decodes in place: the input's octets are overwritten. Consumes all of it unless the end is found in it.
    Piece decode(std::span<char> input);

    bool ended() const { return state_ == State::ended; }
    Fault fault() const { return fault_; }
    /// Decoded octets so far, those beyond the limit included.
    std::uint64_t size() const { return size_; }

private:
    enum class State { line_start, text, after_cr, dot, dot_cr, ended };

    State step(char c);
    std::string_view account(std::string_view data);

    std::uint64_t max_size_;
    std::uint64_t size_ = 0;
    State state_ = State::line_start;
    Fault fault_ = Fault::none;
};

}  // namespace restante::smtp
