#pragma once
// The other direction: a message as it goes out after DATA (RFC 5321 4.5.2).
#include <string>
#include <string_view>

namespace restante::smtp {

/// Fed one message in chunks cut anywhere. What comes out has CRLF line ends only, whatever went in, and no NUL (it may
/// not be sent, RFC 5322 2.3, and receivers that drop it would see another line): no next hop can be made to see an
/// end of data that is not ours.
class DotStuffing {
public:
    /// Appends the encoded chunk to out; at most two octets for each one of the input.
    void encode(std::string_view chunk, std::string& out);
    /// Appends the end: CRLF if the last line has none, then "." CRLF. Ready for the next message afterwards.
    void finish(std::string& out);

private:
    enum class State { line_start, text, after_cr } state_ = State::line_start;
};

}  // namespace restante::smtp
